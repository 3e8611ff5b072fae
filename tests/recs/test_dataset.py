"""The door from the database to the algorithms."""

import datetime
import time

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from recs import dataset, feedback
from recs.features import words
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


def made_of(data, movie) -> dict[str, float]:
    row = data.features[data.movie_ids.tolist().index(movie.pk)]
    return dict(zip(data.feature_names[row.indices].tolist(), row.data.tolist(), strict=True))


def test_films_come_with_what_they_are_made_of():
    film = factories.movie(year=1994, genres=["Comedy"], original_language="fr")
    factories.movie()
    director, lead, second = (factories.person(name) for name in ("Ana", "Ben", "Cai"))
    factories.credit(film, director, cast_type="crew", job="Director")
    factories.credit(film, lead, order=0)
    factories.credit(film, second, order=3)
    assert made_of(dataset.films(), film) == {
        f"genre:{film.genres.get().pk}": 1,
        f"person:{director.pk}": 1,
        f"person:{lead.pk}": 1,
        f"person:{second.pk}": 0.5,
        "decade:1990": 1,
        "language:fr": 1,
    }


def test_a_film_of_which_nothing_is_known_has_no_features():
    film = factories.movie(release_date=None, original_language="")
    film.genres.clear()
    assert made_of(dataset.films(), film) == {}


def test_somebody_with_several_parts_in_a_film_counts_once():
    film, maker = factories.movie(), factories.person()
    factories.credit(film, maker, cast_type="crew", job="Director")
    factories.credit(film, maker, order=0)
    assert made_of(dataset.films(), film)[f"person:{maker.pk}"] == 1


def test_words_are_neither_rare_nor_common_nor_small():
    texts = [f"their robot No{'x' * number}" for number in range(1, 5)] + ["nothing at all"] * 40
    ids = np.arange(len(texts)) * 3
    table, names = words(ids, texts, ids)
    assert names.tolist() == ["robot"]
    assert table.toarray().ravel().tolist() == [1] * 4 + [0] * 40


def test_stars_are_all_ratings_and_times_are_those_of_the_acts_that_count(viewer):
    first, second = factories.movie(), factories.movie()
    then = datetime.datetime(1970, 1, 11, 12, tzinfo=datetime.UTC)
    factories.rating(viewer, first, 2.5)
    factories.mark(viewer, first, "favorite", timestamp=then)
    factories.mark(viewer, second, "click")
    data = dataset.load()
    assert data.stars.toarray().tolist() == [[2.5, 0]]
    assert data.times.toarray().tolist() == [[10.5, 0]]


def test_groups_are_those_of_people_who_allow_it(viewer, stranger):
    film = factories.movie()
    for user in (viewer, stranger):
        factories.rating(user, film, 4)
    User.objects.update(country="  South  KOREA", preferred_language="ko", date_of_birth="1990-01-01")
    User.objects.filter(pk=stranger.pk).update(allow_demographic_targeting=False)
    data = dataset.load()
    assert [sorted(data.group_names[row.indices]) for row in data.groups] == [
        sorted(dataset.groups_of(User.objects.get(pk=viewer.pk))),
        dataset.groups_of(User.objects.get(pk=stranger.pk)),
    ]
    assert {"country:south korea", "language:ko"} < set(data.group_names)


@pytest.mark.parametrize(
    ("years", "days", "band"),
    [(1, 0, "0-17"), (18, -8, "0-17"), (18, 8, "18-24"), (34, 300, "25-34"), (64, 300, "55-64"), (110, 0, "65+")],
)
def test_people_of_an_age_are_in_one_band(viewer, years, days, band):
    today = timezone.localdate()
    viewer.date_of_birth = today.replace(year=today.year - years, day=min(today.day, 28)) - datetime.timedelta(days)
    viewer.save()
    factories.rating(viewer, factories.movie(), 4)
    assert f"age:{band}" in dataset.groups_of(viewer)
    assert f"age:{band}" in dataset.load().group_names


def test_a_birthday_that_is_yet_to_come_puts_nobody_in_a_band(viewer):
    viewer.date_of_birth = timezone.localdate() + datetime.timedelta(400)
    assert dataset.groups_of(viewer) == ["language:en"]
