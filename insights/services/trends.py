"""Which films people take to these days, from the daily numbers: `movies.trend_score`, which the catalogue sorts by and
the row "Trending" shows.

A day's worth of a film is its likes, its ratings if their mean is three stars or more, and the logarithm of its views;
it halves every week and is gone after four. The logarithm, because a person likes and rates a film once but can open
its page all day: a thousand visits are worth seven likes. A film that hardly anybody met has no trend.
"""

import datetime as dt
from typing import Any

from django.db import connection

DAYS = 28
HALF_LIFE_DAYS = 7.0
LEAST_ACTS, LEAST_VIEWS = 3, 10  # either is enough
GOOD_STARS = 3.0

# `updated_at` is left alone: it says when the film's facts changed, and cached cards hang on it.
_REFRESH = """
WITH daily AS (
    SELECT movie_id, view_count AS views, %(today)s::date - date AS age,
           like_count + CASE WHEN average_rating >= %(good)s THEN rating_count ELSE 0 END AS acts
    FROM popularity_metrics WHERE date > %(today)s::date - %(days)s AND date <= %(today)s
), trend AS (
    SELECT movie_id, sum((acts + ln(1 + views)) * power(0.5, age / %(half)s))::float8 AS score
    FROM daily GROUP BY movie_id HAVING sum(acts) >= %(acts)s OR sum(views) >= %(views)s
)
UPDATE movies m SET trend_score = coalesce(t.score, 0)
FROM movies n LEFT JOIN trend t ON t.movie_id = n.id
WHERE n.id = m.id AND abs(m.trend_score - coalesce(t.score, 0)) > 1e-6
"""


def refresh(*, today: dt.date) -> int:
    """Bring every film's trend up to date, `today` in UTC; returns how many films changed."""
    said: dict[str, Any] = {
        "today": today,
        "days": DAYS,
        "half": HALF_LIFE_DAYS,
        "good": GOOD_STARS,
        "acts": LEAST_ACTS,
        "views": LEAST_VIEWS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, said)
        return cursor.rowcount
