"""What staff say to everybody, or to some: put into the inboxes when its time has come, and taken out again.

What must be so is said by the announcement's own row. A task brings the inboxes to it in pieces, whenever it was
killed, however often it runs.
"""

import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from notify import kinds
from notify.kinds import KINDS
from notify.models import Announcement, InboxNotification, Segment
from notify.services import inbox
from recs.models import Interaction

LATELY = datetime.timedelta(days=30)
AT_ONCE = 5_000
LOCK = 0x6E_65_77_73  # any number that nobody else in this database locks
# People are counted off by their id; what one piece has got is safe before the next begins.
_PIECE = """
    WITH piece (id) AS ({people}), put AS (
        INSERT INTO in_app_notifications (user_id, category, kind, key, group_key, title, message, action_url,
            is_read, is_archived, created_at, expires_at)
        SELECT id, %s, %s, %s, '', %s, %s, %s, false, false, %s, %s FROM piece
        ON CONFLICT (user_id, key) DO NOTHING)
    SELECT max(id) FROM piece
"""


class Refused(Exception):
    """It is out already, or no longer: it stays as it is."""


def people(announcement: Announcement, *, now: datetime.datetime | None = None) -> QuerySet[User, User]:
    """Whom it reaches: those of its segment and language who want news of the site in their inbox."""
    since = (now or timezone.now()) - LATELY
    did = Q(Exists(Interaction.objects.filter(user=OuterRef("pk"), timestamp__gte=since))) | Q(last_login__gte=since)
    segments = {
        Segment.EVERYBODY: Q(),
        Segment.NEW: Q(date_joined__gte=since),
        Segment.ACTIVE: did,
        Segment.QUIET: ~did,
        Segment.STAFF: Q(is_staff=True) | Q(is_superuser=True),
    }
    found = inbox.wanting(kinds.ANNOUNCEMENT).filter(segments[Segment(announcement.segment)])
    return found.filter(preferred_language=announcement.language) if announcement.language else found


def save(*, announcement: Announcement, actor: User) -> Announcement:
    """A new one, or other words for one that is not out yet; Refused when it is."""
    with transaction.atomic():
        if announcement.pk and _locked(announcement.pk).published_at:
            raise Refused
        announcement.created_by = announcement.created_by or actor
        announcement.save()
    return announcement


def withdraw(*, announcement_id: int, now: datetime.datetime | None = None) -> None:
    """Take it out of the inboxes, or keep it from getting there."""
    with transaction.atomic():
        announcement = _locked(announcement_id)
        announcement.withdrawn_at = announcement.withdrawn_at or now or timezone.now()
        announcement.save()


def restore(*, announcement_id: int) -> None:
    """Undo a withdrawal: those who had it have it as they left it, read or not."""
    with transaction.atomic():
        announcement = _locked(announcement_id)
        announcement.withdrawn_at = announcement.published_at = None
        announcement.save()


def carry_out(*, now: datetime.datetime | None = None) -> None:
    """Publish what is due, and take out what was withdrawn: one process at a time, the others have nothing to do."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
        try:
            for announcement in _due(now):
                _publish(announcement, now)
            for announcement in Announcement.objects.filter(told__gt=0, updated_at__gte=now - LATELY):
                _settle(announcement)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _due(now: datetime.datetime) -> list[Announcement]:
    due = Announcement.objects.filter(publish_at__lte=now, published_at=None, withdrawn_at=None)
    return list(due.exclude(expires_at__lte=now).order_by("publish_at", "pk"))


def _publish(announcement: Announcement, now: datetime.datetime) -> None:
    last: int | None = 0
    while last is not None:
        if not Announcement.objects.filter(pk=announcement.pk, withdrawn_at=None).exists():
            return  # meanwhile; whoever has it already loses it when it is settled
        last = _tell_piece(announcement, last, now)
        lines = InboxNotification.objects.filter(kind=kinds.ANNOUNCEMENT, key=_key(announcement))
        Announcement.objects.filter(pk=announcement.pk).update(told=lines.count())
    Announcement.objects.filter(pk=announcement.pk, withdrawn_at=None).update(published_at=now, updated_at=now)


def _tell_piece(announcement: Announcement, after: int, now: datetime.datetime) -> int | None:
    """Tell the next few thousand; the id of the last of them, None when there is nobody left."""
    query = people(announcement, now=now).filter(pk__gt=after).order_by("pk").values("pk")[:AT_ONCE].query
    sql, given = query.sql_with_params()
    line: list[Any] = [KINDS[kinds.ANNOUNCEMENT].category, kinds.ANNOUNCEMENT, _key(announcement)]
    line += [announcement.title, announcement.message, announcement.action_url, timezone.now(), _end(announcement)]
    with connection.cursor() as cursor:
        cursor.execute(_PIECE.format(people=sql), [*given, *line])
        return cursor.fetchone()[0]


def _settle(announcement: Announcement) -> None:
    """Bring the lines that are there to their announcement's end."""
    end = announcement.withdrawn_at or _end(announcement)
    astray = InboxNotification.objects.filter(
        Q(expires_at__lt=end) | Q(expires_at__gt=end), kind=kinds.ANNOUNCEMENT, key=_key(announcement)
    )
    while some := list(astray.values_list("pk", flat=True)[:AT_ONCE]):
        InboxNotification.objects.filter(pk__in=some).update(expires_at=end)


def _end(announcement: Announcement) -> datetime.datetime:
    return announcement.expires_at or announcement.publish_at + inbox.KEPT


def _key(announcement: Announcement) -> str:
    return f"announcement:{announcement.pk}"


def _locked(pk: int) -> Announcement:
    return Announcement.objects.select_for_update().get(pk=pk)
