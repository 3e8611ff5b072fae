"""/film/<slug>/: everything about one film."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Movie
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def film() -> Movie:
    film = factories.movie(
        title="Spirited Away", original_title="千と千尋の神隠し", year=2001, runtime=125,
        genres=["Animation", "Family"], countries=["JP"], original_language="ja",
        overview="A girl works in a bath house.", tmdb_vote_count=3840,
        tmdb_rating=8.3, slug="spirited-away-2001",
    )  # fmt: skip
    factories.credit(film, factories.person("Hayao Miyazaki"), cast_type="crew", job="Director")
    factories.credit(film, factories.person("Rumi Hiiragi"), character="Chihiro", order=0)
    return film


def page(client: Client, film: Movie) -> str:
    return client.get(film.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "fact",
    [
        "Spirited Away", "(2001)", "千と千尋の神隠し", "125 minutes", "Animation", "Japan", "Japanese",
        "Hayao Miyazaki", "Rumi Hiiragi", "Chihiro", "A girl works in a bath house.", "8.3",
        "3,840 votes when we last looked",
        "Nobody here has rated it yet", '<title>Spirited Away (2001)', '<link rel="canonical"',
    ],
)  # fmt: skip
def test_the_page_states_the_fact(client: Client, film: Movie, fact: str):
    assert fact in page(client, film)


def test_people_and_genres_are_links(client: Client, film: Movie):
    html = page(client, film)
    for person in film.people.all():
        assert f'href="{person.get_absolute_url()}"' in html
    for genre in film.genres.all():
        assert f'href="{genre.get_absolute_url()}"' in html


def test_an_original_title_that_is_the_title_is_not_repeated(client: Client):
    assert "Original title" not in page(client, factories.movie())


def test_our_own_rating_is_shown_with_its_number(client: Client, film: Movie):
    Movie.objects.filter(pk=film.pk).update(our_rating=7.5, our_rating_count=2)
    assert "of 10, from 2 ratings here" in page(client, film)


def test_similar_films_come_when_they_scroll_into_view_or_by_a_link(client: Client, film: Movie):
    html = page(client, film)
    assert 'hx-get="/film/spirited-away-2001/similar/" hx-trigger="intersect once"' in html
    assert 'href="/film/spirited-away-2001/similar/"' in html


@pytest.mark.parametrize("path", ["/film/none/", "/person/none/", "/genre/none/"])
def test_an_unknown_address_is_not_found(client: Client, path: str):
    assert client.get(path).status_code == 404


def test_an_adult_film_has_no_page(client: Client, film: Movie):
    Movie.objects.update(adult=True)
    assert client.get(film.get_absolute_url()).status_code == 404


def test_a_title_cannot_carry_html(client: Client):
    film = factories.movie(title="<script>alert(1)</script>", overview="<img onerror=x>")
    html = page(client, film)
    assert "<script>alert" not in html
    assert "<img onerror" not in html


def test_the_cost_does_not_grow_with_the_cast(member: Client, film: Movie):
    def cost() -> int:
        page(member, film)
        with CaptureQueriesContext(connection) as queries:
            page(member, film)
        return len(queries)

    few = cost()
    for number in range(20):
        factories.credit(film, factories.person(), character=f"Spirit {number}", order=number + 1)
    assert cost() == few


def test_a_shared_link_says_what_the_film_is_and_shows_no_foreign_picture(client: Client, film: Movie):
    html = page(client, film)
    assert f'<meta property="og:title" content="{film}">' in html
    assert 'property="og:description" content=""' not in html
    assert "og:image" not in html
