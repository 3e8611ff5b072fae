"""/search/suggest/: what drops down under the search box."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories

pytestmark = pytest.mark.django_db
URL = "/search/suggest/"


@pytest.fixture
def films() -> None:
    for number in range(8):
        film = factories.movie(title=f"Alien {number}", year=1979 + number)
        factories.credit(film, factories.person(f"Alina Example {number}"))


def suggest(client: Client, typed: str) -> str:
    return client.get(URL, {"q": typed}).content.decode()


def test_it_offers_six_films_and_three_people(client: Client, films: None):
    html = suggest(client, "ali")
    assert html.count('href="/film/') == 6
    assert html.count('href="/person/') == 3


def test_every_suggestion_is_an_option_with_a_link_and_an_id(client: Client, films: None):
    html = suggest(client, "ali")
    assert html.count('role="option"') == html.count('id="suggestion-') == html.count("<a ") == 9


def test_a_single_letter_suggests_nothing(client: Client, films: None):
    assert suggest(client, "a") == ""


def test_titles_are_escaped(client: Client):
    factories.movie(title="<b>Bold</b>")
    assert "&lt;b&gt;Bold" in suggest(client, "bold")


def test_it_takes_one_query_and_asks_nothing_about_who_it_is(member: Client, films: None):
    with CaptureQueriesContext(connection) as queries:
        suggest(member, "alien")
    assert len(queries) == 1
    assert "django_session" not in queries[0]["sql"]


def test_the_same_question_within_a_minute_costs_nothing(client: Client, films: None):
    suggest(client, "Alien")
    with CaptureQueriesContext(connection) as queries:
        suggest(client, " alien ")
    assert len(queries) == 0
