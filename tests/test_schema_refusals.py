"""What the database itself refuses, whoever asks: raw SQL, past every form and service."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalog.models import EditorsPick, MovieGenre
from insights.models import ActivityLog, ExperimentSnapshot, PopularityMetric
from notify.models import (
    Announcement,
    Choice,
    Circuit,
    Delivery,
    DeliveryEvent,
    Device,
    InboxNotification,
    Preference,
    Suppression,
)
from recs.models import (
    Adjustment,
    Assignment,
    Experiment,
    ExperimentEvent,
    ExperimentOptOut,
    GenrePreference,
    HistoryImport,
    ImportedFilm,
    Recommendation,
    SiteDefault,
)
from tests import factories
from web import partitions

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def experiment() -> Experiment:
    return Experiment.objects.create(
        name="Old against new",
        algorithm_a="popular",
        algorithm_b="hybrid",
        start_date=NOW,
        end_date=NOW + datetime.timedelta(days=14),
        target_metric="ctr",
    )


def delivery(*, key: str = "key", at: datetime.datetime = NOW) -> Delivery:
    return Delivery.objects.create(
        user=factories.user(), channel="email", subject="", content="", idempotency_key=key, created_at=at
    )


def history() -> HistoryImport:
    return HistoryImport.objects.create(user=factories.user(), filename="ratings.csv", digest="0" * 64, format="imdb")


def upload() -> HistoryImport:
    return HistoryImport.objects.create(user=factories.user(), filename="diary.csv", digest="d", format="letterboxd")


# A valid row of each kind; every refusal below changes one.
MAKE = {
    "rating": lambda: factories.rating(factories.user(), factories.movie(), 3.5),
    "like": lambda: factories.mark(factories.user(), factories.movie(), "like"),
    "experiment": experiment,
    "assignment": lambda: Assignment.objects.create(
        experiment=experiment(), user=factories.user(), variant="a", bucket=1
    ),
    "snapshot": lambda: ExperimentSnapshot.objects.create(experiment=experiment()),
    "opt-out": lambda: ExperimentOptOut.objects.create(user=factories.user()),
    "event": lambda: ExperimentEvent.objects.create(experiment=experiment(), actor=factories.user(), action="stop"),
    "site default": lambda: SiteDefault.objects.create(algorithm="popular"),
    "recommendation": lambda: Recommendation.objects.create(
        user=factories.user(), movie=factories.movie(), score=1, algorithm="popular"
    ),
    "movie": factories.movie,
    "movie genre": lambda: MovieGenre.objects.get(movie=factories.movie(genres=["War"])),
    "editors' pick": lambda: EditorsPick.objects.create(
        movie=factories.movie(), starts_on=NOW.date(), ends_on=NOW.date()
    ),
    "credit": lambda: factories.credit(factories.movie(), factories.person()),
    "user": factories.user,
    "preference": lambda: Preference.objects.create(user=factories.user()),
    "favourite genre": lambda: GenrePreference.objects.create(user=factories.user(), genre=factories.genre()),
    "adjustment": lambda: Adjustment.objects.create(user=factories.user(), kind="genre", target=3, weight=0.5),
    "upload": upload,
    "uploaded film": lambda: ImportedFilm.objects.create(history=upload(), position=0, state="matched"),
    "delivery": delivery,
    "choice": lambda: Choice.objects.create(user=factories.user(), kind="picks", channel="email", enabled=True),
    "delivery event": lambda: DeliveryEvent.objects.create(event="delivered", provider_hash="0" * 64),
    "suppression": lambda: Suppression.objects.create(address_hash="0" * 64, reason="complaint", scope="bulk"),
    "circuit": lambda: Circuit.objects.create(name="email"),
    "announcement": lambda: Announcement.objects.create(title="We are open", message="Come in."),
    "history": history,
    "imported film": lambda: ImportedFilm.objects.create(history=history(), position=1, state="matched"),
    "inbox": lambda: InboxNotification.objects.create(user=factories.user()),
    "device": lambda: Device.objects.create(user=factories.user(), device_type="web", token="token"),
    "metric": lambda: PopularityMetric.objects.create(movie=factories.movie(), date=NOW.date()),
}

CHANGES = [
    ("rating", "rating = 7", "check_rating_range"),
    ("rating", "rating = 0", "check_rating_range"),
    ("rating", "rating = 5.5", "check_rating_range"),
    ("rating", "rating = 0.3", "check_rating_range"),
    ("rating", "rating = 3.25", "check_rating_range"),
    ("rating", "rating = 'NaN'", "check_rating_range"),
    ("rating", "rating = NULL", "check_rating_only_in_ratings"),
    ("rating", "interaction_type = 'view'", "check_rating_only_in_ratings"),
    ("like", "rating = 4", "check_rating_only_in_ratings"),
    ("like", "interaction_type = 'adored'", "check_interaction_type"),
    ("like", "source = 'fax'", "check_interaction_source"),
    ("like", "feedback_type = 'meh'", "check_feedback_type"),
    ("experiment", "traffic_split = 0.95", "check_traffic_split"),
    ("experiment", "traffic_split = 0.05", "check_traffic_split"),
    ("experiment", "end_date = start_date", "check_date_order"),
    ("experiment", "end_date = start_date - interval '1 day'", "check_date_order"),
    ("experiment", "algorithm_b = algorithm_a", "check_different_algorithms"),
    ("experiment", "confidence_level = 0.5", "check_confidence_level"),
    ("experiment", "confidence_level = 1", "check_confidence_level"),
    ("experiment", "target_metric = 'fame'", "check_target_metric"),
    ("experiment", "status = 'lost'", "check_experiment_status"),
    ("experiment", "kind = 'guess'", "check_experiment_kind"),
    ("history", "status = 'lost'", "check_history_status"),
    ("imported film", "state = 'eaten'", "check_history_film_state"),
    ("experiment", "namespace_start = -0.1", "check_namespace"),
    ("experiment", "namespace_end = 1.1", "check_namespace"),
    ("experiment", "namespace_start = 1", "check_namespace"),
    ("experiment", "namespace_end = 'NaN'", "check_namespace"),
    ("assignment", "variant = 'c'", "check_variant"),
    ("site default", "id = 2", "check_one_site_default"),
    ("recommendation", "score = -0.1", "check_score_positive"),
    ("recommendation", "score = 'NaN'", "check_score_positive"),
    ("recommendation", "score = 'Infinity'", "check_score_positive"),
    ("adjustment", "kind = 'mood'", "check_adjustment_kind"),
    ("adjustment", "weight = 1", "check_adjustment_weight"),
    ("adjustment", "weight = -0.1", "check_adjustment_weight"),
    ("adjustment", "weight = 'NaN'", "check_adjustment_weight"),
    ("adjustment", "target = 0", "check_adjustment_target"),
    ("adjustment", "kind = 'popularity'", "check_adjustment_target"),
    ("upload", "status = 'lost'", "check_history_status"),
    ("uploaded film", "state = 'lost'", "check_history_film_state"),
    ("movie", "tmdb_rating = 11", "movies_tmdb_rating_range"),
    ("movie", "tmdb_rating = -1", "movies_tmdb_rating_range"),
    ("movie", "omdb_rating = 10.1", "movies_omdb_rating_range"),
    ("movie", "our_rating = 11", "movies_our_rating_range"),
    ("movie", "certification = 'X'", "movies_certification_known"),
    ("credit", "cast_type = 'guest'", "movie_cast_type_known"),
    ("editors' pick", "ends_on = starts_on - 1", "check_editors_pick_days"),
    ("user", "diversity_preference = 1.5", "users_diversity_range"),
    ("user", "novelty_preference = -0.1", "users_novelty_range"),
    ("user", "preferred_language = 'tlh'", "users_language_known"),
    ("user", "device_type = 'fridge'", "users_device_type_known"),
    ("preference", "digest_day = 7", "check_digest_day"),
    ("delivery", "status = 'lost'", "check_delivery_status"),
    ("delivery", "channel = 'fax'", "check_delivery_channel"),
    ("inbox", "category = 'gossip'", "check_inbox_category"),
    ("preference", "quiet_start = '22:00'", "check_quiet_hours"),
    ("choice", "channel = 'fax'", "check_choice_channel"),
    ("delivery event", "event = 'eaten'", "check_delivery_event"),
    ("suppression", "reason = 'boredom'", "check_suppression_reason"),
    ("suppression", "scope = 'some'", "check_suppression_scope"),
    ("announcement", "segment = 'friends'", "check_announcement_segment"),
    ("announcement", "expires_at = publish_at", "check_announcement_dates"),
    ("device", "device_type = 'fridge'", "check_device_type"),
    ("metric", "click_through_rate = 101", "check_click_through_rate"),
    ("metric", "click_through_rate = -1", "check_click_through_rate"),
]


def refusal(sql: str) -> str:
    """The name of the constraint that refused (a trigger of ours has none: then its words)."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    problem = caught.value.__cause__
    return problem.diag.constraint_name or problem.diag.message_primary


