"""What became of a message, as others tell it: a provider, a reader of the mail server's log, the server's own answer.

Events are kept for ever, may come in any order and more than once, and move a message's state only forwards.
"""

import datetime
import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notify import addresses, kinds, reasons
from notify.models import Channel, Delivery, DeliveryEvent, DeliveryStatus, EventKind
from notify.services import outbox, preferences, suppressions
from notify.signals import mail_opened
from notify.texts import storable

# A state gives way only to one of a higher rank.
RANK: Mapping[str, int] = {
    DeliveryStatus.SCHEDULED: 0,
    DeliveryStatus.SENDING: 1,
    DeliveryStatus.IN_DOUBT: 2,
    DeliveryStatus.SKIPPED: 3,
    DeliveryStatus.FAILED: 3,
    DeliveryStatus.SENT: 4,
    DeliveryStatus.DELIVERED: 5,
    DeliveryStatus.OPENED: 6,
    DeliveryStatus.CLICKED: 7,
    DeliveryStatus.BOUNCED: 8,
    DeliveryStatus.COMPLAINED: 9,
}
MOVES: Mapping[str, DeliveryStatus] = {
    EventKind.ACCEPTED: DeliveryStatus.SENT,
    EventKind.DELIVERED: DeliveryStatus.DELIVERED,
    EventKind.OPENED: DeliveryStatus.OPENED,
    EventKind.CLICKED: DeliveryStatus.CLICKED,
    EventKind.CONFIRMED: DeliveryStatus.SENT,
    EventKind.SOFT_BOUNCE: DeliveryStatus.BOUNCED,
    EventKind.HARD_BOUNCE: DeliveryStatus.BOUNCED,
    EventKind.COMPLAINED: DeliveryStatus.COMPLAINED,
}
STAMPS = {EventKind.DELIVERED: "delivered_at", EventKind.OPENED: "opened_at", EventKind.CLICKED: "clicked_at"}
# What shows that the other side has taken the message.
PROOF = tuple(MOVES)
ONCE = {
    EventKind.ACCEPTED,
    EventKind.DELIVERED,
    EventKind.COMPLAINED,
    EventKind.UNSUBSCRIBED,
    EventKind.CONFIRMED,
}
# What staff did, not what others tell of.
OURS = {EventKind.RESENT, EventKind.CONFIRMED}
ABOUT_ADDRESSES = {EventKind.SOFT_BOUNCE, EventKind.HARD_BOUNCE, EventKind.COMPLAINED}


def record(
    *,
    event: str,
    delivery: Delivery | None = None,
    message_id: str = "",
    address: str = "",
    provider_key: str = "",
    at: datetime.datetime | None = None,
    is_machine: bool = False,
    detail: Mapping[str, Any] | None = None,
    about_address: bool = True,
    is_done: bool = False,
) -> DeliveryEvent | None:
    """Write it down and do what follows from it. None when it was known already, or is about a message that is not ours
    (bounces and complaints about one of our people's addresses count all the same).

    Two reports are the same when they tell the same event of the same message at the same second, whatever ids a
    provider gives them; `provider_key` tells apart those that come without a time. `about_address` is False for a
    refusal that has other grounds than the address; `is_done` leaves what follows from it to whoever tells of it.
    """
    message_id, address = storable(message_id), storable(address)
    with transaction.atomic():
        delivery = _locked(delivery, message_id)
        address = address or (delivery.recipient if delivery and delivery.channel == Channel.EMAIL else "")
        if delivery is None and not (event in ABOUT_ADDRESSES and User.objects.filter(email__iexact=address).exists()):
            return None
        address = address if about_address else ""
        hashed = addresses.hashed(address) if address else ""
        known = _hash(event, str(delivery.id) if delivery else message_id, hashed, provider_key, at)
        made, is_new = DeliveryEvent.objects.get_or_create(
            provider_hash=known,
            defaults={
                "delivery_id": delivery.id if delivery else None,
                "event": event,
                "at": at or timezone.now(),
                "message_id": delivery.message_id if delivery else message_id[:255],
                "address_hash": hashed,
                "is_machine": is_machine,
                "detail": {name: storable(of) if isinstance(of, str) else of for name, of in (detail or {}).items()},
            },
        )
        if not is_new:
            return None
        if delivery:
            apply(delivery, made)
        if not is_done:
            _consequences(made, delivery, address)
    return made


def apply(delivery: Delivery, event: DeliveryEvent) -> None:
    """Move the state forwards. What a machine opened or followed moves nothing."""
    target = MOVES.get(event.event)
    if target is None or event.is_machine:
        return
    changes: dict[str, Any] = {}
    if RANK[target] > RANK[delivery.status]:
        changes = {"status": target, "lease_until": None, "lease_token": None}
        changes["reason"] = reasons.REFUSED if target == DeliveryStatus.BOUNCED else ""
        changes |= outbox.parting(delivery, target)
    stamp = STAMPS.get(EventKind(event.event))
    if stamp and getattr(delivery, stamp) is None:
        changes[stamp] = event.at
    if delivery.sent_at is None and target not in {DeliveryStatus.BOUNCED}:
        changes["sent_at"] = event.at
    if stamp == "opened_at" and stamp in changes:
        user, at = delivery.user, event.at
        transaction.on_commit(lambda: mail_opened.send(Delivery, delivery=delivery, user=user, at=at))
    _write(delivery, changes)


def _write(delivery: Delivery, changes: dict[str, Any]) -> None:
    if not changes:
        return
    for name, value in changes.items():
        setattr(delivery, name, value)
    Delivery.objects.filter(pk=delivery.pk).update(**changes)


def _consequences(event: DeliveryEvent, delivery: Delivery | None, address: str) -> None:
    user = delivery.user if delivery else User.objects.filter(email__iexact=address).first() if address else None
    if event.event in {EventKind.SOFT_BOUNCE, EventKind.HARD_BOUNCE} and address:
        suppressions.bounced(address=address)
    elif event.event == EventKind.COMPLAINED and address:
        suppressions.complained(address=address, user=user)
    elif event.event == EventKind.UNSUBSCRIBED and delivery and _is_a_choice(delivery):
        preferences.unsubscribe(user=delivery.user, scope=delivery.notification_type)


def _is_a_choice(delivery: Delivery) -> bool:
    kind = kinds.CHOICES.get(delivery.notification_type)
    return kind is not None and delivery.channel == Channel.EMAIL and Channel.EMAIL in kind.channels


def _locked(delivery: Delivery | None, message_id: str) -> Delivery | None:
    """The message as it stands now, held until this is written; by its own Message-ID or by the provider's."""
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("user")
    if delivery is not None:
        return rows.filter(pk=delivery.pk).first()
    bare = message_id.strip().strip("<>")
    if not bare:
        return None
    spellings = [bare, f"<{bare}>"]
    return rows.filter(message_id__in=spellings).first() or rows.filter(external_id__in=spellings).first()


def _hash(event: str, message: str, address: str, provider_key: str, at: datetime.datetime | None) -> str:
    told = "" if event in ONCE else at.astimezone(datetime.UTC).isoformat(timespec="seconds") if at else provider_key
    return hashlib.sha256("|".join([event, message, address, told]).encode()).hexdigest()
