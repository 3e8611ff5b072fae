"""What a message says was true when it was made. Asked once more before it goes for the first time."""

from notify.kinds import ALERTS, DIGEST
from notify.models import Channel, Delivery
from notify.services import alerts, digests


def last_look(*, delivery: Delivery) -> str:
    """A word of notify.reasons when there is nothing left to say; the mail may come out shorter than it was."""
    if delivery.channel != Channel.EMAIL:
        return ""
    if delivery.notification_type == DIGEST:
        return digests.last_look(delivery)
    return alerts.last_look(delivery) if delivery.notification_type in ALERTS else ""
