"""The inbox: telling people, and what they do with what they were told.

A line that stands for a group stands for all of the group up to itself: what came later is untouched by what is done
with it. Marking and putting away write one moment into all rows that they change, and that moment takes it back.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from notify import snapshots
from notify.kinds import KINDS
from notify.models import Channel, InboxNotification
from notify.services import preferences

KEPT = datetime.timedelta(days=90)
AT_ONCE = 5_000
Lines = QuerySet[InboxNotification, InboxNotification]


def tell(
    *,
    user: User,
    kind: str,
    key: str | None = None,
    title: str | None = None,
    message: str | None = None,
    action_url: str | None = None,
    data: Mapping[str, Any] | None = None,
    group_key: str = "",
    expires_at: datetime.datetime | None = None,
) -> InboxNotification | None:
    """One new line; None when the person is simulated, does not want this kind, or has been told the same (`key`)."""
    if user.is_simulated or not preferences.wants(user=user, kind=kind, channel=Channel.IN_APP):
        return None
    line = InboxNotification(
        user=user,
        category=KINDS[kind].category,
        kind=kind,
        key=key,
        group_key=group_key,
        title=title,
        message=message,
        action_url=action_url,
        action_data=dict(data) if data else None,
        expires_at=expires_at or timezone.now() + KEPT,
    )
    if key is None:
        line.save()
        return line
    InboxNotification.objects.bulk_create([line], ignore_conflicts=True)
    return InboxNotification.objects.filter(user=user, key=key, created_at=line.created_at).first()


def tell_all(
    *, people: Sequence[int], kind: str, key: str, data: Mapping[str, Any] | None = None, group_key: str = ""
) -> int:
    """The same line to each of these people who wants it and has not got it; returns to how many. A few thousand at a
    time."""
    wanted = wanting(kind).filter(pk__in=people).values_list("pk", flat=True)
    now = timezone.now()
    lines = [
        InboxNotification(
            user_id=pk,
            category=KINDS[kind].category,
            kind=kind,
            key=key,
            group_key=group_key,
            action_data=dict(data) if data else None,
            created_at=now,
            expires_at=now + KEPT,
        )
        for pk in wanted
    ]
    InboxNotification.objects.bulk_create(lines, ignore_conflicts=True, batch_size=1_000)
    return len(lines)


def wanting(kind: str) -> QuerySet[User, User]:
    """Everybody who may be told and wants this kind in their inbox."""
    wanted = preferences.who_want(kind=kind, channel=Channel.IN_APP)
    return User.objects.filter(wanted, is_active=True, is_simulated=False)


def see(*, user: User, until: datetime.datetime, snapshot: str = "") -> int:
    """The list was opened: what was there by then is no longer new."""
    return _there(user, until, snapshot).filter(seen_at__isnull=True).update(seen_at=timezone.now())


def read(*, line: InboxNotification) -> None:
    _mark_read(_group(line), timezone.now())


def unread(*, line: InboxNotification) -> None:
    """The line alone or the newest of its group: it is to be looked at again, but it is not new."""
    InboxNotification.objects.filter(pk=line.pk).update(is_read=False, read_at=None)


def read_all(*, user: User, until: datetime.datetime, snapshot: str = "") -> datetime.datetime | None:
    """Everything that was there by then, in one UPDATE; the moment that takes it back, None when all was read."""
    moment = timezone.now()
    changed = _mark_read(_there(user, until, snapshot).filter(is_archived=False), moment)
    return moment if changed else None


def undo_read(*, user: User, moment: datetime.datetime) -> int:
    return user.inbox.filter(read_at=moment).update(is_read=False, read_at=None)


def archive(*, line: InboxNotification) -> datetime.datetime:
    """Put it away, read; the moment takes it back."""
    moment = timezone.now()
    _group(line).filter(is_archived=False).update(
        is_archived=True, archived_at=moment, seen_at=Coalesce("seen_at", moment)
    )
    return moment


def undo_archive(*, user: User, moment: datetime.datetime) -> int:
    return user.inbox.filter(archived_at=moment).update(is_archived=False, archived_at=None)


def unarchive(*, line: InboxNotification) -> None:
    _group(line).filter(is_archived=True).update(is_archived=False, archived_at=None)


def forget_expired(*, now: datetime.datetime | None = None, at_once: int = AT_ONCE) -> int:
    """Delete what has expired, a few thousand rows at a time, so that nobody waits for a long lock."""
    gone = 0
    while True:
        expired = InboxNotification.objects.filter(expires_at__lt=now or timezone.now()).order_by("expires_at")
        deleted, _ = InboxNotification.objects.filter(
            pk__in=list(expired.values_list("pk", flat=True)[:at_once])
        ).delete()
        gone += deleted
        if deleted < at_once:
            return gone


def _there(user: User, until: datetime.datetime, snapshot: str) -> Lines:
    """The lines that a page could show whose newest was made at `until`; without a sound snapshot (notify.snapshots) by
    their time alone."""
    lines = user.inbox.filter(created_at__lte=until)
    return lines.filter(snapshots.there(snapshot)) if snapshots.is_sound(snapshot) else lines


def _mark_read(lines: Lines, moment: datetime.datetime) -> int:
    return lines.filter(is_read=False).update(is_read=True, read_at=moment, seen_at=Coalesce("seen_at", moment))


def _group(line: InboxNotification) -> Lines:
    """The line, and what stands behind it."""
    if not line.group_key:
        return InboxNotification.objects.filter(pk=line.pk)
    return InboxNotification.objects.filter(
        user=line.user_id, group_key=line.group_key, is_archived=line.is_archived, pk__lte=line.pk
    )
