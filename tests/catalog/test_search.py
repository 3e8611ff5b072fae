"""/search/: what is found, in which order, and that nothing typed ever breaks it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import search as engine
from catalog.models import Movie, Person
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def films() -> None:
    for title, year, director, overview in [
        ("The Godfather", 1972, "Francis Ford Coppola", "A patriarch hands over a crime dynasty."),
        ("Alien", 1979, "Ridley Scott", "Something rides along on a space tug."),
        ("Aliens", 1986, "James Cameron", "Marines go back for the colony."),
        ("Up", 2009, "Pete Docter", "A widower lifts his house with balloons."),
        ("Amélie", 2001, "Jean-Pierre Jeunet", "A waitress meddles with kindness, and an alien gnome travels."),
        ("Scarface", 1983, "Brian De Palma", "A refugee shoots his way up."),
    ]:
        film = factories.movie(title=title, year=year, director=director, overview=overview, genres=["Crime"])
        factories.credit(film, factories.person(director), cast_type="crew", job="Director")
    pacino = factories.person("Al Pacino")
    for title in ("The Godfather", "Scarface"):
        film = Movie.objects.get(title=title)
        factories.credit(film, pacino, character="Somebody")


def found(typed: str) -> list[str]:
    return [hit.label for hit in engine.find(engine.parse(typed), films=24).films]


def people(typed: str) -> list[str]:
    return [hit.label for hit in engine.find(engine.parse(typed), films=24).people]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("alien", "Alien"),
        ("aliens", "Aliens"),
        ("up", "Up"),
        ("godfather", "The Godfather"),
        ("godfahter", "The Godfather"),
        ("amelie", "Amélie"),
        ("AMÉLIE", "Amélie"),
        ("ameile", "Amélie"),
        ("godf", "The Godfather"),
        ("balloon", "Up"),
        ("scott", "Alien"),
    ],
)
def test_the_film_that_was_meant_comes_first(films: None, typed: str, first: str):
    assert found(typed)[0] == first


def test_a_title_weighs_more_than_a_story(films: None):
    assert found("alien") == ["Alien", "Aliens", "Amélie"]


@pytest.mark.parametrize("typed", ["al pacino", "pacino", "al pacno", "Pacinno"])
def test_a_name_even_mistyped_finds_the_person_and_their_films(films: None, typed: str):
    assert people(typed)[0] == "Al Pacino"
    assert set(found(typed)) == {"The Godfather", "Scarface"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("y:1979", {"Alien"}),
        ("y:1979..1983", {"Alien", "Scarface"}),
        ("y:2001..", {"Amélie", "Up"}),
        ("y:..1975", {"The Godfather"}),
        ("alien y:1986", {"Aliens"}),
        ("p:pacino y:1983", {"Scarface"}),
        ("g:western", {"Unforgiven"}),
        ("g:-crime", {"Unforgiven"}),
        ("r:>8", {"Unforgiven"}),
        ('p:"al pacino" g:crime r:<8', {"The Godfather", "Scarface"}),
    ],
)
def test_operators_narrow_a_search(films: None, typed: str, expected: set[str]):
    factories.movie(title="Unforgiven", year=1992, genres=["Western"], tmdb_rating=8.2)
    assert set(found(typed)) == expected


def test_the_more_popular_of_two_equals_comes_first():
    factories.movie(title="Twins", year=1988, popularity_score=2)
    known = factories.movie(title="Twins", year=1999, popularity_score=30)
    assert engine.find(engine.parse("twins"), films=5).films[0].pk == known.pk


def test_a_mistyped_search_says_what_it_thinks_was_meant(client: Client, films: None):
    page = client.get("/search/?q=godfahter").content.decode()
    assert "Did you mean" in page
    assert "?q=The+Godfather" in page


def test_a_search_that_hits_asks_nothing_back(client: Client, films: None):
    assert "Did you mean" not in client.get("/search/?q=godfather").content.decode()


def test_a_search_finds_what_the_reader_has_hidden(member: Client, viewer, films: None):
    factories.mark(viewer, Movie.objects.get(title="Up"), "not_interested")
    assert [card.title for card in member.get("/search/?q=up").context["cards"]][0] == "Up"


def test_operators_that_make_no_sense_are_named(client: Client, films: None):
    page = client.get("/search/?q=alien+y:soon+g:opera").content.decode()
    assert "“y:soon” makes no sense here" in page
    assert "There is no genre called “opera”" in page


HOSTILE = [
    "", " ", "\x00", "al\x00ien", "x" * 1000, "a " * 500, "'; DROP TABLE movies; --", "%", "_", "\\", '"', "a&b|c!:*",
    "<script>alert(1)</script>", "😀", "\ud800", "⑴", "½", "y:", "g:", "p:", "r:", "y:0000", "y:9999..1000", "r:>99.99",
    "g:-", "-alien", "- -", "p:%", "p:'\"", "{}", "%(text)s", "%s", "(((", "ʼn", "y:１９９９", "r:٧",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("path", ["/search/", "/search/suggest/"])
def test_nothing_typed_breaks_the_page(client: Client, films: None, path: str, typed: str):
    typed = typed.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert client.get(path, {"q": typed}).status_code == 200


def test_an_empty_search_explains_itself(client: Client):
    assert "How to search" in client.get("/search/").content.decode()


def test_pages_of_results_hold_every_film_once(client: Client):
    for _ in range(50):
        factories.movie(title="Night Train")
    seen = [card.id for page in (1, 2, 3) for card in client.get(f"/search/?q=night&page={page}").context["cards"]]
    assert len(seen) == len(set(seen)) == 50


def test_a_page_past_the_end_is_the_last(client: Client, films: None):
    assert client.get("/search/?q=alien&page=99").context["page"].number == 1
    assert client.get("/search/?q=alien&page=99").context["cards"]


def cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_a_visitors_search_takes_two_queries_however_many_films(client: Client, films: None):
    few = cost(client, "/search/?q=alien")
    for _ in range(20):
        factories.movie(title="Alien Again")
    assert cost(client, "/search/?q=alien") == few == 2


def test_a_members_search_takes_four_more_for_who_they_are_and_what_is_new(member: Client, films: None):
    assert cost(member, "/search/?q=alien") == 6


INDEXES = ("idx_movies_search", "idx_movies_title_trigram", "idx_people_name_trigram")


def test_a_search_by_words_uses_the_indexes(django_assert_num_queries):
    Movie.objects.bulk_create(
        Movie(title=f"Story {number}", original_title="", slug=f"story-{number}", overview=f"word{number}")
        for number in range(3000)
    )
    Person.objects.bulk_create(Person(name=f"Somebody {number}", slug=f"somebody-{number}") for number in range(3000))
    with django_assert_num_queries(1) as asked:
        found("godfahter")
    with connection.cursor() as cursor:
        for index in INDEXES:  # what autovacuum does in a site's life
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        cursor.execute("ANALYZE movies, people")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    for index in INDEXES:
        assert f"Bitmap Index Scan on {index}" in plan
    assert "Seq Scan on movies" not in plan
