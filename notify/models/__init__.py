"""What people want to hear, what we told them, and where we can reach them."""

from notify.models.announcement import Announcement, Segment
from notify.models.delivery import (
    Channel,
    Circuit,
    Delivery,
    DeliveryEvent,
    DeliveryStatus,
    EventKind,
    Suppression,
    SuppressionReason,
    SuppressionScope,
    new_key,
)
from notify.models.inbox import InboxCategory, InboxNotification
from notify.models.preference import Choice, Device, Preference

__all__ = [
    "Announcement",
    "Channel",
    "Choice",
    "Circuit",
    "Delivery",
    "DeliveryEvent",
    "DeliveryStatus",
    "Device",
    "EventKind",
    "InboxCategory",
    "InboxNotification",
    "Preference",
    "Segment",
    "Suppression",
    "SuppressionReason",
    "SuppressionScope",
    "new_key",
]
