"""Taking a history along: what is in each file, and that it comes back as it was."""

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Movie
from notify.services import preferences
from recs import taste
from recs.models import GenrePreference, Recommendation
from recs.services import history, picks, tastes, training
from recs.taste import Taste
from tests import factories
from tests.recs import stage

COLUMNS = ("movie_id", "interaction_type", "rating", "feedback_type", "feedback_comment", "metadata", "timestamp")


def download(client: Client, name: str) -> bytes:
    return b"".join(client.get(reverse("recs:download", args=[name])).streaming_content)


def table(client: Client, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(download(client, name).decode("utf-8-sig"))))


def rows(user: User) -> list[tuple[object, ...]]:
    return sorted(user.interactions.values_list(*COLUMNS), key=str)


def bring(user: User, data: bytes, name: str) -> None:
    run = history.upload(user=user, name=name, data=data)
    history.start(run=run, take_theirs=False, listed="watchlist")
    history.carry_on(run.pk)


@pytest.fixture
def heat(db) -> Movie:
    return factories.movie(title="Heat", year=1995, omdb_id="tt0113277", tmdb_id=949)


def test_our_own_export_gives_a_new_account_the_identical_history_and_top_20(member, viewer, stranger):
    westerns, romances = stage.two_circles()
    for number in range(40):
        factories.movie(title=f"Spare {number}", year=1980 + number, popularity_score=float(number))
    training.train()
    for place, film in enumerate(westerns[:4]):
        factories.rating(viewer, film, 3.5 + place / 2, feedback_type="positive", feedback_comment="“Good”, näh")
    factories.mark(viewer, romances[0], "watchlist", feedback_type="positive")
    factories.mark(viewer, romances[1], "click", metadata={"from": "group", "group": "abc"})
    factories.mark(viewer, romances[2], "not_interested", feedback_type="negative")
    factories.mark(viewer, westerns[0], "view")
    GenrePreference.objects.create(user=viewer, genre=factories.genre("Western"))
    picks.refresh(user=viewer)
    bring(stranger, download(member, "marquee"), "marquee.json")
    assert rows(stranger) == rows(viewer)
    assert tops(stranger) == tops(viewer)
    assert len(tops(viewer)) == 20


def tops(user: User) -> list[tuple[int, float]]:
    return list(Recommendation.objects.filter(user=user).order_by("rank").values_list("movie_id", "score")[:20])


def test_films_that_only_we_know_come_back_by_their_address_here(member, viewer, stranger):
    film = factories.movie(title="Ours", tmdb_id=None)
    factories.movie(title="Ours", tmdb_id=None)
    factories.rating(viewer, film, 2.5)
    bring(stranger, download(member, "marquee"), "marquee.json")
    assert stranger.interactions.get().movie_id == film.pk


def test_our_export_says_everything_and_nothing_of_others(member, viewer, stranger, heat):
    factories.rating(viewer, heat, 4.5)
    factories.rating(stranger, heat, 1.0)
    said = json.loads(download(member, "marquee"))
    (film,) = said["films"]
    assert (film["title"], film["year"], film["imdb"], film["tmdb"]) == ("Heat", 1995, "tt0113277", 949)
    assert [(act["kind"], act["rating"]) for act in film["acts"]] == [("rating", 4.5)]


def test_our_export_says_how_somebody_likes_their_picks(member, viewer, heat):
    tastes.save(user=viewer, taste=Taste("trending", novelty=0.25, decade="1990s"))
    western, director = factories.genre("Western"), factories.person("Ford")
    for kind, target in (("film", heat.pk), ("genre", western.pk), ("person", director.pk), ("popularity", 0)):
        tastes.adjust(user=viewer, kind=kind, target=target, weight=0.5)
    said = json.loads(download(member, "marquee"))
    assert said["taste"] == {
        "algorithm": "trending",
        "novelty": 0.25,
        "diversity": 0.5,
        "decade": "1990s",
        "certificate": None,
    }
    assert said["adjustments"] == [
        {"kind": "film", "weight": 0.5, "title": "Heat", "year": 1995, "imdb": "tt0113277", "tmdb": 949},
        {"kind": "genre", "weight": 0.5, "name": "Western", "tmdb": western.tmdb_id},
        {"kind": "person", "weight": 0.5, "name": "Ford", "tmdb": director.tmdb_id},
        {"kind": "popularity", "weight": 0.5},
    ]


def test_what_is_gone_is_adjusted_without_a_name(member, viewer, heat):
    tastes.adjust(user=viewer, kind="film", target=heat.pk, weight=0)
    heat.delete()
    assert json.loads(download(member, "marquee"))["adjustments"] == [{"kind": "film", "weight": 0.0}]


