"""A person's own lists: order, filters, pages, and what an empty one says."""

import re

import pytest
from django.urls import reverse

from recs.services import interactions
from tests import factories

pytestmark = pytest.mark.django_db
LISTS = ["ratings", "watchlist", "favorites", "seen", "not_interested"]
KIND_OF = {"watchlist": "watchlist", "favorites": "favorite", "seen": "view", "not_interested": "not_interested"}


def titles(html: str) -> list[str]:
    return re.findall(r'class="card__title">([^<]*)<', html)


def get(client, name: str, **query) -> str:
    return client.get(reverse(f"recs:{name}"), query).content.decode()


@pytest.fixture
def rated(viewer):
    for title, stars in (("Brazil", 2.0), ("Alien", 4.5), ("Casablanca", 3.0)):
        interactions.rate(user=viewer, movie=factories.movie(title=title), rating=stars)


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_how_to_fill_it(member, name):
    html = get(member, name)
    assert "Nothing here yet" in html
    assert reverse("catalog:browse") in html


@pytest.mark.parametrize("name", LISTS)
def test_a_visitor_must_log_in(client, name):
    assert client.get(reverse(f"recs:{name}")).url.startswith(reverse("account_login"))


@pytest.mark.parametrize(("name", "kind"), KIND_OF.items())
def test_each_list_holds_its_own_marks_of_its_own_person(member, viewer, stranger, name, kind):
    factories.mark(viewer, factories.movie(title="Mine"), kind)
    factories.mark(stranger, factories.movie(title="Theirs"), kind)
    factories.mark(viewer, factories.movie(title="Other"), "like")
    assert titles(get(member, name)) == ["Mine"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["Casablanca", "Alien", "Brazil"]),
        ("oldest", ["Brazil", "Alien", "Casablanca"]),
        ("highest", ["Alien", "Casablanca", "Brazil"]),
        ("lowest", ["Brazil", "Casablanca", "Alien"]),
        ("title", ["Alien", "Brazil", "Casablanca"]),
        ("nonsense", ["Casablanca", "Alien", "Brazil"]),
    ],
)
def test_ratings_can_be_sorted(member, rated, sort, expected):
    assert titles(get(member, "ratings", sort=sort)) == expected


def test_ratings_can_be_filtered_by_stars(member, rated):
    assert titles(get(member, "ratings", stars="4.5")) == ["Alien"]
    assert "Nothing fits" in get(member, "ratings", stars="1.0")


def test_the_watchlist_can_be_held_to_the_time_there_is(member, viewer):
    for title, runtime in (("Short", 80), ("Long", 180), ("Unknown", None)):
        factories.mark(viewer, factories.movie(title=title, runtime=runtime), "watchlist")
    assert titles(get(member, "watchlist", minutes="95")) == ["Short"]
    assert len(titles(get(member, "watchlist", minutes="-5"))) == 3


def test_a_rated_film_counts_as_seen_once(member, viewer):
    film = factories.movie(title="Alien")
    factories.rating(viewer, film, 4)
    factories.mark(viewer, film, "view")
    assert titles(get(member, "seen")) == ["Alien"]


def test_a_long_list_comes_in_pages(member, viewer):
    for number in range(50):
        factories.mark(viewer, factories.movie(title=f"Film {number}"), "favorite")
    assert len(titles(get(member, "favorites"))) == 48
    assert len(titles(get(member, "favorites", page="2"))) == 2
    assert len(titles(get(member, "favorites", page="99"))) == 2


def test_links_to_other_pages_keep_the_order(member, viewer):
    for number in range(50):
        factories.mark(viewer, factories.movie(title=f"Film {number}"), "favorite")
    assert re.search(r'href="[^"]*sort=title[^"]*page=2', get(member, "favorites", sort="title"))


def test_the_dense_list_shows_the_same_films(member, viewer):
    for number in range(3):
        factories.mark(viewer, factories.movie(title=f"Film {number}"), "favorite")
    html = get(member, "favorites", view="list")
    assert '<ul class="list">' in html
    assert len(titles(html)) == 3


def test_htmx_gets_the_results_alone(member, rated):
    html = member.get(reverse("recs:ratings"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert len(titles(html)) == 3


def test_hidden_films_can_be_shown_again(member, viewer):
    film = factories.movie(title="Saw")
    factories.mark(viewer, film, "not_interested")
    html = get(member, "not_interested")
    assert re.search(r'not_interested/" name="on" value="0">Show again<span class="visually-hidden"> Saw<', html)
    member.post(reverse("recs:mark", args=[film.slug, "not_interested"]), {"on": "0"})
    assert titles(get(member, "not_interested")) == []


def test_the_cost_of_a_list_does_not_grow(member, viewer, django_assert_max_num_queries):
    for number in range(40):
        factories.mark(viewer, factories.movie(title=f"Film {number}"), "favorite")
    get(member, "favorites")
    with django_assert_max_num_queries(6):
        get(member, "favorites")
