"""/person/<slug>/ and /genre/<slug>/."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories

pytestmark = pytest.mark.django_db


def cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_a_person_is_shown_as_director_and_in_the_cast(client: Client):
    person = factories.person("Clint Example")
    both, acted = factories.movie(title="Both"), factories.movie(title="Acted")
    factories.credit(both, person, cast_type="crew", job="Director")
    factories.credit(both, person, character="A man")
    factories.credit(acted, person, character="Another")
    sections = client.get(person.get_absolute_url()).context["sections"]
    shown = {section["key"]: {card.title for card in section["cards"]} for section in sections}
    assert shown == {"director": {"Both"}, "cast": {"Both", "Acted"}}


def test_a_long_career_is_cut_into_pages(client: Client):
    person = factories.person()
    for _ in range(60):
        factories.credit(factories.movie(), person)
    pages = [client.get(f"{person.get_absolute_url()}?page={page}").context["sections"] for page in (1, 2)]
    ids = [card.id for sections in pages for section in sections for card in section["cards"]]
    assert len(ids) == len(set(ids)) == 60


def test_a_person_without_films_says_so(client: Client):
    assert "No films yet" in client.get(factories.person().get_absolute_url()).content.decode()


def test_the_cost_of_a_person_does_not_grow_with_films(client: Client):
    person = factories.person()
    factories.credit(factories.movie(), person)
    few = cost(client, person.get_absolute_url())
    for _ in range(20):
        factories.credit(factories.movie(), person)
    assert cost(client, person.get_absolute_url()) == few


def test_a_genre_shows_its_best_known_and_its_newest(client: Client):
    factories.movie(title="Known", year=1990, genres=["Horror"], popularity_score=50)
    factories.movie(title="New", year=2020, genres=["Horror"])
    factories.movie(title="Other", genres=["Comedy"])
    context = client.get("/genre/horror/").context
    assert [card.title for card in context["best_known"]] == ["Known", "New"]
    assert [card.title for card in context["newest"]] == ["New", "Known"]


def test_a_genre_links_to_all_its_films(client: Client):
    factories.movie(genres=["Horror"])
    assert 'href="/browse/?genre=horror"' in client.get("/genre/horror/").content.decode()


def test_the_cost_of_a_genre_does_not_grow_with_films(client: Client):
    factories.movie(genres=["Horror"])
    few = cost(client, "/genre/horror/")
    for _ in range(20):
        factories.movie(genres=["Horror"])
    assert cost(client, "/genre/horror/") == few
