"""Putting a message into the outbox: the row stands, rendered, in the same transaction as whatever it is about."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from notify import kinds
from notify.models import Delivery, DeliveryStatus

# From these a message may still be sent.
UNSETTLED = frozenset({DeliveryStatus.SCHEDULED, DeliveryStatus.SENDING, DeliveryStatus.IN_DOUBT})


def enqueue(
    *,
    user: User,
    kind: str,
    channel: str,
    key: str,
    recipient: str,
    subject: str,
    content: str,
    message: bytes,
    message_id: str = "",
    data: Mapping[str, Any] | None = None,
    not_before: datetime.datetime | None = None,
    is_test: bool = False,
) -> Delivery | None:
    """The new row, or None when one with this idempotency key stands already: nothing is ever put in twice.

    `message` is what goes over the wire, rendered and final (an RFC 5322 message with headers and Message-ID, or the
    payload of a push). `content` is its plain text, for staff.
    """
    return _put(
        user=user,
        notification_type=kind,
        channel=channel,
        idempotency_key=key,
        recipient=recipient,
        subject=subject[:255],
        content=content,
        message=message,
        message_id=message_id,
        data=dict(data or {}),
        scheduled_at=not_before or timezone.now(),
        is_test=is_test,
    )


def skip(
    *,
    user: User,
    kind: str,
    channel: str,
    key: str,
    reason: str,
    recipient: str = "",
    data: Mapping[str, Any] | None = None,
) -> Delivery | None:
    """Write down that nothing is sent, and why; it takes the key, so that nothing comes later either."""
    return _put(
        user=user,
        notification_type=kind,
        channel=channel,
        idempotency_key=key,
        recipient=recipient,
        status=Delivery.Status.SKIPPED,
        reason=reason,
        data=dict(data or {}),
    )


def rewrite(delivery: Delivery, *, subject: str, content: str, message: bytes, data: Mapping[str, Any]) -> bool:
    """Put other words into a row that nobody has begun to send, in the database and in hand; whether that was so.

    Sound only before the first attempt: no byte has left, only the holder of the lease writes the row, and every later
    attempt sends the same bytes, so that no two versions can ever arrive. Key and Message-ID stay as they are.
    """
    rows = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.SCHEDULED, attempts=0)
    changes = {"subject": subject[:255], "content": content, "message": message, "data": dict(data)}
    if not rows.filter(lease_token=delivery.lease_token).update(**changes):
        return False
    for name, value in changes.items():
        setattr(delivery, name, value)
    return True


def parting(delivery: Delivery, status: str) -> dict[str, Any]:
    """What else changes when the row comes to this state. The link in a mail about the account is a key to the account:
    its bytes stay no longer than it may have to be sent."""
    is_over = status not in UNSETTLED and kinds.is_account(delivery.notification_type)
    return {"message": None} if is_over else {}


def _put(**fields: Any) -> Delivery | None:
    """Two at once for the same key: the second waits for the first, and then finds it there."""
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [fields["idempotency_key"]])
            cursor.execute(
                "SELECT EXISTS (SELECT FROM notification_keys WHERE idempotency_key = %s)", [fields["idempotency_key"]]
            )
            if cursor.fetchone()[0]:
                return None
        return Delivery.objects.create(**fields)
