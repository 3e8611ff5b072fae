"""/film/<slug>/guess/: how many stars we expect, shown on request or beside the rating that was given."""

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Movie
from recs import artefacts, guesses
from recs.guesses import Guess
from recs.services import interactions
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/film/x/"}


class Model:
    """Guesses the mean of what it is told, give or take 0.6; it knows nobody's ratings of the last film."""

    def __init__(self, films: list[Movie]) -> None:
        self.movie_ids = np.array([film.pk for film in films])
        self.many = np.array([9] * (len(films) - 1) + [0])

    def predict(self, movies, rated):
        _columns, stars = rated
        return np.full(len(movies), stars.mean()), np.full(len(movies), 0.6)


@pytest.fixture
def films(monkeypatch) -> list[Movie]:
    films = [factories.movie(title=f"Film {number}") for number in range(9)]
    monkeypatch.setattr(artefacts, "load", lambda _name: artefacts.Artefact(Model(films), "v1", {}))
    return films


def rate(viewer, films: list[Movie], *ratings: float) -> None:
    for film, rating in zip(films, ratings, strict=False):
        factories.rating(viewer, film, rating)


def guess(client: Client, film: Movie, question: str = "", **headers: str) -> str:
    html = client.get(f"{reverse('recs:guess', args=[film.slug])}?{question}", headers=headers).content.decode()
    return " ".join(html.partition("<main")[2].split() if "<main" in html else html.split())


def test_on_request_it_says_the_stars_and_from_how_many_ratings(member, viewer, films):
    rate(viewer, films, 4, 4, 4, 4, 3.5)
    html = guess(member, films[7])
    assert "We guess <strong>3.9 ± 0.6</strong> stars." in html
    assert "From 5 of your ratings. In 8 of 10 such cases the rating is between 3.3 and 4.5." in html


def test_beside_a_rating_it_is_as_if_that_rating_were_not_there(member, viewer, films):
    rate(viewer, films, 4, 4, 4, 4, 3.5)
    factories.rating(viewer, films[7], 1)
    html = guess(member, films[7], "only=rated", **HTMX)
    assert "We guessed <strong>3.9 ± 0.6</strong>, you gave <strong>1</strong>." in html
    assert "You liked it less than we expected." in html


def test_unasked_it_is_not_shown_before_the_rating(member, viewer, films):
    rate(viewer, films, 4, 4, 4, 4, 4)
    html = guess(member, films[7], "only=rated", **HTMX)
    assert "Show our guess" in html
    assert "4.0" not in html


def test_what_was_asked_for_stays_and_what_came_with_a_rating_goes_with_it(member, viewer, films):
    rate(viewer, films, 4, 4, 4, 4, 4, 4)
    address = reverse("recs:guess", args=[films[7].slug])
    assert f'hx-get="{address}"' in guess(member, films[7], **HTMX)
    assert f'hx-get="{reverse("recs:guess", args=[films[0].slug])}?only=rated"' in guess(member, films[0], **HTMX)


@pytest.mark.parametrize(("known", "to_go"), [(0, "Rate 5 more films"), (4, "Rate 1 more film,")])
def test_with_few_ratings_it_says_how_many_more_it_needs(member, viewer, films, known, to_go):
    rate(viewer, films, *[4] * known)
    html = guess(member, films[7])
    assert "We know too little to guess." in html
    assert to_go in html


def test_the_rating_of_the_film_itself_is_not_counted_among_the_others(member, viewer, films):
    rate(viewer, films, 4, 4, 4, 4, 4)
    assert "Rate 1 more film," in guess(member, films[0])


def test_of_a_film_that_nobody_rated_there_is_no_guess(member, viewer, films):
    rate(viewer, films, 4, 4, 4, 4, 4)
    assert "Too few people here have rated this film." in guess(member, films[8])


def test_before_the_first_training_there_is_no_guess(member, viewer, films, monkeypatch):
    rate(viewer, films, 4, 4, 4, 4, 4)
    monkeypatch.setattr(artefacts, "load", lambda _name: None)
    assert "We know too little to guess." in guess(member, films[7])


def test_films_that_the_model_does_not_know_are_no_ratings_for_it(viewer, films):
    ratings = {film.pk: 4.0 for film in films[:5]} | {10**9: 0.5}
    found = guesses.of(ratings, films[7].pk)
    assert found == Guess(4.0, 0.6, 5)


def test_the_interval_ends_where_the_stars_end():
    found = Guess(stars=4.8, half=0.6, rated=9)
    assert (round(found.low, 1), found.high) == (4.2, 5.0)


@pytest.mark.parametrize(("given", "verdict"), [(5.0, "more than we expected"), (3.0, "less than"), (4.0, "Within")])
def test_the_verdict_goes_by_the_interval(given, verdict):
    assert verdict in Guess(stars=4.0, half=0.5, rated=9).verdict(given)


def test_a_rating_tells_the_films_page_to_ask_anew(member, films):
    path = reverse("recs:rate", args=[films[0].slug])
    answer = member.post(path, {f"{films[0].pk}-rating": "4"}, headers=HTMX)
    assert f"film-{films[0].pk}-changed" in answer.headers["HX-Trigger-After-Settle"]


def test_the_films_page_asks_by_itself_only_beside_a_rating(member, viewer, films):
    interactions.rate(user=viewer, movie=films[0], rating=4)
    assert 'hx-trigger="load, film-' in member.get(films[0].get_absolute_url()).content.decode()
    assert 'hx-trigger="film-' in member.get(films[1].get_absolute_url()).content.decode()


def test_a_visitor_is_asked_to_log_in(client, films):
    assert client.get(reverse("recs:guess", args=[films[0].slug])).status_code == 302
    assert "Show our guess" not in client.get(films[0].get_absolute_url()).content.decode()
