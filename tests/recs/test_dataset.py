"""The door from the database to the algorithms."""

import time

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from recs import dataset, feedback
from recs.models import Interaction
from tests import factories
from web.copy import copy_rows

pytestmark = pytest.mark.django_db


def weight(data, user, movie) -> float:
    row = data.user_ids.tolist().index(user.pk)
    return float(data.feedback[row, data.movie_ids.tolist().index(movie.pk)])


def test_everybodys_weights_are_those_of_the_one_function(viewer, stranger):
    films = [factories.movie() for _ in range(6)]
    for place, user in enumerate((viewer, stranger)):
        factories.rating(user, films[0], 4.5 - 3 * place)
        factories.mark(user, films[1], "watchlist")
        factories.mark(user, films[1], "like")
        factories.mark(user, films[2], "click", metadata={"from": "group"})
        factories.mark(user, films[3], "not_interested")
        factories.mark(user, films[4], "view")
    data = dataset.load()
    for user in (viewer, stranger):
        acts = Interaction.objects.filter(user=user)
        expected = feedback.weights(acts.values_list("movie_id", "interaction_type", "rating", "metadata"))
        assert {film.pk: pytest.approx(weight(data, user, film)) for film in films if weight(data, user, film)} == (
            expected
        )


def test_films_that_must_not_be_suggested_are_those_of_the_one_function(viewer):
    films = [factories.movie() for _ in range(3)]
    factories.mark(viewer, films[0], "click", metadata={"from": "group"})
    factories.mark(viewer, films[1], "click")
    factories.mark(viewer, films[1], "view")
    factories.mark(viewer, films[2], "watchlist")
    data = dataset.load()
    assert set(data.movie_ids[data.known[0].indices]) == {films[1].pk, films[2].pk}


def test_people_who_left_teach_nothing(viewer, stranger):
    film = factories.movie()
    factories.rating(viewer, film, 5)
    factories.rating(stranger, film, 5)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert dataset.load().user_ids.tolist() == [viewer.pk]


def test_an_empty_site_gives_an_empty_dataset():
    data = dataset.load()
    assert data.feedback.shape == (0, 0)
    assert data.genres.shape == (0, 0)


def test_films_come_with_their_genres_and_popularity():
    first = factories.movie(genres=["Comedy", "Drama"], popularity_score=3.5)
    second = factories.movie(genres=["Drama"])
    data = dataset.films()
    assert data.movie_ids.tolist() == [first.pk, second.pk]
    assert np.diff(data.genres.indptr).tolist() == [2, 1]
    assert data.popularity.tolist() == [3.5, 1.0]


def test_a_hundred_thousand_ratings_are_read_in_well_under_a_second(db):
    people = User.objects.bulk_create(
        User(username=f"p{number}", email=f"p{number}@example.org") for number in range(200)
    )
    films = [factories.movie().pk for _ in range(500)]
    with connection.cursor() as cursor:
        columns = ["user_id", "movie_id", "interaction_type", "rating", "source", "timestamp"]
        now = timezone.now()
        rows = ((who.pk, film, "rating", 4.0, "web", now) for who in people for film in films)
        copy_rows(cursor, "user_movie_interactions", columns, rows)
    start = time.process_time()
    assert dataset.load().feedback.nnz == 100_000
    assert time.process_time() - start < 1