def change(row, what: str) -> str:
    return f"UPDATE {row._meta.db_table} SET {what} WHERE id = {row.id}"


def again(row, **changes: str) -> str:
    """SQL that inserts the row once more under a new id, with some columns changed."""
    generated = {"id", "search"}
    columns = [field.column for field in row._meta.concrete_fields if field.column not in generated]
    values = [changes.get(column, f'"{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    table = row._meta.db_table
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} WHERE id = {row.id}"


@pytest.mark.parametrize(("kind", "what", "constraint"), CHANGES, ids=[f"{kind}: {what}" for kind, what, _ in CHANGES])
def test_the_database_refuses(kind, what, constraint):
    assert refusal(change(MAKE[kind](), what)) == constraint


def test_every_named_check_in_the_database_is_tried_here():
    sql = """
        SELECT conname FROM pg_constraint
        WHERE contype = 'c' AND coninhcount = 0 AND connamespace = 'public'::regnamespace
        AND conrelid::regclass::text NOT LIKE 'django%%'
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [])
        named = {name for (name,) in cursor.fetchall() if not name.endswith("_check")}  # Django's own: not below 0
    assert named == {constraint for *_, constraint in CHANGES}


@pytest.mark.parametrize(
    ("kind", "constraint"),
    [
        ("rating", "unique_user_movie_interaction"),
        ("movie genre", "unique_movie_genre"),
        ("favourite genre", "unique_favorite_genre"),
        ("adjustment", "unique_adjustment"),
        ("recommendation", "unique_user_movie_algorithm"),
        ("assignment", "unique_assignment"),
        ("opt-out", "experiment_opt_outs_user_id_key"),
        ("experiment", "recommendation_experiments_name_key"),
        ("credit", "unique_credit"),
        ("preference", "notifications_preferences_user_id_key"),
        ("device", "devices_token_key"),
        ("choice", "one_notification_choice"),
        ("delivery event", "delivery_events_provider_hash_key"),
        ("suppression", "one_suppression"),
        ("circuit", "delivery_circuits_name_key"),
        ("metric", "popularity_metrics_default_movie_id_date_key"),
    ],
)
def test_the_same_thing_twice_is_refused(kind, constraint):
    assert refusal(again(MAKE[kind]())) == constraint


def test_like_and_dislike_of_one_film_are_refused():
    assert refusal(again(MAKE["like"](), interaction_type="'dislike'")) == "like_excludes_dislike"


def test_an_address_that_differs_only_in_capitals_is_refused():
    row = factories.user(email="viewer@example.org")
    assert refusal(again(row, username="'other'", email="'Viewer@Example.ORG'")) == "users_email_unique"


def test_a_second_delivery_with_the_same_key_is_refused():
    assert refusal(again(delivery())) == "notification_keys_pkey"


def test_a_second_delivery_with_the_same_key_is_refused_in_another_partition_too():
    table = next(table for table in partitions.registered() if table.table == "notification_logs")
    for day in (datetime.date(2031, 1, 1), datetime.date(2031, 4, 1)):
        partitions.create(table, day)
    first = delivery(at=datetime.datetime(2031, 2, 1, tzinfo=datetime.UTC))
    assert refusal(again(first, created_at="'2031-05-01'")) == "notification_keys_pkey"


def test_the_key_of_a_delivery_never_changes():
    assert refusal(change(delivery(), "idempotency_key = 'other'")) == "an idempotency key never changes"


def test_a_snapshot_of_an_experiment_never_changes():
    assert refusal(change(MAKE["snapshot"](), "srm_p = 0.5")) == "snapshots of experiments are append-only"


def test_an_event_of_an_experiment_never_changes():
    assert refusal(change(MAKE["event"](), "action = 'start'")) == "events of experiments are append-only"


def test_an_event_of_an_experiment_forgets_who_closed_their_account():
    event = MAKE["event"]()
    event.actor.delete()
    event.refresh_from_db()
    assert (event.actor, event.action) == (None, "stop")


def test_a_row_that_points_at_nobody_is_refused():
    sql = f"{change(MAKE['like'](), 'user_id = -1')}; SET CONSTRAINTS ALL IMMEDIATE"
    assert refusal(sql).startswith("user_movie_interactions_user_id_")


@pytest.mark.parametrize("stars", [half / 2 for half in range(1, 11)])
def test_every_half_step_from_one_half_to_five_is_accepted(stars):
    assert factories.rating(factories.user(), factories.movie(), stars).pk


def test_an_algorithm_may_meet_itself_in_a_declared_a_a_test():
    row = experiment()
    with connection.cursor() as cursor:
        cursor.execute(change(row, "algorithm_b = algorithm_a, is_aa_test = true"))
    row.refresh_from_db()
    assert row.algorithm_a == row.algorithm_b


@pytest.mark.parametrize("year", [1970, 2999])
def test_the_far_past_and_the_far_future_land_in_the_default_partitions(year):
    when = datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)
    ActivityLog.objects.create(action_type="movie_view", timestamp=when)
    PopularityMetric.objects.create(movie=factories.movie(), date=when.date())
    delivery(at=when)
    for table in ("user_activity_logs", "popularity_metrics", "notification_logs"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT tableoid::regclass::text FROM {table}")
            assert cursor.fetchall() == [(f"{table}_default",)]


def test_a_new_row_of_today_needs_no_partition_made_first():
    assert ActivityLog.objects.create(action_type="movie_view", timestamp=timezone.now()).id
