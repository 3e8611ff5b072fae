"""Followed links of mails: counted once a mail and link, where the person allows it and it was a person."""

import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from notify.models import Delivery, EventKind
from notify.services import events, preferences
from notify.signals import mail_clicked

# Programs that look for viruses follow every link the moment a mail arrives.
MACHINE = datetime.timedelta(seconds=2)


def delivery_of(key: str) -> Delivery | None:
    """The message with this idempotency key; where that never went and staff sent it again, links and all, the one
    that did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT delivery_id, created_at FROM notification_keys WHERE idempotency_key = %s", [key])
        found = cursor.fetchone()
    rows = Delivery.objects.select_related("user")
    delivery = again = rows.filter(pk=found).first() if found else None
    while again and again.sent_at is None:
        theirs = rows.filter(user=again.user, notification_type=again.notification_type)
        again = theirs.filter(data__resent_from=again.id).order_by(F("sent_at").desc(nulls_last=True)).first()
    return again or delivery


def followed(*, key: str, path: str, now: datetime.datetime | None = None) -> bool:
    """Write down that a link was followed; whether it counted. A test mail never counts."""
    now = now or timezone.now()
    delivery = delivery_of(key)
    if delivery is None or delivery.is_test or not preferences.of(delivery.user).measure_clicks:
        return False
    is_machine = _is_machine(delivery, now)
    detail = {"path": path}
    made = events.record(
        event=EventKind.CLICKED,
        delivery=delivery,
        provider_key=f"own:{'machine' if is_machine else 'person'}:{path}",
        is_machine=is_machine,
        detail=detail,
    )
    if made is None or is_machine:
        return False
    user = delivery.user
    transaction.on_commit(lambda: mail_clicked.send_robust(Delivery, delivery=delivery, user=user, path=path, at=now))
    return True


def _is_machine(delivery: Delivery, now: datetime.datetime) -> bool:
    """Within two seconds of its arrival, or before it is known to have arrived at all."""
    arrived = delivery.delivered_at or delivery.sent_at
    return arrived is None or now - arrived < MACHINE
