"""Whom not to write to, and why. Addresses are kept as hashes."""

import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from notify import addresses
from notify.models import (
    DeliveryEvent,
    EventKind,
    Preference,
    Suppression,
    SuppressionReason,
    SuppressionScope,
)

POINTS = {EventKind.SOFT_BOUNCE: 1, EventKind.HARD_BOUNCE: 2}
THRESHOLD = 4
DECAY = datetime.timedelta(days=30)


def active() -> QuerySet[Suppression]:
    return Suppression.objects.filter(Q(until__isnull=True) | Q(until__gt=timezone.now()))


def of(*, address: str, bulk: bool = True) -> Suppression | None:
    """What keeps us from writing to the address; with `bulk` also what only concerns digests and alerts."""
    found = active().filter(address_hash=addresses.hashed(address))
    return (found if bulk else found.filter(scope=SuppressionScope.ALL)).first()


def score(*, address_hash: str) -> int:
    """Points of the last 30 days (soft bounce 1, hard 2), counted anew since somebody last took the address off."""
    return sum(POINTS[EventKind(event)] for event in _bounces(address_hash))


def _bounces(address_hash: str) -> list[str]:
    since = timezone.now() - DECAY
    lifted = Suppression.objects.filter(address_hash=address_hash, until__lte=timezone.now()).order_by("-until").first()
    if lifted and lifted.until:
        since = max(since, lifted.until)
    found = DeliveryEvent.objects.filter(address_hash=address_hash, event__in=POINTS, at__gt=since)
    return list(found.values_list("event", flat=True))


def bounced(*, address: str) -> Suppression | None:
    """Called after a bounce was written down: the suppression, once there have been enough."""
    found = _bounces(addresses.hashed(address))
    if sum(POINTS[EventKind(event)] for event in found) < THRESHOLD:
        return None
    if EventKind.HARD_BOUNCE in found:
        return add(address=address, reason=SuppressionReason.HARD_BOUNCE, scope=SuppressionScope.ALL)
    return add(address=address, reason=SuppressionReason.SOFT_BOUNCES, scope=SuppressionScope.BULK)


def complained(*, address: str, user: User | None = None) -> Suppression:
    """Digests and alerts end at once; what concerns the account still comes."""
    with transaction.atomic():
        if user is not None:
            Preference.objects.filter(user=user).update(weekly_digest=False, next_due_at=None)
        return add(address=address, reason=SuppressionReason.COMPLAINT, scope=SuppressionScope.BULK)


def add(
    *,
    address: str,
    reason: str,
    scope: str,
    by: User | None = None,
    note: str = "",
    until: datetime.datetime | None = None,
) -> Suppression:
    """Put an address on the list; one line for each scope, so a second time renews the first."""
    made, _ = Suppression.objects.update_or_create(
        address_hash=addresses.hashed(address),
        scope=scope,
        defaults={
            "masked": addresses.masked(address)[:255],
            "reason": reason,
            "created_by": by,
            "note": note[:500],
            "until": until,
            "created_at": timezone.now(),
        },
    )
    return made


def lift(*, suppression: Suppression) -> datetime.datetime | None:
    """Take it off; its bounces no longer count. Returns the `until` it had, which `put_back` takes."""
    before = suppression.until
    suppression.until = timezone.now()
    suppression.save(update_fields=["until"])
    return before


def put_back(*, suppression: Suppression, until: datetime.datetime | None = None) -> None:
    """Undo `lift`."""
    suppression.until = until
    suppression.save(update_fields=["until"])
