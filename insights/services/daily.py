"""What each film did on each day, counted from the log and from what people did (`popularity_metrics`).

A day is a day in UTC. Whatever has piled up is counted a month at a time, each in a transaction of its own, the oldest
first: after a kill it goes on where it was. Counting a day again replaces what was counted before, so that late events
are taken in and a second run changes nothing. Views and clicks of bots, staff and simulated people do not count. The
click-through rate is the clicks on a film as a pick per hundred times that it was shown as one.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from insights.models import ActivityLog, PopularityMetric
from insights.services import trends
from recs.models import Interaction

LATE_DAYS = 2  # how long a spool file of a stopped process may lie before somebody takes it in
DAY = dt.timedelta(days=1)
AT_ONCE = 28  # days in a transaction
STEPS = 4  # transactions before others get their turn
LOCK = 0x6D_71_64_61
NOTE = "insights:daily:counted-until"

_COUNT = """
WITH span AS (
    SELECT (%(first)s::date)::timestamp AT TIME ZONE 'UTC' AS first,
           (%(last)s::date + 1)::timestamp AT TIME ZONE 'UTC' AS behind
), log AS (
    SELECT (timestamp AT TIME ZONE 'UTC')::date AS day, movie_id, action_type, metadata FROM user_activity_logs, span
    WHERE timestamp >= first AND timestamp < behind AND NOT coalesce(metadata, '{}'::jsonb) ? 'crowd'
      AND action_type IN ('movie_view', 'recommendation_click', 'recommendation_impression')
), counted AS (
    SELECT day, movie_id, count(*) FILTER (WHERE action_type = 'movie_view') AS views,
           count(*) FILTER (WHERE action_type = 'recommendation_click') AS clicks, 0 AS shown,
           0 AS likes, 0 AS ratings, NULL::float8 AS stars
    FROM log WHERE movie_id IS NOT NULL AND action_type <> 'recommendation_impression' GROUP BY day, movie_id
    UNION ALL
    SELECT day, film::bigint, 0, 0, count(*), 0, 0, NULL
    FROM log, jsonb_array_elements_text(metadata->'films') AS film
    WHERE action_type = 'recommendation_impression' AND jsonb_typeof(metadata->'films') = 'array' GROUP BY day, film
    UNION ALL
    SELECT (timestamp AT TIME ZONE 'UTC')::date, movie_id, 0, 0, 0,
           count(DISTINCT user_id) FILTER (WHERE interaction_type IN ('like', 'favorite')),
           count(rating), avg(rating)
    FROM user_movie_interactions, span WHERE timestamp >= first AND timestamp < behind GROUP BY 1, movie_id
), film AS (
    SELECT day, movie_id, sum(views)::int AS views, sum(clicks)::int AS clicks, sum(shown)::int AS shown,
           sum(likes)::int AS likes, sum(ratings)::int AS ratings, coalesce(max(stars), 0) AS stars
    FROM counted c WHERE EXISTS (SELECT FROM movies m WHERE m.id = c.movie_id) GROUP BY day, movie_id
), gone AS (
    DELETE FROM popularity_metrics p WHERE p.date BETWEEN %(first)s AND %(last)s AND NOT EXISTS (
        SELECT FROM film f WHERE f.day = p.date AND f.movie_id = p.movie_id
            AND f.views + f.clicks + f.shown + f.likes + f.ratings > 0)
)
INSERT INTO popularity_metrics AS old (movie_id, date, view_count, like_count, rating_count, average_rating,
    recommendation_count, click_through_rate)
SELECT movie_id, day, views, likes, ratings, stars, shown,
       CASE WHEN shown > 0 THEN least(100, round(100.0 * clicks / shown, 2)) ELSE 0 END
