"""The database as the data model has it: every table, column, index, key, partition and trigger, read back."""

import re

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

TABLES = {
    "users": "id password last_login is_superuser username first_name last_name email is_staff is_active date_joined"
    " date_of_birth is_premium phone_number bio avatar country preferred_timezone preferred_language device_token"
    " device_type algorithm_preference diversity_preference novelty_preference content_rating_preference"
    " preferred_decade onboarding_completed onboarding_completed_at cold_start_preferences_collected"
    " allow_demographic_targeting data_usage_consent created_at updated_at is_simulated",
    "genres": "id tmdb_id name slug created_at",
    "movies": "id tmdb_id omdb_id slug title original_title tagline overview release_date runtime status director"
    " main_cast tmdb_rating tmdb_vote_count omdb_rating our_rating our_rating_count poster_path backdrop_path"
    " popularity_score views like_count adult certification budget revenue original_language search created_at"
    " updated_at",
    "movie_genres": "id movie_id genre_id",
    "people": "id tmdb_id name profile_path",
    "movie_cast": "id movie_id person_id character order cast_type job",
    "editors_picks": "id movie_id note starts_on ends_on created_by_id created_at updated_at",
    "favorite_genres": "id user_id genre_id",
    "recommendation_adjustments": "id user_id kind target weight created_at updated_at",
    "user_movie_interactions": "id user_id movie_id interaction_type rating feedback_type feedback_comment metadata"
    " source timestamp",
    "user_recommendations": "id user_id movie_id score algorithm rank reason model_version generated_at clicked"
    " clicked_at",
    "recommendation_experiments": "id name description algorithm_a algorithm_b traffic_split start_date end_date"
    " is_active target_metric minimum_sample_size confidence_level statistical_significance winner_algorithm p_value"
    " effect_size created_by_id created_at updated_at status kind phase seed hypothesis decision_note is_aa_test"
    " namespace_start namespace_end",
    "experiment_assignments": "id experiment_id user_id phase variant bucket assigned_at first_exposed_at",
    "experiment_opt_outs": "id user_id at",
    "experiment_events": "id experiment_id at actor_id action detail",
    "site_defaults": "id algorithm changed_by_id changed_at experiment_id",
    "experiment_snapshots": "id experiment_id at sums results srm_p code_version",
    "notifications_preferences": "id user_id weekly_digest recommendation_alerts trending_alerts push_recommendations"
    " push_trending in_app_recommendations in_app_system_updates digest_day digest_time timezone next_due_at"
    " quiet_start quiet_end paused_until measure_clicks created_at updated_at",
    "notification_choices": "id user_id kind channel enabled",
    "notification_logs": "id user_id notification_type channel subject content recipient message message_id data"
    " is_test status reason external_id idempotency_key attempts last_error lease_token lease_until scheduled_at"
    " sent_at delivered_at opened_at clicked_at created_at",
    "delivery_events": "id delivery_id event at provider_hash message_id address_hash is_machine detail",
    "suppressions": "id address_hash masked reason scope until note created_at created_by_id",
    "delivery_circuits": "id name failures open_until last_error updated_at",
    "in_app_notifications": "id user_id category kind key group_key title message action_url action_data is_read"
    " is_archived created_at seen_at read_at archived_at expires_at made_in",
    "announcements": "id title message action_url segment language publish_at expires_at published_at withdrawn_at told"
    " created_by_id created_at updated_at",
    "devices": "id user_id device_type token keys name last_seen_at last_ok_at created_at",
    "user_activity_logs": "id user_id session_id action_type movie_id ip_address user_agent referer source metadata"
    " timestamp",
    "activity_spools": "id name rows bad dropped loaded_at",
    "activity_archives": "id file partition rows sha256 archived_at",
    "popularity_metrics": "id movie_id date view_count like_count rating_count average_rating recommendation_count"
    " click_through_rate",
}

