"""What people allow."""

from collections.abc import Collection

from django.db import transaction

from accounts import signals
from accounts.models import User


def save(*, user: User, changed: Collection[str]) -> None:
    """Save what was chosen; whoever withdraws their consent is forgotten wherever it had let them be counted."""
    with transaction.atomic():
        user.save()
        if "data_usage_consent" in changed and not user.data_usage_consent:
            signals.consent_withdrawn.send(sender=User, user=user)
        if changed:
            signals.allowances_changed.send(sender=User, user=user)
