"""Closing an account: at once, and for good."""

from django.db import transaction

from accounts import signals
from accounts.models import User


def close(*, user: User) -> None:
    """Delete the person and every row that hangs on them; nothing is left half done when one part fails."""
    with transaction.atomic():
        signals.account_closing.send(sender=User, user=user)
        user.delete()
