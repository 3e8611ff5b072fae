"""The questions behind a digest, each for many people at once."""

from typing import Any

from django.db import connection

# What each person was told in their last digests; what never reached them does not count.
TOLD = """
    SELECT u.id, array_agg(DISTINCT film.id::bigint) FROM unnest(%(people)s::bigint[]) AS u (id), LATERAL (
        SELECT data FROM notification_logs WHERE user_id = u.id AND notification_type = %(kind)s AND NOT is_test
            AND data ? 'films' AND status NOT IN ('skipped', 'failed', 'bounced')
        ORDER BY created_at DESC LIMIT %(remembered)s
    ) AS last, LATERAL (
        SELECT jsonb_array_elements_text(last.data -> 'films') UNION ALL SELECT last.data ->> 'editors'
    ) AS film (id)
    WHERE film.id IS NOT NULL GROUP BY u.id
"""
# Films of alerts that were one mail too many since the last digest.
FOLDED_IN = """
    SELECT l.user_id, array_agg(DISTINCT film.id::bigint) FROM notification_logs l,
        LATERAL jsonb_array_elements_text(l.data -> 'films') AS film (id)
    WHERE l.user_id = ANY(%(people)s) AND l.status = 'skipped' AND l.reason = %(capped)s AND l.created_at > %(since)s
    GROUP BY l.user_id
"""
# A pick stays fresh until the person has done anything with its film but look at it.
STORED = """
    SELECT u.id, p.movie_id, p.reason::text FROM unnest(%(people)s::bigint[]) AS u (id), LATERAL (
        SELECT r.movie_id, r.reason, r.rank, r.id FROM user_recommendations r
        WHERE r.user_id = u.id AND NOT EXISTS (
            SELECT FROM user_movie_interactions i
            WHERE i.user_id = u.id AND i.movie_id = r.movie_id AND i.interaction_type <> 'click')
        ORDER BY r.rank, r.score DESC, r.id LIMIT %(limit)s
    ) AS p ORDER BY u.id, p.rank, p.id
"""
RELEASED = """
    SELECT i.user_id, i.movie_id, m.release_date, i.timestamp
    FROM user_movie_interactions i JOIN movies m ON m.id = i.movie_id
    WHERE i.user_id = ANY(%(people)s) AND i.interaction_type = 'watchlist'
        AND m.release_date > %(from)s AND m.release_date <= %(to)s
    ORDER BY m.release_date DESC, m.popularity_score DESC, m.id
"""
LAST = """
    SELECT user_id, max(created_at) FROM notification_logs
    WHERE user_id = ANY(%(people)s) AND notification_type = %(kind)s AND NOT is_test AND status <> 'skipped'
    GROUP BY user_id
"""
SETTLED = """
    SELECT user_id, array_agg(DISTINCT movie_id) FROM user_movie_interactions
    WHERE user_id = ANY(%(people)s) AND movie_id = ANY(%(films)s) AND interaction_type <> 'click' GROUP BY user_id
"""
# What stood at the top when a digest or an alert last said so.
LAST_TOP = """
    SELECT array(SELECT jsonb_array_elements_text(data -> 'top')::bigint) FROM notification_logs
    WHERE user_id = %(user)s AND data ? 'top' AND NOT is_test AND status <> 'skipped' AND created_at > %(since)s
    ORDER BY created_at DESC LIMIT 1
"""
ALERTED = """
    SELECT l.user_id, array_agg(DISTINCT film.id::bigint) FROM notification_logs l,
        LATERAL jsonb_array_elements_text(l.data -> 'films') AS film (id)
    WHERE l.user_id = %(user)s AND l.notification_type = ANY(%(kinds)s) AND NOT l.is_test AND l.status <> 'skipped'
        AND l.created_at > %(since)s
    GROUP BY l.user_id
"""


def rows(query: str, **facts: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        return cursor.fetchall()


def sets(query: str, **facts: Any) -> dict[int, set[int]]:
    """Ids by person."""
    return {pk: set(ids) for pk, ids in rows(query, **facts)}
