"""The front page: rows without a film twice, nothing done in them, a reason for each, and a bounded cost."""

import datetime
import random
import re

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Movie
from recs import artefacts, home, serving
from recs.mine import Mine
from recs.models import Recommendation
from recs.services import interactions, picks, tastes
from recs.taste import Taste
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 3, 1)


@pytest.fixture
def town(db) -> list[Movie]:
    return stage.town()


def shown(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="card-(\d+)"', html)]


def asked_by(user) -> HttpRequest:
    """A request for the home page as this person's browser sends it."""
    request = RequestFactory().get("/", headers={"user-agent": "Mozilla/5.0"})
    request.user, request.mine = user, Mine(user)
    return request


def rows(user) -> dict[str, home.Row]:
    request = asked_by(user)
    return {row.key: row for row in home.page(request, today=TODAY)["rows"]}


def test_a_visitor_sees_what_this_is_and_how_to_join(client, town):
    html = client.get("/").content.decode()
    assert reverse("account_signup") in html
    assert "How it works" in html
    assert len(shown(html)) == len(set(shown(html))) > 40


def test_the_landing_page_costs_a_visitor_no_query_once_it_is_warm(client, town, django_assert_num_queries):
    client.get("/")
    with django_assert_num_queries(0):
        client.get("/")


def test_an_empty_catalogue_has_a_friendly_page_for_everybody(client, member):
    assert client.get("/").status_code == 200
    assert "No films here yet" in member.get("/").content.decode()


def test_no_film_stands_twice_on_the_page(member, viewer, town):
    for film in town[:24:2]:
        interactions.rate(user=viewer, movie=film, rating=5)
    interactions.mark(user=viewer, movie=town[30], kind="watchlist", on=True)
    found = shown(member.get("/").content.decode())
    assert len(found) == len(set(found)) > 40


@pytest.mark.parametrize("seed", range(6))
def test_nothing_done_is_in_a_row_and_what_is_saved_only_in_its_own(viewer, town, seed):
    draw = random.Random(seed)
    for film in draw.sample(town, 25):
        kind = draw.choice(["rating", "view", "like", "favorite", "dislike", "not_interested", "watchlist"])
        if kind == "rating":
            factories.rating(viewer, film, draw.randint(1, 10) / 2)
        else:
            factories.mark(viewer, film, kind)
    picks.refresh(user=viewer)
    mine, found = Mine(viewer), rows(viewer)
    listed = {item.card.id for item in found.pop("watchlist").items}
    recommended = {item.card.id for row in found.values() for item in row.items}
    assert recommended
    assert not recommended & (mine.done | mine.ids("watchlist"))
    assert listed == mine.ids("watchlist") - mine.done


def test_picks_made_before_an_act_are_filtered_by_it(viewer, town):
    interactions.rate(user=viewer, movie=town[0], rating=5)
    first = rows(viewer)["top"].items[0].card
    factories.mark(viewer, Movie.objects.get(pk=first.id), "not_interested")
    assert first not in [item.card for row in rows(viewer).values() for item in row.items]


def test_a_dismissed_films_place_is_taken_by_the_next(viewer, town):
    interactions.rate(user=viewer, movie=town[0], rating=5)
    before = rows(viewer)["top"].items
    interactions.mark(user=viewer, movie=Movie.objects.get(pk=before[0].card.id), kind="not_interested", on=True)
    assert len(rows(viewer)["top"].items) == len(before) == home.TOP


def test_each_top_pick_says_why(viewer, town):
    for film in town[:15:2]:
        interactions.rate(user=viewer, movie=film, rating=5)
    top = rows(viewer)["top"]
    assert top.title == "Top picks for you"
    assert "Because you liked <bdi>Film" in top.items[0].caption
    assert all(item.caption and item.explained for item in top.items)


def test_a_because_row_is_about_a_loved_film_and_stands_for_a_day(viewer, town):
    for film in town[:10:2]:
        interactions.rate(user=viewer, movie=film, rating=5)
    row = rows(viewer)["because-1"]
    assert row.film in {film.title for film in town[:10:2]}
    assert len(row.items) >= home.OTHERS // 2
    assert rows(viewer)["because-1"] == row


def test_two_because_rows_of_different_days_are_about_different_films(viewer, town):
    for film in town[:30:2]:
        factories.rating(viewer, film, 5)
    request = asked_by(viewer)
    days = [datetime.date(2026, 3, day) for day in range(1, 7)]
    named = [{row.key: row.film for row in home.page(request, today=day)["rows"]}["because-1"] for day in days]
    assert len(set(named)) > 1


def test_something_different_is_called_an_experiment(viewer, town):
    for film in town[:48:6]:
        factories.rating(viewer, film, 5)
    row = rows(viewer)["different"]
    assert row.title == "Something different"
    assert "experiment" in row.note
    assert "drama" not in {item.card.genre for item in row.items}


def test_a_decade_without_enough_films_says_how_many_there_are(member, viewer, town):
    Movie.objects.filter(pk__in=[film.pk for film in town[40:52]]).update(release_date="1975-05-05")
    caches["local"].clear()
    factories.rating(viewer, town[0], 5)
    tastes.save(user=viewer, taste=Taste(decade="1970s"))
    top = rows(viewer)["top"]
    assert {item.card.year for item in top.items} == {1975}
    assert top.note == "Only 12 films fit the decade and the certificate you chose."


def test_a_decade_without_films_is_an_empty_row_that_says_so(member, viewer, town):
    factories.rating(viewer, town[0], 5)
    tastes.save(user=viewer, taste=Taste(decade="1890s"))
    top = rows(viewer)["top"]
    assert top.items == []
    assert top.note.startswith("No film that you have not been through fits")
    assert member.get("/").status_code == 200


def test_the_engine_that_somebody_chose_makes_their_row(viewer, town):
    factories.rating(viewer, town[0], 5)
    tastes.save(user=viewer, taste=Taste("trending"))
    assert rows(viewer)["top"].title == "Trending now"
    tastes.save(user=viewer, taste=Taste("popular"))
    assert rows(viewer)["top"].title == "Popular now"


def test_an_engine_that_is_not_there_is_stood_in_for_and_the_row_says_so(viewer, town, settings):
    for film in town[:15:2]:
        factories.rating(viewer, film, 5)
    for path in settings.MODELS_DIR.glob("matrix_factorization/*/manifest.json"):
        path.unlink()
    artefacts.forget()
    tastes.save(user=viewer, taste=Taste("matrix_factorization"))
    note = rows(viewer)["top"].note
    assert note == "“Hidden leanings” cannot choose for you just now; these come from “Everything together”."


def test_a_new_person_gets_what_is_popular_and_the_way_into_the_welcome(client, town):
    client.force_login(factories.user())
    html = client.get("/").content.decode()
    assert "Popular now" in html
    assert "Rate 5 more films" in html
    assert reverse("recs:welcome") in html


def test_chosen_genres_fill_the_first_row_of_a_new_person(viewer, town):
    viewer.genre_preferences.create(genre=factories.genre("Crime"))
    top = rows(viewer)["top"]
    assert top.title == "Favourites of the genres you chose"
    assert "crime" in {item.card.genre for item in top.items[:5]}


def test_without_a_recommender_popular_films_stand_in_and_say_so(member, viewer, monkeypatch):
    factories.rating(viewer, stage.films(40)[0], 5)

    def fail(*_args, **_kwargs):
        raise RuntimeError("no model")

    for name in ("picks", "because", "trending", "hidden_gems", "shelf"):
        monkeypatch.setattr(serving, name, fail)
    html = member.get("/").content.decode()
    assert "Popular (your picks are being rebuilt)" in html
    assert len(shown(html)) == home.TOP


def test_the_state_strip_counts_ratings_and_names_the_model(member, viewer, town):
    interactions.rate(user=viewer, movie=town[0], rating=5)
    html = member.get("/").content.decode()
    assert "<strong>1</strong> rating" in html
    assert Recommendation.objects.get(user=viewer, rank=1).model_version in html


def cost(client) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    return len(queries)


def test_the_page_costs_few_queries_and_no_more_with_more_deeds(member, viewer, town):
    for film in town[:9:2]:
        factories.rating(viewer, film, 5)
    picks.refresh(user=viewer)
    member.get("/")
    few = cost(member)
    for film in town[9:40]:
        factories.rating(viewer, film, 4)
    factories.mark(viewer, town[60], "watchlist")
    picks.refresh(user=viewer)
    caches["local"].clear()
    member.get("/")
    assert cost(member) <= few <= 8


def test_similar_films_are_open_to_visitors_as_a_page_and_as_rows(client, town):
    address = reverse("recs:similar", args=[town[0].slug])
    assert "<html" in client.get(address).content.decode()
    assert "<html" not in client.get(address, headers={"HX-Request": "true"}).content.decode()
