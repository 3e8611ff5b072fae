"""People to write to, made in the database: confirmed, wishing for the digest, with picks and a history to tell of."""

from django.db import connection

PEOPLE = """
    INSERT INTO users (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined,
        is_premium, phone_number, bio, country, preferred_timezone, preferred_language, diversity_preference,
        novelty_preference, onboarding_completed, cold_start_preferences_collected, allow_demographic_targeting,
        data_usage_consent, created_at, updated_at, is_simulated)
    SELECT '!', false, 'bench-' || n, '', '', 'bench-' || n || '@example.org', false, true, now(), false, '', '', '',
        'UTC', 'en', 0.5, 0.5, true, true, true, true, now(), now(), false FROM generate_series(1, %(count)s) AS n
"""
ADDRESSES = """
    INSERT INTO account_emailaddress (user_id, email, verified, "primary") SELECT id, email, true, true FROM users
"""
WISHES = """
    INSERT INTO notifications_preferences (user_id, weekly_digest, recommendation_alerts, trending_alerts,
        push_recommendations, push_trending, in_app_recommendations, in_app_system_updates, digest_day, digest_time,
        timezone, measure_clicks, created_at, updated_at)
    SELECT id, true, true, true, false, false, true, true, 0, '09:00', 'UTC', true, now(), now() FROM users
"""
# Any step that shares no factor with the number of films walks through all of them.
FILMS = "(SELECT array_agg(id ORDER BY id) AS ids, count(*) AS many FROM movies) AS films"
RATINGS = f"""
    INSERT INTO user_movie_interactions (user_id, movie_id, interaction_type, rating, source, timestamp)
    SELECT u.id, ids[1 + (u.id * 7919 + n * 31) %% many], 'rating', 4, 'import', now() - interval '30 days'
    FROM users u, generate_series(1, %(ratings)s) AS n, {FILMS}
"""
PICKS = f"""
    INSERT INTO user_recommendations (user_id, movie_id, score, algorithm, rank, reason, model_version, generated_at,
        clicked)
    SELECT u.id, ids[1 + (u.id * 7919 + (n + %(ratings)s) * 31) %% many], 1.0 / n, 'hybrid', n,
        jsonb_build_object('kind', 'because', 'liked', true, 'films', jsonb_build_array(
            jsonb_build_object('id', ids[1 + (u.id * 7919 + 31) %% many], 'share', 0.6),
            jsonb_build_object('id', ids[1 + (u.id * 7919 + 62) %% many], 'share', 0.4))), '', now(), false
    FROM users u, generate_series(1, %(picks)s) AS n, {FILMS}
"""


def make(count: int) -> None:
    """So many people whose address is confirmed and who want every mail."""
    for sql in (PEOPLE, ADDRESSES, WISHES):
        execute(sql, {"count": count})


def interest(ratings: int, picks: int) -> None:
    """What each of them has rated, and what is stored for them; the catalogue must be there."""
    for sql in (RATINGS, PICKS):
        execute(sql, {"ratings": ratings, "picks": picks})


def execute(sql: str, parameters: object = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
