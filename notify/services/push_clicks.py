"""Followed push messages: counted once a message and device, where the person allows it."""

import datetime

from django.db import transaction
from django.utils import timezone

from notify.models import Delivery, EventKind
from notify.services import devices, events, preferences
from notify.services.clicks import delivery_of
from notify.signals import push_clicked


def followed(*, key: str, now: datetime.datetime | None = None) -> bool:
    """Write down that the message with this key was followed; whether it counted. A test message never counts."""
    now = now or timezone.now()
    delivery = delivery_of(key)
    if delivery is None:
        return False
    user = delivery.user
    devices.seen(device_pk=delivery.data.get("device", 0), user=user)
    if delivery.is_test or not preferences.of(user).measure_clicks:
        return False
    if events.record(event=EventKind.CLICKED, delivery=delivery, provider_key="own:push") is None:
        return False
    transaction.on_commit(lambda: push_clicked.send_robust(Delivery, delivery=delivery, user=user, at=now))
    return True
