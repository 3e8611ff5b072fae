"""From rows of the log to sums per arm: who counts, from when to when, and what counts once."""

from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import User
from insights.models import ActivityLog
from insights.services import snapshots
from recs.models import Assignment
from tests.insights import trials
from tests.insights.trials import DAY, HOUR, MINUTE, START

pytestmark = pytest.mark.django_db
END = START + 28 * DAY


@pytest.fixture
def trial():
    return trials.experiment()


def arms(trial, at=END):
    return snapshots.measure(trial, at=at)["arms"]


def arm(trial, name="a", at=END):
    return arms(trial, at)[name]


def test_an_experiment_without_people_has_zeros(trial):
    assert [arms(trial)[name]["n"] for name in "ab"] == [0, 0]


def test_an_empty_arm_has_zeros(trial):
    trials.visit(trial, trials.person(trial, "a"), "a", clicks=1)
    assert (arm(trial)["clicks"], arm(trial, "b")["clicks"], arm(trial, "b")["n"]) == (1, 0, 0)


def test_who_was_assigned_and_saw_nothing_does_not_count(trial):
    trials.person(trial, "a", since=None)
    assert arm(trial)["n"] == 0


def test_clicks_and_shown_films_are_summed_over_people(trial):
    first, second = trials.people(trial, "a", 2)
    trials.visit(trial, first, "a", films=10, clicks=2)
    trials.visit(trial, second, "a", films=4, clicks=1)
    found = arm(trial)
    assert (found["n"], found["clicks"], found["impressions"]) == (2, 3, 14)
    assert (found["clicks*clicks"], found["impressions*impressions"], found["clicks*impressions"]) == (5, 116, 24)


