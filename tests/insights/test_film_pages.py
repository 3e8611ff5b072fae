"""/insights/films/: how films do, for editors."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.services import groups
from catalog.models import Movie
from insights import films
from insights.models import PopularityMetric
from tests import factories
from tests.insights.dashboards import TODAY, lines, span

pytestmark = pytest.mark.django_db
LIST = "/insights/films/"
DAYS = f"since={TODAY - datetime.timedelta(days=27)}&until={TODAY}"


@pytest.fixture
def editor() -> Client:
    somebody = factories.user()
    somebody.groups.add(groups.ensure()[groups.EDITORS])
    client = Client()
    client.force_login(somebody)
    return client


def day(movie: Movie, *, ago: int = 0, **counts: float) -> None:
    names = {
        "views": "view_count",
        "likes": "like_count",
        "ratings": "rating_count",
        "mean": "average_rating",
        "shown": "recommendation_count",
        "rate": "click_through_rate",
    }
    told = {names[name]: value for name, value in counts.items()}
    PopularityMetric.objects.create(movie=movie, date=TODAY - datetime.timedelta(days=ago), **told)


def row(movie: Movie) -> dict:
    return next(found for found in films.performance(span()) if found["movie_id"] == movie.pk)


def html(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(client: Client, query: str = "") -> list[str]:
    page = html(client, f"{LIST}?{DAYS}&{query}")
    return [part.split("</bdi>")[0] for part in page.split("<table")[1].split("<bdi>")[1:]]


def test_days_are_added_up_and_means_weighed():
    film = factories.movie()
    day(film, ago=0, views=3, likes=1, ratings=1, mean=5, shown=100, rate=10)
    day(film, ago=27, views=4, likes=2, ratings=3, mean=3, shown=300, rate=2)
    found = row(film)
    assert [found[name] for name in ("views", "likes", "ratings", "shown")] == [7, 3, 4, 400]
    assert found["mean"] == pytest.approx(3.5)
    assert found["rate"] == pytest.approx(4.0)


def test_the_days_before_are_compared_with_and_not_counted():
    film = factories.movie()
    day(film, ago=1, views=6, shown=100, rate=5)
    day(film, ago=28, views=4, shown=100, rate=2)
    day(film, ago=56, views=1_000)
    found = row(film)
    assert found["views"] == 6
    assert found["views_change"] == pytest.approx(50)
    assert found["rate_change"] == pytest.approx(3)


def test_what_cannot_be_divided_is_not_known():
    film = factories.movie()
    day(film, views=1)
    found = row(film)
    assert [found[name] for name in ("mean", "rate", "views_change", "rate_change")] == [None] * 4


def test_what_is_not_known_comes_last_in_both_orders(editor):
    for title, counts in {"None": {}, "Low": {"ratings": 1, "mean": 1}, "High": {"ratings": 1, "mean": 5}}.items():
        day(factories.movie(title=title), views=1, **counts)
    assert titles(editor, "sort=-mean") == ["High", "Low", "None"]
    assert titles(editor, "sort=mean") == ["Low", "High", "None"]


@pytest.mark.parametrize("sort", ["title", "views", "views_change", "likes", "ratings", "shown", "rate", "rate_change"])
def test_every_heading_is_an_order(editor, sort):
    for number, title in enumerate("AB"):
        film = factories.movie(title=title)
        day(
            film, views=2 + 3 * number, likes=number, ratings=number, mean=number, shown=1 + number, rate=1 + 4 * number
        )
        day(film, ago=28, views=1, shown=1, rate=2)
    assert titles(editor, f"sort={sort}") == ["A", "B"]
    assert titles(editor, f"sort=-{sort}") == ["B", "A"]


def test_films_are_narrowed_by_title_and_genre(editor):
    for title, genre in (("Heat", "Drama"), ("Cold", "Drama"), ("Heated", "Western")):
        day(factories.movie(title=title, genres=[genre]), views=1)
    assert set(titles(editor, "q=heat")) == {"Heat", "Heated"}
    assert set(titles(editor, "genre=drama")) == {"Heat", "Cold"}
    assert titles(editor, "q=heat&genre=drama") == ["Heat"]


@pytest.mark.parametrize("query", ["q=%00", "genre=nonsense", "sort=nonsense", "page=nonsense", "page=99", "since=x"])
def test_an_address_that_means_nothing_shows_the_usual_list(editor, query):
    day(factories.movie(), views=1)
    assert "<h1>Films</h1>" in html(editor, f"{LIST}?{query}")


def test_no_film_says_so(editor):
    assert "Nothing fits" in html(editor, LIST)


def test_by_htmx_come_the_list_and_the_days(editor):
    page = html(editor, LIST, **{"HX-Request": "true"})
    assert "<h1" not in page
    assert 'id="results"' in page
    assert 'id="days-now"' in page


def test_the_file_has_every_film_of_the_list_in_its_order(editor):
    for number in range(30):
        day(factories.movie(title=f"=Film {number}"), views=number + 1)
    found = lines(editor, f"/insights/films.csv?{DAYS}&sort=-views")
    assert len(found) == 31
    assert found[0][:2] == ["Film", "Views"]
    assert found[1][:2] == ["'=Film 29", "30"]


def test_a_film_has_a_line_for_each_day_and_the_days_before_beside_its_numbers(editor):
    film = factories.movie(title="Heat")
    day(film, ago=0, views=6, shown=100, rate=5, ratings=2, mean=4.5)
    day(film, ago=28, views=4)
    rows = films.daily(film, span())
    assert len(rows) == 28
    assert rows[-1] == (TODAY, 6, 0, 2, 4.5, 100, 5.0)
    assert rows[0][1:] == (0, 0, 0, None, 0, None)
    page = html(editor, f"{reverse('insights:film', args=[film.slug])}?{DAYS}")
    assert "+50 %" in page
    assert "data-plot" in page


def test_the_file_of_a_film_has_every_day(editor):
    film = factories.movie()
    day(film, views=6)
    found = lines(editor, f"/insights/films/{film.slug}/days.csv?{DAYS}")
    assert len(found) == 29
    assert found[-1][:2] == [TODAY.isoformat(), "6"]


def test_a_film_that_nobody_met_says_so(editor):
    film = factories.movie()
    assert "Nothing happened with this film" in html(editor, reverse("insights:film", args=[film.slug]))


def test_there_is_no_film_at_an_address_of_none(editor):
    assert editor.get("/insights/films/nowhere/").status_code == 404


def test_the_list_takes_no_more_queries_for_more_films(editor, django_assert_max_num_queries):
    for _ in range(25):
        day(factories.movie(), views=1)
    with django_assert_max_num_queries(14):
        html(editor, f"{LIST}?{DAYS}")


def test_the_film_page_leads_editors_here_and_nobody_else(editor, member):
    film = factories.movie()
    there = reverse("insights:film", args=[film.slug])
    assert there in html(editor, film.get_absolute_url())
    assert there not in html(member, film.get_absolute_url())