FROM film WHERE views + clicks + shown + likes + ratings > 0
ON CONFLICT (movie_id, date) DO UPDATE SET view_count = EXCLUDED.view_count, like_count = EXCLUDED.like_count,
    rating_count = EXCLUDED.rating_count, average_rating = EXCLUDED.average_rating,
    recommendation_count = EXCLUDED.recommendation_count, click_through_rate = EXCLUDED.click_through_rate
WHERE (old.view_count, old.like_count, old.rating_count, old.average_rating, old.recommendation_count,
       old.click_through_rate) IS DISTINCT FROM (EXCLUDED.view_count, EXCLUDED.like_count, EXCLUDED.rating_count,
       EXCLUDED.average_rating, EXCLUDED.recommendation_count, EXCLUDED.click_through_rate)
"""
# What was viewed before the log was archived stays counted: the daily rows are kept.
_VIEWS = """
UPDATE movies m SET views = total.views
FROM (SELECT movie_id, sum(view_count) AS views FROM popularity_metrics GROUP BY movie_id) AS total
WHERE total.movie_id = m.id AND m.views IS DISTINCT FROM total.views
"""


def count(days: Iterable[dt.date]) -> None:
    """Count these days anew, then every film's views."""
    for first, last in _stretches(sorted(set(days))):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])  # two counts of one day would insert the same
            cursor.execute(_COUNT, {"first": first, "last": last})
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS)


def _stretches(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Days that follow each other together, a month's at most."""
    begin = 0
    for number, day in enumerate(days, start=1):
        whole = number - begin == AT_ONCE
        if whole or number == len(days) or days[number] != day + DAY:
            yield days[begin], day
            begin = number


def catch_up(*, now: dt.datetime | None = None) -> list[dt.date]:
    """Count today, the days before that may still have changed, and all since the last count, then each film's trend;
    returns the days."""
    recent = _recent(now or timezone.now())
    days = [*_backlog(recent[0]), *recent]
    count(days)
    trends.refresh(today=recent[-1])
    _remember(recent[0])
    return days


def catch_up_a_little(*, now: dt.datetime | None = None) -> bool:
    """The same in steps, for a worker that has other things to do: today at once, of what piled up some months.

    Returns whether there is more.
    """
    recent = _recent(now or timezone.now())
    backlog = _backlog(recent[0])
    part = backlog[: STEPS * AT_ONCE]
    count([*part, *recent])
    trends.refresh(today=recent[-1])
    _remember(part[-1] + DAY if len(part) < len(backlog) else recent[0])
    return len(part) < len(backlog)


def _recent(now: dt.datetime) -> list[dt.date]:
    today = now.astimezone(dt.UTC).date()
    return [today - DAY * number for number in range(LATE_DAYS, -1, -1)]


def _backlog(behind: dt.date) -> list[dt.date]:
    """The days before this one that are not counted yet, and those before the last count that may have changed."""
    first = _counted_until(behind)
    return [first + DAY * number for number in range((behind - first).days)] if first else []


def _counted_until(behind: dt.date) -> dt.date | None:
    """Every day before is counted and done with. Today is counted before the past, so that the newest day counted is
    no answer while a backlog is worked off; where the note of it is lost, all that is not recent is looked at."""
    noted = cache.get(NOTE)
    if noted is not None:
        return min(noted, behind)
    before = PopularityMetric.objects.filter(date__lt=behind).aggregate(last=Max("date"))["last"]
    first = before or _beginning()
    return min(first - DAY * LATE_DAYS, behind) if first else None


def _remember(behind: dt.date) -> None:
    if PopularityMetric.objects.exists():  # a site on which nothing has happened may still be given a past
        cache.set(NOTE, behind, timeout=None)


def _beginning() -> dt.date | None:
    """The first day of which anything is known."""
    logged = ActivityLog.objects.order_by("timestamp").values_list("timestamp", flat=True).first()
    acted = Interaction.objects.order_by("timestamp").values_list("timestamp", flat=True).first()
    moments = [moment for moment in (logged, acted) if moment is not None]
    return min(moments).astimezone(dt.UTC).date() if moments else None
