"""What each film did on each day, counted from the log and from what people did (`popularity_metrics`).

A day is a day in UTC. Counting a day again replaces what was counted before, so that late events are taken in and a
second run changes nothing. Views and clicks of bots, staff and simulated people do not count. The click-through rate is
the clicks on a film as a pick per hundred times that it was shown as one.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from insights.models import ActivityLog, PopularityMetric
from insights.services import trends
from recs.models import Interaction

LATE_DAYS = 2  # how long a spool file of a stopped process may lie before somebody takes it in
LOCK = 0x6D_71_64_61

_COUNT = """
WITH span AS (
    SELECT (%(day)s::date)::timestamp AT TIME ZONE 'UTC' AS first,
           (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC' AS behind
), log AS (
    SELECT movie_id, action_type, metadata FROM user_activity_logs, span
    WHERE timestamp >= first AND timestamp < behind AND NOT coalesce(metadata, '{}'::jsonb) ? 'crowd'
      AND action_type IN ('movie_view', 'recommendation_click', 'recommendation_impression')
), counted AS (
    SELECT movie_id, count(*) FILTER (WHERE action_type = 'movie_view') AS views,
           count(*) FILTER (WHERE action_type = 'recommendation_click') AS clicks, 0 AS shown,
           0 AS likes, 0 AS ratings, NULL::float8 AS stars
    FROM log WHERE movie_id IS NOT NULL AND action_type <> 'recommendation_impression' GROUP BY movie_id
    UNION ALL
    SELECT film::bigint, 0, 0, count(*), 0, 0, NULL
    FROM log, jsonb_array_elements_text(metadata->'films') AS film
    WHERE action_type = 'recommendation_impression' AND jsonb_typeof(metadata->'films') = 'array' GROUP BY film
    UNION ALL
    SELECT movie_id, 0, 0, 0, count(DISTINCT user_id) FILTER (WHERE interaction_type IN ('like', 'favorite')),
           count(rating), avg(rating)
    FROM user_movie_interactions, span WHERE timestamp >= first AND timestamp < behind GROUP BY movie_id
), film AS (
    SELECT movie_id, sum(views)::int AS views, sum(clicks)::int AS clicks, sum(shown)::int AS shown,
           sum(likes)::int AS likes, sum(ratings)::int AS ratings, coalesce(max(stars), 0) AS stars
    FROM counted c WHERE EXISTS (SELECT FROM movies m WHERE m.id = c.movie_id) GROUP BY movie_id
), gone AS (
    DELETE FROM popularity_metrics p WHERE p.date = %(day)s AND NOT EXISTS (
        SELECT FROM film f WHERE f.movie_id = p.movie_id AND f.views + f.clicks + f.shown + f.likes + f.ratings > 0)
)
INSERT INTO popularity_metrics AS old (movie_id, date, view_count, like_count, rating_count, average_rating,
    recommendation_count, click_through_rate)
SELECT movie_id, %(day)s, views, likes, ratings, stars, shown,
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
    """Count these days anew, each in a transaction of its own, then every film's views."""
    for day in sorted(set(days)):
        with transaction.atomic(), connection.cursor() as cursor:
            # Two counts of one day would insert the same rows.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, day.toordinal()])
            cursor.execute(_COUNT, {"day": day})
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS)


def catch_up(*, now: dt.datetime | None = None) -> list[dt.date]:
    """Count today, the days before that may still have changed, and all since the last count, then each film's trend;
    returns the days."""
    today = (now or timezone.now()).astimezone(dt.UTC).date()
    last = PopularityMetric.objects.aggregate(last=Max("date"))["last"] or _beginning() or today
    first = min(last, today) - dt.timedelta(days=LATE_DAYS)
    days = [first + dt.timedelta(days=number) for number in range((today - first).days + 1)]
    count(days)
    trends.refresh(today=today)
    return days


def _beginning() -> dt.date | None:
    """The first day of which anything is known."""
    logged = ActivityLog.objects.order_by("timestamp").values_list("timestamp", flat=True).first()
    acted = Interaction.objects.order_by("timestamp").values_list("timestamp", flat=True).first()
    moments = [moment for moment in (logged, acted) if moment is not None]
    return min(moments).astimezone(dt.UTC).date() if moments else None
