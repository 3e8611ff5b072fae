"""What films did on each day: counted once, counted again, and caught up with after a pause."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Movie
from insights import tasks
from insights.models import ActivityLog, PopularityMetric
from insights.services import daily
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC)
DAY = NOON.date()


@pytest.fixture
def film() -> Movie:
    return factories.movie(title="Heat")


def log(action: str, movie: Movie | None = None, *, at: dt.datetime = NOON, **metadata) -> None:
    ActivityLog.objects.create(action_type=action, movie=movie, timestamp=at, metadata=metadata or None)


def counted(day: dt.date = DAY) -> dict:
    fields = (
        "view_count",
        "like_count",
        "rating_count",
        "average_rating",
        "recommendation_count",
        "click_through_rate",
    )
    found = PopularityMetric.objects.filter(date=day).values("movie_id", *fields)
    return {row.pop("movie_id"): tuple(float(value) for value in row.values()) for row in found}


def test_a_day_counts_views_likes_ratings_and_picks(film):
    for _ in range(3):
        log("movie_view", film)
    for _ in range(4):
        log("recommendation_impression", films=[film.pk, film.pk + 1], row="top")
    log("recommendation_click", film, row="top")
    factories.rating(factories.user(), film, 4.0, timestamp=NOON)
    factories.rating(factories.user(), film, 3.0, timestamp=NOON)
    factories.mark(factories.user(), film, "favorite", timestamp=NOON)
    daily.count([DAY])
    assert counted() == {film.pk: (3, 1, 2, 3.5, 4, 25)}


def test_counting_again_changes_nothing(film):
    log("movie_view", film)
    daily.count([DAY])
    before = list(PopularityMetric.objects.values())
    daily.count([DAY, DAY])
    assert list(PopularityMetric.objects.values()) == before


def test_a_late_event_is_taken_in(film):
    log("movie_view", film)
    daily.count([DAY])
    log("movie_view", film, at=NOON - dt.timedelta(hours=3))
    daily.count([DAY])
    assert counted()[film.pk][0] == 2


def test_what_was_taken_back_is_counted_no_more(film):
    rating = factories.rating(factories.user(), film, 4.0, timestamp=NOON)
    daily.count([DAY])
    rating.delete()
    daily.count([DAY])
    assert counted() == {}


def test_a_day_ends_at_midnight_in_utc(film):
    log("movie_view", film, at=dt.datetime(2026, 3, 9, 23, 59, 59, tzinfo=dt.UTC))
    log("movie_view", film, at=dt.datetime(2026, 3, 10, tzinfo=dt.UTC))
    daily.count([DAY, DAY + dt.timedelta(days=1)])
    assert [counted(day)[film.pk][0] for day in (DAY, DAY + dt.timedelta(days=1))] == [1, 1]


@pytest.mark.parametrize("crowd", ["bot", "staff", "simulated"])
def test_views_of_bots_staff_and_simulated_people_do_not_count(film, crowd):
    log("movie_view", film, crowd=crowd)
    daily.count([DAY])
    assert counted() == {}


def test_more_clicks_than_impressions_are_a_hundred_percent(film):
    log("recommendation_impression", films=[film.pk])
    for _ in range(3):
        log("recommendation_click", film)
    daily.count([DAY])
    assert counted()[film.pk][5] == 100


def test_odd_metadata_and_films_that_are_gone_are_passed_over(film):
    log("recommendation_impression", films="all of them")
    log("recommendation_impression", films=[film.pk + 1000])
    daily.count([DAY])
    assert counted() == {}


def test_a_films_views_are_those_of_all_its_days(film):
    for days in range(3):
        log("movie_view", film, at=NOON - dt.timedelta(days=days))
    daily.count([DAY - dt.timedelta(days=days) for days in range(3)])
    film.refresh_from_db()
    assert film.views == 3


def test_after_a_pause_every_day_since_is_counted(film):
    log("movie_view", film, at=NOON - dt.timedelta(days=9))
    daily.catch_up(now=NOON - dt.timedelta(days=9))
    log("movie_view", film, at=NOON - dt.timedelta(days=4))
    days = daily.catch_up(now=NOON)
    assert days[0] == DAY - dt.timedelta(days=9 + daily.LATE_DAYS)
    assert days[-1] == DAY
    assert counted(DAY - dt.timedelta(days=4))[film.pk][0] == 1


def test_the_first_count_begins_with_the_first_event(film):
    factories.rating(factories.user(), film, 4.0, timestamp=NOON - dt.timedelta(days=30))
    days = daily.catch_up(now=NOON)
    assert len(days) == 31 + daily.LATE_DAYS
    assert PopularityMetric.objects.count() == 1


def past(film: Movie, days: int) -> None:
    """Something on the first of so many days, in the middle, and on the last."""
    for ago in (days, days // 2, 0):
        log("movie_view", film, at=NOON - dt.timedelta(days=ago))


def test_what_has_piled_up_is_worked_off_in_steps_and_today_comes_first(film):
    past(film, 400)
    assert daily.catch_up_a_little(now=NOON) is True
    assert counted()[film.pk][0] == 1
    steps = 1
    while daily.catch_up_a_little(now=NOON):
        steps += 1
    assert steps == 400 // (daily.AT_ONCE * daily.STEPS)
    assert PopularityMetric.objects.count() == 3
    film.refresh_from_db()
    assert film.views == 3


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_step_that_is_killed_is_gone_on_with(film, monkeypatch, forgotten):
    past(film, 200)
    monkeypatch.setattr(daily, "_remember", killed)
    with pytest.raises(KeyboardInterrupt):
        daily.catch_up_a_little(now=NOON)
    monkeypatch.undo()
    if forgotten:
        cache.clear()
    while daily.catch_up_a_little(now=NOON):
        pass
    assert PopularityMetric.objects.count() == 3


def killed(_behind: dt.date) -> None:
    raise KeyboardInterrupt


def test_the_note_of_what_is_counted_may_be_lost(film):
    past(film, 400)
    daily.catch_up_a_little(now=NOON)
    cache.clear()
    while daily.catch_up_a_little(now=NOON):
        pass
    assert PopularityMetric.objects.count() == 3


def test_days_without_anything_are_no_obstacle(film):
    past(film, 2000)
    while daily.catch_up_a_little(now=NOON):
        pass
    assert PopularityMetric.objects.count() == 3


def test_the_worker_goes_on_until_nothing_is_left(film):
    factories.rating(factories.user(), film, 4.0, timestamp=timezone.now() - dt.timedelta(days=500))
    tasks.count_what_films_did.call_local()
    assert PopularityMetric.objects.count() == 1


def test_a_site_on_which_nothing_has_happened_may_still_be_given_a_past(film):
    daily.catch_up_a_little(now=NOON)
    past(film, 60)
    while daily.catch_up_a_little(now=NOON):
        pass
    assert PopularityMetric.objects.count() == 3


def test_many_days_at_once_are_counted_as_one_by_one(film):
    past(film, 20)
    factories.rating(factories.user(), film, 3.0, timestamp=NOON - dt.timedelta(days=10))
    days = [DAY - dt.timedelta(days=ago) for ago in range(21)]
    daily.count(days)
    together = [counted(day) for day in days]
    PopularityMetric.objects.all().delete()
    for day in days:
        daily.count([day])
    assert [counted(day) for day in days] == together


def test_an_empty_site_counts_nothing():
    daily.catch_up(now=timezone.now())
    assert not PopularityMetric.objects.exists()
