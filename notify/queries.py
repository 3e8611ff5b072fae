"""What the inbox asks the database: how much is unseen, and the lines as a page shows them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from notify.models import InboxNotification

PAGE = 30
SHOWN_OF_A_GROUP = 20
ALL, UNREAD, ARCHIVED = "", "unread", "archived"
SHOWS = (ALL, UNREAD, ARCHIVED)

# Lines of one group are one; its place is that of its newest line.
_HEADS = """
    SELECT max(id) AS newest, count(*) AS lines, bool_or(NOT is_read) AS unread, bool_or(seen_at IS NULL) AS unseen,
           max(created_at) AS at, (array_agg(id ORDER BY id DESC))[:{of_a_group}] AS ids,
           pg_current_snapshot()::text AS snapshot
    FROM in_app_notifications
    WHERE user_id = %(user)s AND is_archived = %(archived)s AND (expires_at IS NULL OR expires_at > %(now)s) {kind}
    GROUP BY CASE WHEN group_key = '' THEN id::text ELSE 'group ' || group_key END
    HAVING ({unread} AND (%(before)s::bigint IS NULL OR max(id) < %(before)s))
    ORDER BY max(id) DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Head:
    """A line of the page: one notification, or several of one group. `ids` are the newest of them; `snapshot`, the same
    in all lines, says which transactions had ended when they were read."""

    newest: int
    lines: int
    unread: bool
    unseen: bool
    at: datetime.datetime
    ids: Sequence[int]
    snapshot: str


def unseen(user_id: int, *, now: datetime.datetime | None = None) -> int:
    """What the badge counts. It is always counted anew: a counter kept beside the rows would lie one day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM in_app_notifications WHERE user_id = %s AND seen_at IS NULL AND NOT is_archived"
            " AND (expires_at IS NULL OR expires_at > %s)",
            [user_id, now or timezone.now()],
        )
        return cursor.fetchone()[0]


def heads(
    user_id: int, *, show: str = ALL, kind: str = "", before: int | None = None, limit: int = PAGE
) -> tuple[list[Head], bool]:
    """The lines of one page, newest first, and whether there are older ones. `before` is the last of the page before:
    what arrives meanwhile moves nothing."""
    query = _HEADS.format(
        kind="AND kind = %(kind)s" if kind else "",
        unread="bool_or(NOT is_read)" if show == UNREAD else "true",
        of_a_group=SHOWN_OF_A_GROUP,
    )
    given: dict[str, Any] = {"user": user_id, "archived": show == ARCHIVED, "now": timezone.now(), "kind": kind}
    with connection.cursor() as cursor:
        cursor.execute(query, {**given, "before": before, "limit": limit + 1})
        found = [Head(*row) for row in cursor.fetchall()]
    return found[:limit], len(found) > limit


def lines_of(found: Sequence[Head]) -> dict[int, InboxNotification]:
    ids = [pk for head in found for pk in head.ids]
    return InboxNotification.objects.in_bulk(ids)
