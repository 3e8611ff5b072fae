"""Who may send a row. A claim is a token and a time in the row; the row is sent only while both hold, and what came of
it is written only by whoever holds the token.

A claimed row stays "scheduled"; "sending" is written right before the wire, and only then an attempt is counted. So a
sender that dies leaves at most one row of which nobody knows: the others are simply claimed again.
"""

import datetime
import math
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from notify.kinds import KINDS
from notify.models import Channel, Delivery

# Longer than one message can take where every one of its steps hangs for EMAIL_TIMEOUT.
LEASE = datetime.timedelta(minutes=5)
MINUTE = datetime.timedelta(minutes=1)
UNLIMITED = 1_000_000

# What concerns the account first; then each kind in turn, so that a flood of one starves none of the others. The oldest
# of each kind are read off an index.
CLAIM = """
    WITH found AS (
        SELECT row.id, row.created_at, kind.rank,
            row_number() OVER (PARTITION BY kind.slug ORDER BY row.scheduled_at, row.id) AS turn
        FROM unnest(%(kinds)s::text[], %(ranks)s::int[], %(most)s::int[]) AS kind (slug, rank, most), LATERAL (
            SELECT id, created_at, scheduled_at FROM notification_logs
            WHERE channel = %(channel)s AND notification_type = kind.slug AND status = 'scheduled'
                AND scheduled_at <= %(now)s AND (lease_until IS NULL OR lease_until < %(now)s)
            ORDER BY scheduled_at LIMIT kind.most FOR UPDATE SKIP LOCKED
        ) AS row
    ), chosen AS (
        SELECT id, created_at, row_number() OVER (ORDER BY rank, turn, id) AS place FROM found ORDER BY 3
        LIMIT %(limit)s
    )
    UPDATE notification_logs SET lease_token = %(token)s, lease_until = %(until)s FROM chosen
    WHERE notification_logs.id = chosen.id AND notification_logs.created_at = chosen.created_at
    RETURNING chosen.place, chosen.id, chosen.created_at
"""


def due(*, channel: str, limit: int = 1) -> int:
    """How many rows wait to be sent now, counted up to `limit`."""
    return _waiting(channel)[:limit].count()


def _waiting(channel: str) -> QuerySet[Delivery]:
    now = timezone.now()
    return Delivery.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now),
        channel=channel,
        notification_type__in=KINDS,
        status=Delivery.Status.SCHEDULED,
        scheduled_at__lte=now,
    )


def allowance(*, channel: str) -> dict[str, int]:
    """How many more of each kind may go out in this minute: its share of MAIL_PER_MINUTE, rounded up, less what went of
    any kind and what is in somebody's hands."""
    if channel != Channel.EMAIL:
        return dict.fromkeys(KINDS, UNLIMITED)
    now = timezone.now()
    rows = Delivery.objects.filter(channel=channel, notification_type__in=KINDS)
    gone = rows.filter(sent_at__gt=now - MINUTE).count()
    states = [Delivery.Status.SCHEDULED, Delivery.Status.SENDING]
    held = rows.filter(status__in=states, lease_until__isnull=False, lease_until__gt=now).count()
    shares = {slug: math.ceil(settings.MAIL_PER_MINUTE * kind.share) for slug, kind in KINDS.items()}
    return {slug: max(0, share - gone - held) for slug, share in shares.items()}


def claim(*, channel: str, limit: int) -> list[Delivery]:
    """Up to `limit` due rows, now ours and committed. Two callers never get the same row."""
    now, token = timezone.now(), uuid.uuid4()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('notify.claim.' || %s, 0))", [channel])
        room = allowance(channel=channel)
        limit = min(limit, max(room.values()))
        cursor.execute(
            CLAIM,
            {
                "kinds": list(KINDS),
                "ranks": [0 if kind.is_account else 1 for kind in KINDS.values()],
                "most": [min(limit, room[slug]) for slug in KINDS],
                "channel": channel,
                "now": now,
                "until": now + LEASE,
                "token": token,
                "limit": limit,
            },
        )
        keys = [(number, created_at) for _place, number, created_at in sorted(cursor.fetchall())]
    rows = Delivery.objects.filter(pk__in=keys, lease_token=token).select_related("user")
    found = {delivery.pk: delivery for delivery in rows}
    return [found[key] for key in keys if key in found]


def claim_one(*, delivery: Delivery) -> list[Delivery]:
    """This row, whenever it is due; nothing when somebody else holds it or it was dealt with."""
    now, token = timezone.now(), uuid.uuid4()
    free = Delivery.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now), pk=delivery.pk, status=Delivery.Status.SCHEDULED
    )
    free.update(lease_token=token, lease_until=now + LEASE)
    return list(Delivery.objects.filter(pk=delivery.pk, lease_token=token))


def begin(delivery: Delivery) -> bool:
    """From here on the wire may be touched. False when the row is no longer ours: then it must not be."""
    now = timezone.now()
    ours = Delivery.objects.filter(
        pk=delivery.pk,
        lease_token=delivery.lease_token,
        lease_until__gt=now,
        status=Delivery.Status.SCHEDULED,
    )
    if not ours.update(status=Delivery.Status.SENDING, attempts=F("attempts") + 1, lease_until=now + LEASE):
        return False
    delivery.status, delivery.attempts = Delivery.Status.SENDING, delivery.attempts + 1
    return True


def extend(deliveries: Sequence[Delivery]) -> None:
    """The sender lives: nobody else may take the rest of its batch. A lease that has run out is not renewed."""
    now = timezone.now()
    for token in {delivery.lease_token for delivery in deliveries}:
        Delivery.objects.filter(
            pk__in=[delivery.pk for delivery in deliveries], lease_token=token, lease_until__gt=now
        ).update(lease_until=now + LEASE)


def give_back(deliveries: Sequence[Delivery]) -> None:
    """Rows that were claimed and not begun."""
    for token in {delivery.lease_token for delivery in deliveries}:
        Delivery.objects.filter(
            pk__in=[delivery.pk for delivery in deliveries], lease_token=token, status=Delivery.Status.SCHEDULED
        ).update(lease_token=None, lease_until=None)