def test_a_list_written_twice_counts_once(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", films=6, page="same")
    trials.visit(trial, user, "a", films=6, page="same")
    assert (arm(trial)["impressions"], arm(trial)["lists"]) == (6, 1)


def test_a_film_clicked_twice_on_a_page_counts_once(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", clicks=1, page="same")
    trials.visit(trial, user, "a", clicks=1, page="same")
    assert arm(trial)["clicks"] == 1


def test_a_film_clicked_on_two_pages_counts_twice(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", clicks=1)
    trials.visit(trial, user, "a", clicks=1)
    assert arm(trial)["clicks"] == 2


def test_what_was_shown_before_the_exposure_does_not_count(trial):
    user = trials.person(trial, "a", since=START + DAY)
    trials.visit(trial, user, "a", clicks=1, at=START + DAY - HOUR)
    assert (arm(trial)["impressions"], arm(trial)["clicks"]) == (0, 0)


def test_the_list_that_exposes_counts_though_it_is_written_a_moment_earlier(trial):
    user = trials.person(trial, "a", since=START)
    trials.visit(trial, user, "a", films=5, at=START - MINUTE / 60)
    assert arm(trial)["impressions"] == 5


@pytest.mark.parametrize(("seconds", "counted"), [(59, 2), (61, 0)])
def test_a_clock_may_be_up_to_a_minute_behind_the_one_that_exposed(trial, seconds, counted):
    user = trials.person(trial, "a", since=START)
    trials.visit(trial, user, "a", films=5, clicks=2, at=START - seconds * MINUTE / 60)
    assert arm(trial)["clicks"] == counted


def test_lists_of_other_experiments_do_not_count(trial):
    trials.visit(trial, trials.person(trial, "a"), "a", experiment=trial.pk + 1)
    assert arm(trial)["impressions"] == 0


def test_lists_of_an_earlier_phase_do_not_count(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", phase=0)
    assert arm(trial)["impressions"] == 0


def test_people_of_an_earlier_phase_do_not_count(trial):
    trials.person(trial, "a")
    trial.phase = 2
    trial.save()
    assert arm(trial)["n"] == 0


def test_nothing_counts_after_the_planned_end(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", at=END + HOUR)
    trials.log(user, "rating_submit", at=END + HOUR, metadata={"rating": 4.0})
    assert [arm(trial, at=END + DAY)[name] for name in ("impressions", "acts", "rated")] == [0, 0, 0]


def test_nothing_counts_after_the_moment_that_is_asked_for(trial):
    trials.visit(trial, trials.person(trial, "a"), "a", at=START + 2 * DAY)
    assert arm(trial, at=START + DAY)["impressions"] == 0


def test_staff_do_not_count(trial):
    trials.visit(trial, trials.person(trial, "a", is_staff=True), "a")
    assert (arm(trial)["n"], arm(trial)["impressions"]) == (0, 0)


def test_who_withdrew_their_consent_does_not_count(trial):
    trials.person(trial, "a", data_usage_consent=False)
    assert arm(trial)["n"] == 0


def test_what_programs_do_does_not_count(trial):
    user = trials.person(trial, "a")
    trials.log(user, "watchlist_add", at=START + HOUR, metadata={"crowd": "bot"})
    assert (arm(trial)["acts"], arm(trial)["converted"]) == (0, 0)


def test_the_sums_of_a_deleted_person_go_with_them(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", clicks=1)
    User.objects.filter(pk=user.pk).delete()
    assert (arm(trial)["n"], Assignment.objects.count()) == (0, 0)


def test_each_kind_of_act_counts_once_a_film(trial):
    user, (film,) = trials.person(trial, "a"), trials.catalogue(1)
    for _ in range(3):
        trials.log(user, "rating_submit", at=START + HOUR, movie_id=film, metadata={"rating": 3.0})
    trials.log(user, "favorite_add", at=START + HOUR, movie_id=film)
    assert arm(trial)["acts"] == 2


def test_acts_of_the_28_days_before_are_kept_apart(trial):
    user, films = trials.person(trial, "a"), trials.catalogue(2)
    trials.log(user, "like_add", at=START - 27 * DAY, movie_id=films[0])
    trials.log(user, "like_add", at=START - 29 * DAY, movie_id=films[1])
    trials.log(user, "like_add", at=START + HOUR, movie_id=films[0])
    found = arm(trial)
    assert (found["acts"], found["acts_before"], found["acts*acts_before"]) == (1, 1, 1)


def test_a_rating_changed_later_counts_with_its_last_stars(trial):
    user, films = trials.person(trial, "a"), trials.catalogue(2)
    for hour, stars in ((1, 2.0), (3, 4.5), (2, 1.0)):
        trials.log(user, "rating_submit", at=START + hour * HOUR, movie_id=films[0], metadata={"rating": stars})
    trials.log(user, "rating_submit", at=START + HOUR, movie_id=films[1], metadata={"rating": 3.0})
    assert (arm(trial)["stars"], arm(trial)["rated"]) == (7.5, 2)


def test_a_rating_that_is_no_number_is_no_rating(trial):
    user, (film,) = trials.person(trial, "a"), trials.catalogue(1)
    trials.log(user, "rating_submit", at=START + HOUR, movie_id=film, metadata={"rating": "many"})
    assert (arm(trial)["stars"], arm(trial)["rated"]) == (0, 0)


@pytest.mark.parametrize(("hours", "converted"), [(1, 1), (167, 1), (168, 0), (-1, 0)])
def test_conversion_is_a_rating_or_the_watchlist_within_seven_days(trial, hours, converted):
    user = trials.person(trial, "a")
    trials.log(user, "watchlist_add", at=START + hours * HOUR, movie_id=trials.catalogue(1)[0])
    assert arm(trial)["converted"] == converted


def test_conversion_goes_on_for_people_who_came_in_the_last_week(trial):
    user = trials.person(trial, "a", since=END - DAY)
    trials.log(user, "watchlist_add", at=END + DAY, movie_id=trials.catalogue(1)[0])
    assert (arm(trial, at=END + 2 * DAY)["converted"], arm(trial, at=END)["converted"]) == (1, 0)


def test_retention_asks_only_people_whose_second_week_is_over(trial):
    trials.person(trial, "a", since=START)
    trials.person(trial, "a", since=START + DAY)
    assert arm(trial, at=START + 14 * DAY)["complete"] == 1


@pytest.mark.parametrize(("hours", "back"), [(167, 0), (168, 1), (335, 1), (336, 0)])
def test_who_comes_on_the_days_7_to_13_is_retained(trial, hours, back):
    user = trials.person(trial, "a")
    trials.log(user, "movie_view", at=START + hours * HOUR)
    assert arm(trial)["back"] == back


def test_a_mail_that_is_opened_is_no_visit(trial):
    trials.log(trials.person(trial, "a"), "email_open", at=START + 8 * DAY)
    assert arm(trial)["back"] == 0


def test_days_are_24_hours_where_the_clocks_change(trial):
    """In Paris the night before 29 March 2026 has 23 hours."""
    since = datetime(2026, 3, 22, 12, tzinfo=ZoneInfo("Europe/Paris"))
    user = trials.person(trial, "a", since=since)
    with timezone.override("Europe/Paris"):
        trials.log(user, "movie_view", at=since.astimezone(UTC) + 168 * HOUR)
        assert arm(trial, at=since.astimezone(UTC) + 336 * HOUR)["back"] == 1


def test_time_is_counted_between_the_events_of_a_session(trial):
    user = trials.person(trial, "a")
    for minute in (1, 3, 10):
        trials.log(user, "movie_view", at=START + minute * MINUTE, session_id="s")
    trials.log(user, "movie_view", at=START + 5 * MINUTE, session_id="t")
    assert arm(trial)["seconds"] == 9 * 60


@pytest.mark.parametrize(("minutes", "seconds"), [(30, 1800), (31, 0)])
def test_a_silence_of_more_than_half_an_hour_ends_a_visit(trial, minutes, seconds):
    user = trials.person(trial, "a")
    for minute in (1, 1 + minutes):
        trials.log(user, "movie_view", at=START + minute * MINUTE, session_id="s")
    assert arm(trial)["seconds"] == seconds


def test_time_before_the_exposure_is_kept_apart(trial):
    user = trials.person(trial, "a")
    for minute in (-10, -5, 5, 10):
        trials.log(user, "movie_view", at=START + minute * MINUTE, session_id="s")
    assert (arm(trial)["seconds"], arm(trial)["seconds_before"]) == (300, 300)


def test_a_huge_outlier_is_cut_to_the_99th_percentile_of_both_arms(trial):
    busy, films = trials.person(trial, "b"), trials.catalogue(60)
    ordinary = trials.people(trial, "a", 150)
    rows = [(busy, film) for film in films] + [(user, films[0]) for user in ordinary]
    ActivityLog.objects.bulk_create(
        ActivityLog(user=user, movie_id=film, action_type="like_add", timestamp=START + HOUR) for user, film in rows
    )
    assert (arm(trial, "a")["acts"], arm(trial, "b")["acts"]) == (150, 1)


def test_where_hardly_anybody_acts_nobody_is_cut_to_nothing(trial):
    users = trials.people(trial, "a", 300)
    trials.log(users[0], "like_add", at=START + HOUR, movie_id=trials.catalogue(1)[0])
    assert arm(trial)["acts"] == 1


def test_squares_are_exact_where_rounding_would_eat_them(trial):
    """Half-hours with fractions of seconds, thousands of them: the sums are those of exact arithmetic."""
    user_seconds = [1799.123456 - number / 7 for number in range(40)]
    exact = []
    for number, user in enumerate(trials.people(trial, "a", 40)):
        first = START + MINUTE
        second = first + user_seconds[number] * MINUTE / 60
        exact.append(Fraction((second - first).microseconds, 10**6) + (second - first).seconds)
        for at in (first, second):
            trials.log(user, "movie_view", at=at, session_id=str(number))
    kept = sorted(exact)
    cap = kept[38] + (kept[39] - kept[38]) * Fraction("0.61")
    squares = sum(min(value, cap) ** 2 for value in exact)
    assert arm(trial)["seconds*seconds"] == pytest.approx(float(squares), rel=1e-12)


def test_milliseconds_are_kept_as_quantiles(trial):
    for number, user in enumerate(trials.people(trial, "a", 101)):
        trials.visit(trial, user, "a", films=1, took_ms=number)
    assert arm(trial)["took"][10] == pytest.approx(95)


def test_empty_lists_and_lists_of_another_algorithm_are_counted(trial):
    user = trials.person(trial, "a")
    trials.visit(trial, user, "a", films=0)
    trials.visit(trial, user, "a", served="trending")
    found = arm(trial)
    assert (found["lists"], found["empty"], found["fallback"]) == (2, 1, 1)


def test_people_who_saw_the_other_arm_are_counted(trial):
    first, second = trials.people(trial, "a", 2)
    trials.visit(trial, first, "b")
    trials.visit(trial, second, "a")
    assert arm(trial)["crossed"] == 1


def test_not_interested_counts_once_a_film_after_the_exposure(trial):
    user, films = trials.person(trial, "a", since=START), trials.catalogue(2)
    for at in (START - HOUR, START + HOUR, START + 2 * HOUR):
        trials.log(user, "not_interested_add", at=at, movie_id=films[0])
    assert arm(trial)["unwanted"] == 1


def test_hostile_metadata_breaks_nothing(trial):
    user = trials.person(trial, "a")
    said = trials.place(trial, "a", films={"not": "a list"}, took_ms="soon", page=["x"], row=None, competitive="?")
    trials.log(user, "recommendation_impression", metadata=said)
    assert (arm(trial)["lists"], arm(trial)["impressions"], arm(trial)["took"]) == (1, 0, None)


def test_mixed_lists_credit_clicks_to_the_team_that_brought_the_film(trial):
    trial.kind = "interleaving"
    trial.save()
    for clicks_a, clicks_b in ((0, 2), (1, 0), (1, 1)):
        user = trials.person(trial, "a")
        trials.visit(trial, user, "a", clicks=clicks_a, team="a", arm=None, competitive=0.5)
        trials.visit(trial, user, "b", clicks=clicks_b, team="b", arm=None, competitive=0.7)
    found = arm(trial, "both")
    assert (found["n"], found["preference"], found["preference*preference"], found["lead"]) == (3, 0, 2, 1)
    assert found["competitive"] / found["mixed"] == pytest.approx(0.6)


def test_people_are_counted_by_day_and_arm(trial):
    trials.people(trial, "a", 2)
    trials.people(trial, "b", 3, since=START + 25 * HOUR)
    assert snapshots.measure(trial, at=END)["days"] == [[2, 0], [0, 3]]
