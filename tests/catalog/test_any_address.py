"""Whatever stands in a query string, browse and search answer."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.filters import MovieFilter
from tests import factories

pytestmark = pytest.mark.django_db
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.one_of(
    TEXT,
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["drama", "comedy", "random", "list", "1", "en", "US", "PG", "1999", "", "\x00", "9" * 5000]),
)
FIELDS = st.sampled_from([*MovieFilter.base_filters, "page", "other"])


@pytest.fixture(autouse=True)
def _films() -> None:
    film = factories.movie(title="Alien", genres=["Drama", "Comedy"])
    factories.credit(film, factories.person("Alina Example"))


@SOME
@given(said=st.lists(st.tuples(FIELDS, VALUES), max_size=8))
def test_no_query_string_breaks_browse(said: list[tuple[str, str]]):
    query: dict[str, list[str]] = {}
    for name, value in said:
        query.setdefault(name, []).append(value)
    assert Client().get("/browse/", query).status_code == 200


@SOME
@given(words=st.lists(st.one_of(TEXT, st.sampled_from(["y:", "g:", "p:", "r:", '"', "-", "..", ">", "1999", "alien"]))))
def test_nothing_typed_breaks_search(words: list[str]):
    for query in (" ".join(words), "".join(words)):
        assert Client().get("/search/", {"q": query}).status_code == 200
        assert Client().get("/search/suggest/", {"q": query}).status_code == 200
