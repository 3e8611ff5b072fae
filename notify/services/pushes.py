"""Telling people by push. One row of the outbox a device (its key is the message's with the device's number), all of
them put in together, so that neither a second call nor a device that joins later gets a message twice or late.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.preferences import django_language
from notify import reasons, tokens
from notify.kinds import PICKS
from notify.models import Channel, Delivery, DeliveryStatus, Device
from notify.push import adapters, messages
from notify.services import devices, outbox, preferences

MOST_A_DAY = 3
MOST_TESTS = 6  # an hour
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
Text = str | Promise


class TooMany(Exception):
    """They have tried it out often enough for now."""


subscribe, unsubscribe = devices.subscribe, devices.unsubscribe


def enqueue(
    *,
    user: User,
    kind: str,
    key: str,
    title: Text,
    body: Text,
    url: str,
    topic: str = "",
    data: Mapping[str, Any] | None = None,
) -> list[Delivery]:
    """The new rows, one for each of the person's devices; none when they do not want the kind by push, have been told
    (`key`, 150 signs at most), have no device or had their three messages of the last 24 hours. The last two are
    written down.

    `title` and `body` are put into the person's language now, when they can be; `url` is a path of ours. Of two
    messages with one `topic` (by default the kind) the newer takes the other's place. `data` is kept with each row.
    Raises ValueError for an address that leads elsewhere.
    """
    if user.is_simulated or not adapters.served():
        return []
    if not preferences.wants(user=user, kind=kind, channel=Channel.PUSH):
        return []
    key = f"push:{key}"
    with transaction.atomic():
        _one_at_a_time(user)
        if _is_known(user, key):
            return []
        found = list(user.devices.filter(device_type__in=adapters.served()).order_by("pk"))
        if reason := _reason_to_skip(user, found):
            outbox.skip(user=user, kind=kind, channel=Channel.PUSH, key=key, reason=reason, data=data)
            return []
        return _put(
            user, found, kind=kind, key=key, title=title, body=body, url=url, topic=topic or kind, data=data or {}
        )


def send_test(*, user: User) -> list[Delivery]:
    """A message to each device of the person, whatever they chose; nothing counts it. Raises TooMany."""
    found = list(user.devices.filter(device_type__in=adapters.served()).order_by("pk"))
    with transaction.atomic():
        _one_at_a_time(user)
        if _messages(user, HOUR, is_test=True) >= MOST_TESTS:
            raise TooMany
        return _put(
            user,
            found,
            kind=PICKS,
            key=f"push:{tokens.new_test_key()}",
            title=_("It works"),
            body=_("Messages like this one tell you about films that suit you."),
            url=reverse("notify:push"),
            topic="test",
            data={},
            is_test=True,
        )


def _put(
    user: User,
    found: Sequence[Device],
    *,
    kind: str,
    key: str,
    title: Text,
    body: Text,
    url: str,
    topic: str,
    data: Mapping[str, Any],
    is_test: bool = False,
) -> list[Delivery]:
    with translation.override(django_language(user.preferred_language)):
        said, more = str(title), str(body)
    rows = []
    for device in found:
        own = f"{key}:{device.pk}"
        click = reverse("notify:push_open", args=[tokens.click(url, own)])
        try:
            message = messages.make(title=said, body=more, url=url, topic=topic, click=click)
        except messages.TooLarge:
            outbox.skip(user=user, kind=kind, channel=Channel.PUSH, key=own, reason=reasons.TOO_LARGE, data=data)
            continue
        rows.append(
            outbox.enqueue(
                user=user,
                kind=kind,
                channel=Channel.PUSH,
                key=own,
                recipient=(device.name or device.device_type)[:255],
                subject=message.title,
                content=message.body,
                message=message.payload,
                data={**data, "device": device.pk, "push": key, "topic": message.topic},
                is_test=is_test,
            )
        )
    return [row for row in rows if row is not None]


def _reason_to_skip(user: User, found: Sequence[Device]) -> str:
    if not found:
        return reasons.NO_DEVICE
    return reasons.CAPPED if _messages(user, DAY) >= MOST_A_DAY else ""


def _messages(user: User, since: datetime.timedelta, *, is_test: bool = False) -> int:
    """How many there were, each counted once however many devices it went to."""
    rows = Delivery.objects.filter(
        user=user, channel=Channel.PUSH, is_test=is_test, created_at__gt=timezone.now() - since
    ).exclude(status__in=[DeliveryStatus.SKIPPED, DeliveryStatus.FAILED])
    return rows.values("data__push").distinct().count()


def _is_known(user: User, key: str) -> bool:
    rows = Delivery.objects.filter(user=user, channel=Channel.PUSH)
    return rows.filter(idempotency_key=key).exists() or rows.filter(data__push=key).exists()


def _one_at_a_time(user: User) -> None:
    """Two messages at once must not both be the third of the day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('notify.push.' || %s, 0))", [str(user.pk)])
