"""Unsubscribing by a link of a mail: the choice, and a line in the story of that mail."""

from django.db import transaction

from accounts.models import User
from notify.models import EventKind
from notify.services import clicks, events, preferences


def leave(*, user: User, scope: str, key: str = "") -> tuple[str, ...]:
    """No more mail of this scope (preferences.unsubscribe); gives the kinds that were on.

    `key` names the mail whose link was followed. Its story tells of it once, and its state stays: mail programs
    unsubscribe unread, and a mail that staff sent again holds the links of the first one, so that it proves of neither
    that it arrived. A mail that is gone, or somebody else's, changes nothing.
    """
    with transaction.atomic():
        # First the mail, then the preferences: in the order in which a provider's report locks them.
        delivery = clicks.delivery_of(key) if key else None
        if delivery and delivery.user_id == user.pk:
            events.record(event=EventKind.UNSUBSCRIBED, delivery=delivery, detail={"scope": scope}, is_done=True)
        return preferences.unsubscribe(user=user, scope=scope)
