"""What the questions of all pages have in common: who counts, and when they did something.

In every query `u` is a row of `users` and `l` one of the activity log. Nothing that a reader typed becomes part of a
query: days, zone and language are parameters, and the segment picks one of these sentences.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from insights.dashboards.spans import Span
from insights.models import ActivityLog

Action = ActivityLog.Action
Rows = list[tuple[Any, ...]]

MONTH = "interval '28 days'"
RATED = "SELECT FROM user_movie_interactions r WHERE r.user_id = u.id AND r.interaction_type = 'rating'"
_SEGMENTS = {
    "all": "true",
    "new": f"u.date_joined >= %(end)s - {MONTH} AND u.date_joined < %(end)s",
    "active": f"""(EXISTS (SELECT FROM user_movie_interactions r WHERE r.user_id = u.id AND r.source <> 'import'
            AND r.timestamp >= %(end)s - {MONTH} AND r.timestamp < %(end)s)
        OR EXISTS (SELECT FROM user_activity_logs r WHERE r.user_id = u.id
            AND r.timestamp >= %(end)s - {MONTH} AND r.timestamp < %(end)s))""",
    "cold": f"NOT EXISTS ({RATED} OFFSET 4)",
}
_LANGUAGE = "u.preferred_language = %(language)s"

DAY = "({} AT TIME ZONE %(zone)s)::date"
# The most popular tenth of the catalogue; everything else is a discovery.
POPULAR = """SELECT id FROM movies ORDER BY our_rating_count DESC, tmdb_vote_count DESC, id
    LIMIT (SELECT ceil(count(*) * 0.1) FROM movies)"""


def people(span: Span) -> str:
    """Those who count: no staff, no closed accounts, simulated people only if they are asked for."""
    segment = _SEGMENTS.get(span.segment, _LANGUAGE)
    return f"(u.is_active AND NOT u.is_staff AND (%(simulated)s OR NOT u.is_simulated) AND {segment})"


def logged(span: Span, *actions: str, columns: str) -> str:
    """What the log has of people; of visitors too while nobody in particular is asked for."""
    visitors = "u.id IS NULL OR " if span.segment == "all" else ""
    kinds = ", ".join(f"'{action}'" for action in map(str, actions))
    return f"""
        SELECT {columns} FROM user_activity_logs l LEFT JOIN users u ON u.id = l.user_id
        WHERE l.timestamp >= %(start)s AND l.timestamp < %(end)s AND l.action_type IN ({kinds})
            AND coalesce(l.metadata->>'crowd', '') <> ALL(%(crowds)s) AND ({visitors}{people(span)})"""


def active_days(span: Span) -> str:
    """user_id, day: once for every day on which somebody who lets us count did something here."""
    return f"""
        SELECT DISTINCT e.user_id, {DAY.format("e.at")} AS day
        FROM (
            SELECT l.user_id, l.timestamp AS at FROM user_activity_logs l
            WHERE l.timestamp >= %(start)s AND l.timestamp < %(end)s AND l.user_id IS NOT NULL
                AND l.action_type NOT IN ('email_open', 'unsubscribe')
                AND coalesce(l.metadata->>'crowd', '') <> ALL(%(crowds)s)
            UNION ALL
            SELECT i.user_id, i.timestamp FROM user_movie_interactions i
            WHERE i.timestamp >= %(start)s AND i.timestamp < %(end)s AND i.source <> 'import'
        ) e JOIN users u ON u.id = e.user_id
        WHERE u.data_usage_consent AND {people(span)}"""


def parameters(span: Span) -> dict[str, Any]:
    return {
        "start": span.start,
        "end": span.end,
        "zone": str(span.zone),
        "simulated": span.simulated,
        "crowds": ["bot", "staff"] if span.simulated else ["bot", "staff", "simulated"],
        "language": span.segment.removeprefix("language-"),
    }


def ask(query: str, span: Span) -> Rows:
    """The rows of a query. It is sent together with the wish not to compile it, which takes longer than it saves."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('jit', 'off', true); {query}", parameters(span))
        cursor.nextset()
        return cursor.fetchall()


def by_day(span: Span, rows: Rows, *, nothing: Sequence[Any]) -> Rows:
    """A row for each day, those without anything too: the first column of `rows` is the day."""
    found = {row[0]: row[1:] for row in rows}
    return [(day, *found.get(day, nothing)) for day in span.days]


def share(part: float | None, whole: float | None) -> float | None:
    """In per cent; None where there is nothing to be a part of."""
    return 100 * (part or 0) / whole if whole else None