# The design's name of each index, and the index that serves its queries here. Where that is another one, the line
# says why: a UNIQUE serves as an index, and a wider index serves what its first columns serve.
INDEXES = [
    ("idx_users_email", "users", "btree (email)"),
    ("idx_users_username", "users", "unique btree (username)"),
    ("idx_users_is_active", "users", "btree (is_active)"),
    ("idx_users_device_token", "users", "btree (device_token) WHERE (device_token IS NOT NULL)"),
    ("idx_users_country", "users", "btree (country)"),
    ("idx_users_created_at", "users", "btree (created_at)"),
    ("idx_genres_tmdb_id", "genres", "unique btree (tmdb_id)"),
    ("idx_genres_slug", "genres", "unique btree (slug)"),
    ("idx_genres_name", "genres", "unique btree (name)"),
    ("idx_movies_tmdb_id", "movies", "unique btree (tmdb_id)"),
    ("idx_movies_title", "movies", "btree (title)"),
    ("idx_movies_release_date", "movies", "btree (release_date DESC)"),
    # Wider: the ranking begins with the popularity.
    ("idx_movies_popularity_score", "movies", "btree (popularity_score DESC, tmdb_rating DESC, views DESC)"),
    ("idx_movies_tmdb_rating", "movies", "btree (tmdb_rating DESC)"),
    ("idx_movies_omdb_rating", "movies", "btree (omdb_rating DESC)"),
    ("idx_movies_original_language", "movies", "btree (original_language)"),
    ("idx_movies_adult", "movies", "btree (adult)"),
    ("idx_movies_created_at", "movies", "btree (created_at)"),
    # A stored vector instead of an expression: it also holds people, weighs its parts, and is not computed per query.
    ("idx_movies_search", "movies", "gin (search)"),
    ("idx_movie_genre_movie", "movie_genres", "btree (movie_id)"),
    ("idx_movie_genre_genre", "movie_genres", "btree (genre_id)"),
    # Wider: a person's acts of a kind are shown newest first.
    ("idx_interactions_user_type", "user_movie_interactions", 'btree (user_id, interaction_type, "timestamp" DESC)'),
    ("idx_interactions_movie_type", "user_movie_interactions", "btree (movie_id, interaction_type)"),
    ("idx_interactions_timestamp", "user_movie_interactions", 'btree ("timestamp" DESC)'),
    ("idx_interactions_rating", "user_movie_interactions", "btree (rating) WHERE (rating IS NOT NULL)"),
    (
        "idx_interactions_feedback",
        "user_movie_interactions",
        "btree (feedback_type) WHERE (feedback_type IS NOT NULL)",
    ),
    ("idx_recommendations_user_score", "user_recommendations", "btree (user_id, score DESC)"),
    ("idx_recommendations_generated", "user_recommendations", "btree (generated_at DESC)"),
    ("idx_recommendations_algorithm", "user_recommendations", "btree (algorithm)"),
    ("idx_recommendations_clicked", "user_recommendations", "btree (clicked, clicked_at)"),
    ("idx_experiments_active", "recommendation_experiments", "btree (is_active, start_date, end_date)"),
    ("idx_experiments_date_range", "recommendation_experiments", "btree (start_date, end_date)"),
    ("idx_experiments_target_metric", "recommendation_experiments", "btree (target_metric)"),
    ("idx_experiments_algorithms", "recommendation_experiments", "btree (algorithm_a, algorithm_b)"),
    ("idx_notifprefs_user", "notifications_preferences", "unique btree (user_id)"),
    ("idx_notifprefs_digest", "notifications_preferences", "btree (digest_day, digest_time)"),
    ("idx_notif_log_user_type", "notification_logs", "btree (user_id, notification_type)"),
    # Wider: the sender asks for what is scheduled and due.
    ("idx_notif_log_status", "notification_logs", "btree (status, scheduled_at)"),
    ("idx_notif_log_type_sent", "notification_logs", "btree (notification_type, sent_at)"),
    ("idx_notif_log_created_at", "notification_logs", "btree (created_at DESC)"),
    ("idx_in_app_user_created", "in_app_notifications", "btree (user_id, created_at DESC)"),
    ("idx_in_app_user_read", "in_app_notifications", "btree (user_id, is_read)"),
    ("idx_in_app_expires", "in_app_notifications", "btree (expires_at)"),
    # Wider: this is the design's idx_user_activity_analysis, which begins with the same columns.
    ("idx_activity_logs_user_action", "user_activity_logs", 'btree (user_id, action_type, "timestamp" DESC)'),
    ("idx_activity_logs_movie_action", "user_activity_logs", "btree (movie_id, action_type)"),
    ("idx_activity_logs_timestamp", "user_activity_logs", 'btree ("timestamp" DESC)'),
    ("idx_activity_logs_session", "user_activity_logs", "btree (session_id)"),
    ("idx_activity_logs_source", "user_activity_logs", "btree (source)"),
    ("idx_popularity_movie", "popularity_metrics", "btree (movie_id)"),
    ("idx_popularity_views", "popularity_metrics", "btree (view_count DESC)"),
    ("idx_popularity_date", "popularity_metrics", "btree (date DESC)"),
    ("idx_popularity_ctr", "popularity_metrics", "btree (click_through_rate DESC)"),
    (
        "idx_user_recs_serving",
        "user_recommendations",
        "btree (user_id, score DESC, generated_at DESC) WHERE (NOT clicked)",
    ),
    ("idx_movie_popularity_ranking", "movies", "btree (popularity_score DESC, tmdb_rating DESC, views DESC)"),
    ("idx_user_activity_analysis", "user_activity_logs", 'btree (user_id, action_type, "timestamp" DESC)'),
    # The column is_active is the same in every row of the index: the predicate says it already.
    (
        "idx_experiment_user_assignment",
        "recommendation_experiments",
        "btree (start_date, end_date) WHERE is_active",
    ),
    # What the data model adds to the design.
    ("e-mail, whatever its capitals", "users", "unique btree (lower((email)::text))"),
    ("film titles in their order", "movies", "btree (f_unaccent(lower((title)::text)), id)"),
    ("film titles, mistyped", "movies", "gin (f_unaccent(lower((title)::text)) gin_trgm_ops)"),
    ("people's names, mistyped", "people", "gin (f_unaccent(lower((name)::text)) gin_trgm_ops)"),
    ("IMDb id", "movies", "unique btree (omdb_id)"),
    ("whose digest is due", "notifications_preferences", "btree (next_due_at) WHERE (next_due_at IS NOT NULL)"),
    ("what is unseen", "in_app_notifications", "btree (user_id) WHERE ((NOT is_archived) AND (seen_at IS NULL))"),
    ("a message by its Message-ID", "notification_logs", "btree (message_id)"),
    ("events of a message", "delivery_events", "btree (delivery_id, at)"),
    ("events of an address", "delivery_events", "btree (address_hash, at)"),
    # Not UNIQUE as in the design: the table is partitioned, and providers' ids are not ours to vouch for.
    ("provider's id of a message", "notification_logs", "btree (external_id)"),
]

