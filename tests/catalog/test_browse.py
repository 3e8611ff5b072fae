"""/browse/: filters in the address, sorts, pages, and a way out of nothing."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.filters import SORTS
from catalog.models import Movie
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def titles(response) -> list[str]:
    return [card.title for card in response.context["cards"]]


def browse(client: Client, query: str = "", **headers: str):
    return client.get(f"/browse/?{query}", headers=headers)


@pytest.fixture
def films() -> None:
    factories.movie(
        title="Old Laugh", year=1955, genres=["Comedy"], runtime=80, original_language="fr", tmdb_rating=8.1
    )
    factories.movie(title="New Laugh", year=2015, genres=["Comedy", "Horror"], certification="R", countries=["FR"])
    factories.movie(title="New Scream", year=2016, genres=["Horror"], runtime=150, tmdb_vote_count=5000, our_rating=9)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("genre=comedy", {"Old Laugh", "New Laugh"}),
        ("genre=comedy&genre=horror", {"New Laugh"}),
        ("genre=comedy&without=horror", {"Old Laugh"}),
        ("without=comedy", {"New Scream"}),
        ("year_from=2016", {"New Scream"}),
        ("year_to=1955", {"Old Laugh"}),
        ("year_from=2010&year_to=2015", {"New Laugh"}),
        ("runtime_max=80", {"Old Laugh"}),
        ("runtime_min=101", {"New Scream"}),
        ("language=fr", {"Old Laugh"}),
        ("country=FR", {"New Laugh"}),
        ("certification=R", {"New Laugh"}),
        ("rating=8", {"Old Laugh"}),
        ("votes=1000", {"New Scream"}),
        ("ours=8.5", {"New Scream"}),
    ],
)
def test_each_filter_keeps_the_films_it_names(client: Client, films: None, query: str, expected: set[str]):
    assert set(titles(browse(client, query))) == expected


@pytest.mark.parametrize(
    "wrong", ["year_from=abc", "rating=77", "runtime_min=-3", "genre=nonsense", "votes=1e9", "sort=best"]
)
def test_a_wrong_value_gets_its_message_and_the_other_filters_still_apply(client: Client, films: None, wrong: str):
    response = browse(client, f"without=comedy&{wrong}")
    name = wrong.split("=", maxsplit=1)[0]
    assert titles(response) == ["New Scream"]
    assert response.context["form"].errors[name][0] in response.content.decode().replace("&#x27;", "'")


def test_what_was_typed_stays(client: Client, films: None):
    assert 'value="abc"' in browse(client, "year_from=abc").content.decode()


def test_a_range_that_runs_backwards_is_left_out(client: Client, films: None):
    response = browse(client, "year_from=2016&year_to=1990&genre=comedy")
    assert response.context["form"].errors.keys() == {"year_to"}
    assert set(titles(response)) == {"Old Laugh", "New Laugh"}


def test_a_genre_cannot_be_wanted_and_left_out(client: Client, films: None):
    assert browse(client, "genre=comedy&without=comedy").context["form"].errors.keys() == {"without"}


def test_every_active_filter_has_a_chip_that_takes_it_off(client: Client, films: None):
    chips = browse(client, "genre=comedy&genre=horror&year_from=2000&sort=title").context["listing"].chips
    assert [(chip.label, chip.url) for chip in chips] == [
        ("Comedy", "/browse/?genre=horror&year_from=2000&sort=title"),
        ("Horror", "/browse/?genre=comedy&year_from=2000&sort=title"),
        ("From 2000", "/browse/?genre=comedy&genre=horror&sort=title"),
    ]


def test_an_empty_result_names_the_filter_to_give_up(client: Client, films: None):
    response = browse(client, "genre=horror&runtime_max=90")
    ways = response.context["listing"].ways_out
    assert [(way.label, way.films, way.url) for way in ways] == [
        ("At most 90 minutes", 2, "/browse/?genre=horror"),
        ("Horror", 1, "/browse/?runtime_max=90"),
    ]
    assert "there are 2" in response.content.decode()


def test_decades_are_shortcuts_to_years(client: Client, films: None):
    assert (
        "/browse/?genre=comedy&amp;year_from=2010&amp;year_to=2019" in browse(client, "genre=comedy").content.decode()
    )


def test_a_member_does_not_see_what_they_are_done_with(member: Client, viewer, films: None):
    factories.mark(viewer, Movie.objects.get(title="New Scream"), "view")
    factories.mark(viewer, Movie.objects.get(title="Old Laugh"), "watchlist")
    assert set(titles(browse(member))) == {"Old Laugh", "New Laugh"}


def test_a_member_can_ask_for_what_they_are_done_with(member: Client, viewer, films: None):
    factories.mark(viewer, Movie.objects.get(title="New Scream"), "view")
    assert len(titles(browse(member, "seen=1"))) == 3


def test_hiding_seen_films_is_named_when_it_leaves_nothing(member: Client, viewer, films: None):
    factories.rating(viewer, Movie.objects.get(title="New Scream"), 4.0)
    ways = browse(member, "votes=1000").context["listing"].ways_out
    assert "/browse/?votes=1000&seen=1" in [way.url for way in ways]


def test_a_visitors_total_is_not_shown_to_a_member_who_hides_films(client: Client, member: Client, viewer, films: None):
    assert browse(client).context["page"].total == 3
    factories.mark(viewer, Movie.objects.get(title="New Scream"), "view")
    assert browse(member).context["page"].total == 2


def test_adult_films_are_not_listed(client: Client, films: None):
    Movie.objects.filter(title="Old Laugh").update(adult=True)
    assert "Old Laugh" not in titles(browse(client))


@pytest.mark.parametrize("sort", [name for name, _ in SORTS])
def test_walking_all_pages_meets_every_film_once(client: Client, sort: str):
    same = datetime.date(2000, 1, 1)
    for number in range(55):
        factories.movie(title="Twin" if number % 2 else None, release_date=None if number % 5 == 0 else same)
    Movie.objects.filter(pk__lt=Movie.objects.earliest("pk").pk + 10).update(tmdb_rating=None)
    seen = [card.id for page in (1, 2, 3) for card in browse(client, f"sort={sort}&page={page}").context["cards"]]
    assert sorted(seen) == sorted(Movie.objects.values_list("pk", flat=True))


def test_a_seed_in_the_address_makes_its_own_order(client: Client):
    for _ in range(12):
        factories.movie()
    first, second, again = (titles(browse(client, f"sort=random&seed={seed}")) for seed in (1, 2, 1))
    assert first == again
    assert first != second


def test_a_page_past_the_end_is_the_last(client: Client, films: None):
    response = browse(client, "page=999999999999999999999")
    assert response.context["page"].number == 1
    assert len(titles(response)) == 3


def test_the_list_is_a_choice_that_the_address_keeps(client: Client, films: None):
    page = browse(client, "view=list&genre=comedy").content.decode()
    assert 'id="films" class="list"' in page
    assert 'name="view" value="list"' in page


def test_load_more_answers_with_films_and_the_next_button_only(client: Client):
    for _ in range(30):
        factories.movie()
    answer = browse(client, "page=2", **HTMX, **{"HX-Target": "films"}).content.decode()
    assert answer.lstrip().startswith("<li>")
    assert "<html" not in answer
    assert 'id="more" hx-swap-oob="true"' in answer
    assert "30 of 30 films shown" in answer


def test_links_to_other_pages_keep_the_filters(client: Client):
    for _ in range(50):
        factories.movie()
    assert 'hx-get="/browse/?page=2"' in browse(client).content.decode()
    page = browse(client, "genre=drama&page=2").content.decode()
    assert 'hx-get="/browse/?genre=drama&amp;page=3"' in page
    assert 'href="/browse/?genre=drama&amp;page=1"' in page


def test_the_usual_order_is_not_worth_a_word_in_the_address(client: Client, films: None):
    response = browse(client, "sort=popular&genre=comedy", **HTMX, **{"HX-Target": "results"})
    assert response.headers["HX-Push-Url"] == "/browse/?genre=comedy"


def test_a_changed_filter_answers_with_results_messages_and_a_short_address(client: Client, films: None):
    response = browse(client, "genre=comedy&year_from=abc&year_to=", **HTMX, **{"HX-Target": "results"})
    assert response.headers["HX-Push-Url"] == "/browse/?genre=comedy&year_from=abc"
    assert 'id="filters"' not in response.content.decode()
    assert 'id="id_year_from_error" hx-swap-oob="innerHTML">Enter a whole number.' in response.content.decode()


def test_back_gets_the_whole_page(client: Client, films: None):
    response = browse(client, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<html" in response.content.decode()
    assert "HX-Request" in response.headers["Vary"]


def cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_a_members_page_takes_at_most_five_queries_however_many_films(member: Client, viewer, films: None):
    factories.mark(viewer, Movie.objects.get(title="New Scream"), "view")
    few = cost(member, "/browse/?without=drama")
    for _ in range(20):
        factories.movie(genres=["Comedy", "Horror"])
    assert cost(member, "/browse/?without=drama") == few <= 5


def test_a_visitors_page_takes_one_query_once_the_facets_are_known(client: Client, films: None):
    assert cost(client, "/browse/?genre=comedy") == 1


def test_the_panel_is_drawn_once_for_all(client: Client, films: None, monkeypatch):
    browse(client, "genre=comedy")
    monkeypatch.setattr("catalog.browsing._render_panel", lambda *args, **kwargs: pytest.fail("drawn again"))
    assert browse(client, "genre=comedy&page=1").status_code == 200


def test_what_a_member_is_done_with_is_left_out_of_the_number_too(member: Client, viewer, films: None):
    every = browse(member).context["page"].total
    factories.mark(viewer, Movie.objects.get(title="New Scream"), "view")
    found = browse(member)
    assert found.context["page"].total == every - 1 == len(titles(found))


def test_one_persons_filters_never_reach_somebody_who_asked_for_others(client: Client, films: None):
    assert titles(browse(client, "genre=comedy")) != titles(browse(client, "genre=horror"))
    assert titles(browse(client, "genre=comedy")) == titles(browse(client, "page=1&genre=comedy"))


def test_a_wrong_filter_is_told_each_time_it_is_asked(client: Client, films: None):
    assert all(browse(client, "year_from=never").context["errors"] for _ in range(2))
