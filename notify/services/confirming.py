"""A message of which nobody knew whether it went out, and of which somebody of the staff knows it now."""

from django.db import transaction

from accounts.models import User
from notify.models import Delivery, DeliveryStatus, EventKind
from notify.services import events


def arrived(*, delivery: Delivery, actor: User, reason: str) -> bool:
    """It counts as sent from now on, and its story says who says so and why. False when it is in doubt no more: a
    report, or somebody else, was first."""
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).filter(status=DeliveryStatus.IN_DOUBT)
        row = rows.filter(pk=delivery.pk).first()
        if row is None:
            return False
        said = {"by": actor.pk, "reason": reason}
        return events.record(event=EventKind.CONFIRMED, delivery=row, detail=said) is not None
