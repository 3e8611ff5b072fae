"""The numbers that a film owes to its viewers, recomputed in bulk.

`our_rating` is the mean of our ratings on the scale of 0 to 10; `like_count` counts likes and favourites, a person
once. `popularity_score` (0 to 100) blends three logarithms, each as a share of the best film's:
what the world thinks (votes on TMDB), what people here ever did, and what they did in the last 90 days. A site with
few people leans on the world; its own voice reaches half when a thousand acts have come together.
"""

from django.db import connection
from django.utils import timezone

RECENT_DAYS = 90
ACTS_FOR_FULL_VOICE = 1_000

# `updated_at` is left alone: it says when the film's facts changed, and cached cards hang on it.
_REFRESH = """
WITH acts AS (
    SELECT movie_id,
           avg(rating) * 2 AS our_rating,
           count(rating) AS ratings,
           count(DISTINCT user_id) FILTER (WHERE interaction_type IN ('like', 'favorite')) AS likes,
           count(DISTINCT user_id) FILTER (WHERE interaction_type NOT IN ('click', 'dislike', 'not_interested'))
               AS people,
           count(DISTINCT user_id) FILTER (WHERE interaction_type NOT IN ('click', 'dislike', 'not_interested')
               AND timestamp > %(now)s - make_interval(days => %(days)s)) AS recent
    FROM user_movie_interactions GROUP BY movie_id
), tops AS (
    SELECT ln(1 + greatest((SELECT max(tmdb_vote_count) FROM movies), 1)) AS votes,
           ln(1 + greatest(max(people), 1)) AS people,
           ln(1 + greatest(max(recent), 1)) AS recent,
           least(1, coalesce(sum(people), 0) / %(full)s) * 0.5 AS voice
    FROM acts
), fresh AS (
    SELECT m.id, a.our_rating, coalesce(a.ratings, 0) AS ratings, coalesce(a.likes, 0) AS likes,
           round((100 * ((1 - t.voice) * ln(1 + m.tmdb_vote_count) / t.votes
               + t.voice * (0.5 * ln(1 + coalesce(a.people, 0)) / t.people
                          + 0.5 * ln(1 + coalesce(a.recent, 0)) / t.recent)))::numeric, 4)::float8 AS popularity
    FROM movies m CROSS JOIN tops t LEFT JOIN acts a ON a.movie_id = m.id
)
UPDATE movies m
SET our_rating = f.our_rating, our_rating_count = f.ratings, like_count = f.likes, popularity_score = f.popularity
FROM fresh f
WHERE f.id = m.id AND (m.our_rating, m.our_rating_count, m.like_count, m.popularity_score)
    IS DISTINCT FROM (f.our_rating, f.ratings, f.likes, f.popularity)
"""


def refresh() -> int:
    """Bring every film's numbers up to date; returns how many films changed."""
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, {"now": timezone.now(), "days": RECENT_DAYS, "full": float(ACTS_FOR_FULL_VOICE)})
        return cursor.rowcount
