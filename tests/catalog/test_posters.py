"""Posters come from TMDB's image service where there is a key; whatever TMDB answers, no film is lost."""

import pytest
import requests
import responses
from django.core.management import CommandError, call_command

from catalog.models import Movie
from catalog.services import posters
from catalog.templatetags.posters import poster
from tests import factories

ADDRESS = "https://api.themoviedb.org/3/movie/{}"


@pytest.fixture(autouse=True)
def _key(settings, monkeypatch, db) -> None:
    settings.TMDB_API_KEY = "a-key-that-must-not-leak"
    monkeypatch.setattr(posters, "PAUSE", 0)


@pytest.fixture
def film() -> Movie:
    return factories.movie(tmdb_id=550, poster_path="")


@pytest.fixture
def tmdb():
    with responses.RequestsMock() as answers:
        yield answers


def test_a_film_gets_its_pictures_and_its_card_is_drawn_anew(film, tmdb):
    tmdb.get(ADDRESS.format(550), json={"id": 550, "poster_path": "/abc_1-2.jpg", "backdrop_path": "/def.jpg"})
    before = film.updated_at
    assert posters.fill().found == 1
    film.refresh_from_db()
    assert (film.poster_path, film.backdrop_path) == ("/abc_1-2.jpg", "/def.jpg")
    assert film.updated_at > before
    assert 'src="https://image.tmdb.org/t/p/w342/abc_1-2.jpg"' in poster(film)


def test_a_film_that_tmdb_does_not_know_is_asked_for_once(film, tmdb):
    tmdb.get(ADDRESS.format(550), status=404, json={"status_code": 34})
    assert posters.fill().without == 1
    assert posters.fill().without == 0
    assert len(tmdb.calls) == 1


@pytest.mark.parametrize(
    "path", [None, "", "//evil.example/x.jpg", "/../x.jpg", '/"onload=.jpg', "/x.svg", 7, ["/a.jpg"]]
)
def test_a_path_that_is_none_is_not_stored(film, tmdb, path):
    tmdb.get(ADDRESS.format(550), json={"id": 550, "poster_path": path, "backdrop_path": None})
    assert posters.fill().found == 0
    film.refresh_from_db()
    assert film.poster_path == ""


def test_a_refused_key_ends_the_run_with_a_line_that_names_it(film, tmdb):
    factories.movie(tmdb_id=551, poster_path="")
    tmdb.get(ADDRESS.format(550), status=401, json={"status_code": 7})
    with pytest.raises(CommandError, match="TMDB_API_KEY"):
        call_command("fetch_posters", limit=1)


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"status": 200, "body": b"<html>"},
        {"status": 200, "json": [1, 2]},
        {"status": 200, "json": {"id": 7, "poster_path": "/other.jpg"}},
        {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
        {"body": requests.ConnectionError("https://api.themoviedb.org/?api_key=a-key-that-must-not-leak")},
    ],
)
def test_after_three_failures_in_a_row_it_stops_and_never_says_the_key(film, tmdb, trouble):
    for number in (551, 552, 553):
        factories.movie(tmdb_id=number, poster_path="")
    for number in (550, 551, 552, 553):
        tmdb.add(responses.GET, ADDRESS.format(number), **trouble)
    tmdb.assert_all_requests_are_fired = False
    report = posters.fill()
    assert report.stopped
    assert "must-not-leak" not in report.stopped
    assert len(tmdb.calls) == 3
    assert not Movie.objects.exclude(poster_path="").exists()


def test_asked_to_slow_down_it_waits_as_long_as_it_is_told(film, tmdb, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("catalog.services.posters.time.sleep", waited.append)
    tmdb.get(ADDRESS.format(550), status=429, headers={"Retry-After": "7"})
    posters.fill()
    assert 7 in waited


def test_without_a_key_nothing_is_asked(film, settings):
    settings.TMDB_API_KEY = ""
    assert posters.fill().stopped == "TMDB_API_KEY is not set"