UNIQUES = [
    ("movie_genres", "movie_id, genre_id"),
    ("favorite_genres", "user_id, genre_id"),
    ("user_movie_interactions", "user_id, movie_id, interaction_type"),
    ("user_recommendations", "user_id, movie_id, algorithm"),
    ("recommendation_experiments", "name"),
    ("experiment_assignments", "experiment_id, phase, user_id"),
    ("experiment_opt_outs", "user_id"),
    ("devices", "token"),
    ("notification_choices", "user_id, kind, channel"),
    ("in_app_notifications", "user_id, key"),
    ("delivery_events", "provider_hash"),
    ("suppressions", "address_hash, scope"),
    ("delivery_circuits", "name"),
    ("users", "device_token"),
    ("popularity_metrics", "movie_id, date"),
]

REFERENCES = [
    ("movie_genres", "movie_id", "movies"),
    ("movie_genres", "genre_id", "genres"),
    ("movie_cast", "movie_id", "movies"),
    ("movie_cast", "person_id", "people"),
    ("favorite_genres", "user_id", "users"),
    ("favorite_genres", "genre_id", "genres"),
    ("user_movie_interactions", "user_id", "users"),
    ("user_movie_interactions", "movie_id", "movies"),
    ("user_recommendations", "user_id", "users"),
    ("user_recommendations", "movie_id", "movies"),
    ("recommendation_experiments", "created_by_id", "users"),
    ("experiment_assignments", "experiment_id", "recommendation_experiments"),
    ("experiment_assignments", "user_id", "users"),
    ("experiment_snapshots", "experiment_id", "recommendation_experiments"),
    ("experiment_opt_outs", "user_id", "users"),
    ("experiment_events", "experiment_id", "recommendation_experiments"),
    ("experiment_events", "actor_id", "users"),
    ("site_defaults", "changed_by_id", "users"),
    ("site_defaults", "experiment_id", "recommendation_experiments"),
    ("notifications_preferences", "user_id", "users"),
    ("notification_logs", "user_id", "users"),
    ("in_app_notifications", "user_id", "users"),
    ("devices", "user_id", "users"),
    ("notification_choices", "user_id", "users"),
    ("suppressions", "created_by_id", "users"),
    ("announcements", "created_by_id", "users"),
    ("user_activity_logs", "user_id", "users"),
    ("user_activity_logs", "movie_id", "movies"),
    ("popularity_metrics", "movie_id", "movies"),
]