def test_who_leaves_all_to_us_has_said_nothing(member):
    said = json.loads(download(member, "marquee"))
    assert (said["taste"]["algorithm"], said["adjustments"]) == (None, [])


PARTS = {"taste", "adjustments", "notifications", "messages"}


@pytest.mark.parametrize("is_old", [False, True])
def test_an_export_of_today_and_one_of_old_bring_the_films_and_no_settings(member, viewer, stranger, heat, is_old):
    factories.rating(viewer, heat, 4.5, feedback_type="positive")
    tastes.save(user=viewer, taste=Taste("trending", novelty=0.25))
    preferences.choose(user=viewer, kind="digest", channel="email", enabled=True)
    said = json.loads(download(member, "marquee"))
    assert set(said) > PARTS
    kept = {name: value for name, value in said.items() if not (is_old and name in PARTS)}
    bring(stranger, json.dumps(kept).encode(), "marquee.json")
    stranger.refresh_from_db()
    assert rows(stranger) == rows(viewer)
    assert (taste.of(stranger), stranger.adjustments.count()) == (Taste(), 0)
    assert not preferences.wants(user=stranger, kind="digest", channel="email")


@pytest.mark.parametrize("strange", [None, [], "x", {"films": [1]}, [[{}] * 100]])
def test_whatever_stands_where_settings_would_the_films_are_brought(member, viewer, stranger, heat, strange):
    factories.rating(viewer, heat, 4.5, feedback_type="positive")
    said = json.loads(download(member, "marquee")) | dict.fromkeys(PARTS, strange)
    bring(stranger, json.dumps(said).encode(), "marquee.json")
    assert rows(stranger) == rows(viewer)


def test_an_empty_history_is_a_sound_file_too(member):
    assert json.loads(download(member, "marquee"))["films"] == []
    assert table(member, "imdb") == []


def test_the_letterboxd_file_has_its_columns_stars_and_days(member, viewer, heat):
    factories.rating(viewer, heat, 4.5)
    factories.mark(viewer, heat, "view")
    factories.mark(viewer, factories.movie(title="Ronin", year=1998), "watchlist")
    (row,) = table(member, "letterboxd")
    assert (row["Title"], row["Year"], row["Rating"], row["imdbID"]) == ("Heat", "1995", "4.5", "tt0113277")
    assert [row["Title"] for row in table(member, "letterboxd-watchlist")] == ["Ronin"]


def test_the_imdb_file_rates_out_of_ten(member, viewer, heat):
    factories.rating(viewer, heat, 4.5)
    (row,) = table(member, "imdb")
    assert (row["Const"], row["Your Rating"], row["Title Type"]) == ("tt0113277", "9", "Movie")


def test_the_movielens_file_has_stars_and_the_numbers_of_others(member, viewer, heat):
    factories.rating(viewer, heat, 4.5)
    (row,) = table(member, "movielens")
    assert (row["title"], row["rating"], row["imdbId"]) == ("Heat (1995)", "4.5", "0113277")


@pytest.mark.parametrize("name", ["letterboxd", "imdb", "movielens"])
@pytest.mark.parametrize("title", ["Heat", "=1+1", "-30-", "@Home", "+1", 'He said "no", twice'])
def test_each_table_brings_the_ratings_back(member, viewer, stranger, name, title):
    film = factories.movie(title=title, year=1995)
    factories.rating(viewer, film, 3.5)
    bring(stranger, download(member, name), f"{name}.csv")
    assert list(stranger.interactions.values_list("movie_id", "rating")) == [(film.pk, 3.5)]


@pytest.mark.parametrize("name", ["letterboxd", "imdb", "movielens"])
@pytest.mark.parametrize("title", ["=cmd|'/C calc'!A0", "+SUM(1)", "-2+3", "@SUM(A1)"])
def test_no_cell_can_be_taken_for_a_formula(member, viewer, name, title):
    factories.rating(viewer, factories.movie(title=title), 3.5)
    cells = [cell for row in table(member, name) for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_the_files_are_streamed_and_kept_by_nobody(member):
    answer = member.get(reverse("recs:download", args=["marquee"]))
    assert answer.streaming
    assert answer["Cache-Control"] == "private, no-store"
    assert 'filename="marquee-' in answer["Content-Disposition"]
    list(answer.streaming_content)


def test_a_format_that_does_not_exist_is_not_found(member):
    assert member.get(reverse("recs:download", args=["excel"])).status_code == 404


def test_the_page_links_every_file(member):
    page = member.get(reverse("recs:export")).content.decode()
    for name in ("marquee", "letterboxd", "letterboxd-watchlist", "imdb", "movielens"):
        assert reverse("recs:download", args=[name]) in page
