"""What trends, by the daily numbers of views, likes and ratings."""

import datetime

import pytest
from django.core.cache import caches

from catalog.models import Movie
from insights.models import ActivityLog, PopularityMetric
from insights.services import daily, trends
from recs import serving
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 5, 20)


def day(movie: Movie, *, ago: int = 0, views: int = 0, likes: int = 0, ratings: int = 0, mean: float = 4) -> None:
    PopularityMetric.objects.create(
        movie=movie,
        date=TODAY - datetime.timedelta(days=ago),
        view_count=views,
        like_count=likes,
        rating_count=ratings,
        average_rating=mean,
    )


def trend(movie: Movie) -> float:
    trends.refresh(today=TODAY)
    return Movie.objects.get(pk=movie.pk).trend_score


def test_likes_and_good_ratings_count_one_by_one():
    film = factories.movie()
    day(film, likes=2, ratings=3)
    assert trend(film) == pytest.approx(5)


def test_a_week_halves_what_a_day_was_worth():
    film = factories.movie()
    day(film, likes=8, ago=7)
    assert trend(film) == pytest.approx(4)


def test_a_thousand_visits_are_worth_seven_likes():
    seen, liked = factories.movie(), factories.movie()
    day(seen, views=1_000)
    day(liked, likes=7)
    assert trend(seen) == pytest.approx(trend(liked), abs=0.1)


def test_bad_ratings_are_no_reason_to_show_a_film():
    film = factories.movie()
    day(film, ratings=50, mean=1.5)
    assert trend(film) == 0


@pytest.mark.parametrize(("counts", "trends_now"), [({"likes": 2}, False), ({"likes": 3}, True), ({"views": 9}, False)])
def test_a_film_that_hardly_anybody_met_has_no_trend(counts, trends_now):
    film = factories.movie()
    day(film, **counts)
    assert (trend(film) > 0) is trends_now


def test_after_four_weeks_a_trend_is_over():
    film = factories.movie()
    day(film, likes=100, ago=27)
    assert trend(film) > 0
    PopularityMetric.objects.update(date=TODAY - datetime.timedelta(days=28))
    assert trend(film) == 0


def test_a_second_run_changes_nothing():
    for number in range(3):
        day(factories.movie(), likes=4, ago=number)
    assert trends.refresh(today=TODAY) == 3
    assert trends.refresh(today=TODAY) == 0


def test_cached_cards_stay_as_they_are():
    film = factories.movie()
    day(film, likes=4)
    trend(film)
    assert Movie.objects.get(pk=film.pk).updated_at == film.updated_at


@pytest.mark.parametrize("count", [daily.catch_up, daily.catch_up_a_little])
def test_views_of_the_log_reach_the_row_of_trending_films(count):
    now = datetime.datetime.now(datetime.UTC)
    quiet, visited = factories.movie(popularity_score=90), factories.movie(popularity_score=1)
    rows = [ActivityLog(action_type="movie_view", movie=visited, timestamp=now) for _ in range(40)]
    ActivityLog.objects.bulk_create(rows)
    count(now=now)
    caches["local"].clear()
    first, second = serving.trending(n=2)
    assert (first.movie_id, first.algorithm) == (visited.pk, "trending")
    assert (second.movie_id, second.algorithm) == (quiet.pk, "popular")


def test_before_the_first_count_people_s_acts_speak_for_themselves():
    film = factories.movie()
    for _ in range(3):
        factories.mark(factories.user(), film, "like")
    assert [pick.algorithm for pick in serving.trending(n=1)] == ["trending"]


def test_the_catalogue_can_be_put_in_the_order_of_the_trend(client):
    for title, score in (("Cold", 0), ("Hot", 9), ("Warm", 4)):
        factories.movie(title=title, trend_score=score, popularity_score=10 - score)
    page = client.get("/browse/?sort=trending").content.decode()
    assert page.index("Hot") < page.index("Warm") < page.index("Cold")