TRIGGERS = {
    ("experiment_snapshots", "append_only"),
    ("experiment_events", "append_only"),
    ("inspections", "append_only"),
    ("notification_logs", "take_key"),
    ("notification_logs", "keep_key"),
    ("in_app_notifications", "inbox_inserted"),
    ("in_app_notifications", "inbox_updated"),
    ("in_app_notifications", "inbox_deleted"),
}


def rows(sql: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def existing_indexes() -> set[tuple[str, str]]:
    found = set()
    for table, definition in rows("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"):
        unique, shape = re.fullmatch(r"CREATE (UNIQUE )?INDEX .+ ON .+ USING (.+)", definition).groups()
        found.add((table, f"unique {shape}" if unique else shape))
    return found


@pytest.mark.parametrize("table", TABLES)
def test_the_table_has_its_columns(table):
    sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    assert set(TABLES[table].split()) <= {name for (name,) in rows(sql, table)}


@pytest.mark.parametrize(("name", "table", "shape"), INDEXES, ids=[name for name, *_ in INDEXES])
def test_the_index_of_the_design_has_its_counterpart(name, table, shape):
    assert (table, shape) in existing_indexes()


@pytest.mark.parametrize(("table", "columns"), UNIQUES, ids=[table for table, _ in UNIQUES])
def test_what_may_be_there_once_is_unique(table, columns):
    assert (table, f"unique btree ({columns})") in existing_indexes()


def test_like_excludes_dislike_by_a_partial_unique_index():
    shape = next(shape for table, shape in existing_indexes() if shape.startswith("unique btree (user_id, movie_id) "))
    assert "'like'" in shape
    assert "'dislike'" in shape


@pytest.mark.parametrize(("table", "column", "other"), REFERENCES)
def test_the_foreign_key_is_in_the_database(table, column, other):
    definitions = rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass", table)
    assert any(text.startswith(f"FOREIGN KEY ({column}) REFERENCES {other}(id)") for (text,) in definitions)


@pytest.mark.parametrize(("table", "column", "other"), REFERENCES)
def test_an_index_begins_with_the_column_of_each_foreign_key(table, column, other):
    shapes = [shape for where, shape in existing_indexes() if where == table]
    assert any(re.match(rf"(unique )?btree \({column}[,)]", shape) for shape in shapes)


def test_the_three_large_tables_are_partitioned_by_time():
    sql = "SELECT partrelid::regclass::text, pg_get_partkeydef(partrelid) FROM pg_partitioned_table"
    assert dict(rows(sql)) == {
        "user_activity_logs": 'RANGE ("timestamp")',
        "notification_logs": "RANGE (created_at)",
        "popularity_metrics": "RANGE (date)",
    }


def test_every_partitioned_table_has_a_default_partition():
    sql = "SELECT partrelid::regclass::text, partdefid::regclass::text FROM pg_partitioned_table"
    assert all(default == f"{table}_default" for table, default in rows(sql))


def test_the_triggers_are_there():
    sql = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0"
    assert set(rows(sql)) == TRIGGERS


def test_every_trigger_is_switched_on():
    assert {state for (state,) in rows("SELECT tgenabled FROM pg_trigger WHERE NOT tgisinternal")} == {"O"}


def test_no_index_or_constraint_is_invalid():
    assert rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid") == []
    assert rows("SELECT conname FROM pg_constraint WHERE NOT convalidated") == []
