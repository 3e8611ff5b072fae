"""Predicted stars: near the truth, honest about how near, and the same for whoever asks with the same ratings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs.algorithms import MODELS, RatingModel
from recs.algorithms.ratings import Ratings
from recs.evaluation.ratings import Biases, split
from tests.recs import tastes

PEOPLE, FILMS = 300, 120


def people_with_leanings(seed: int = 3, noise: float = 0.6):
    """Stars from 1 to 5 by halves: a film's height, a person's kindness, two leanings, and chance."""
    random = np.random.default_rng(seed)
    table = 3.4 + random.normal(0, 0.4, (PEOPLE, 1)) + random.normal(0, 0.5, (1, FILMS))
    table = table + random.normal(0, 0.9, (PEOPLE, 2)) @ random.normal(0, 0.7, (2, FILMS))
    stars = np.clip(np.round(2 * (table + random.normal(0, noise, table.shape))) / 2, 0.5, 5)
    fame = random.random(FILMS) ** 2
    seen = random.random(table.shape) < 0.05 + 0.6 * fame * random.random((PEOPLE, 1))
    given = csr_matrix(np.where(seen, stars, 0.0))
    return replace(tastes.dataset(np.zeros(table.shape)), stars=given)


@pytest.fixture(scope="module")
def hidden():
    return split(people_with_leanings(), seed=1)


@pytest.fixture(scope="module")
def model(hidden):
    return RatingModel.fit(hidden.train, seed=1)


def rmse(means, hidden) -> float:
    return float(np.sqrt(((means - hidden.stars) ** 2).mean()))


def test_it_is_clearly_nearer_than_biases_alone(hidden, model):
    means, _ = model.predict_many(hidden.rows, hidden.columns, hidden.known)
    biases, _ = Biases().fit(hidden.train, seed=1).predict_many(hidden.rows, hidden.columns, hidden.known)
    assert rmse(means, hidden) < 0.93 * rmse(biases, hidden)


def test_four_of_five_intervals_hold_the_rating(hidden, model):
    means, halves = model.predict_many(hidden.rows, hidden.columns, hidden.known)
    assert 0.76 < (np.abs(means - hidden.stars) <= halves).mean() < 0.84


def test_people_who_came_after_the_training_are_served_as_well():
    data = people_with_leanings()
    model, biases = (algorithm.fit(data.only(np.arange(240)), seed=1) for algorithm in (RatingModel, Biases()))
    new = split(data.only(np.arange(240, PEOPLE)), seed=2)
    means, halves = model.predict_many(new.rows, new.columns, new.known)
    plain, _ = biases.predict_many(new.rows, new.columns, new.known)
    assert rmse(means, new) < 0.97 * rmse(plain, new)
    assert 0.7 < (np.abs(means - new.stars) <= halves).mean() < 0.9


def test_one_at_a_time_or_all_at_once_makes_no_difference(hidden, model):
    together = model.predict_many(hidden.rows, hidden.columns, hidden.known)
    for person in range(20):
        asked, own = hidden.rows == person, hidden.known[person]
        alone = model.predict(hidden.columns[asked], (own.indices, own.data))
        for whole, single in zip(together, alone, strict=True):
            assert single == pytest.approx(whole[asked], abs=1e-3)


def test_the_interval_narrows_as_more_is_known_of_a_person(model):
    asked, rated = np.arange(100, FILMS), np.arange(60)
    stars = model.predict(rated, (rated[:0], np.empty(0)))[0]  # a person just as expected
    widths = [model.predict(asked, (rated[:many], stars[:many]))[1].mean() for many in (0, 10, 60)]
    assert widths == sorted(widths, reverse=True)


def test_somebody_who_rated_nothing_gets_what_films_get_on_the_whole(hidden, model):
    means, halves = model.predict(np.arange(FILMS), (np.empty(0, dtype=int), np.empty(0)))
    many = np.bincount(hidden.known.indices, minlength=FILMS)
    heights = np.bincount(hidden.known.indices, hidden.known.data, FILMS) / np.maximum(many, 1)
    assert np.corrcoef(means[many > 20], heights[many > 20])[0, 1] > 0.75
    assert (halves > 0.5).all()


@settings(max_examples=50, deadline=None)
@given(rated=st.dictionaries(st.integers(0, FILMS - 1), st.integers(1, 10).map(lambda half: half / 2), max_size=40))
def test_whatever_somebody_rated_the_answer_is_on_the_scale(model, rated):
    columns, stars = np.array(list(rated), dtype=int), np.array(list(rated.values()))
    means, halves = model.predict(np.arange(FILMS), (columns, stars))
    assert ((means >= 0.5) & (means <= 5)).all()
    assert ((halves > 0) & (halves < 5)).all()


def test_the_order_of_ratings_changes_nothing(model):
    columns, stars = np.array([3, 9, 40]), np.array([1.0, 4.5, 3.0])
    there, back = (model.predict(np.arange(FILMS), (columns[way], stars[way])) for way in ([0, 1, 2], [2, 1, 0]))
    assert there[0] == pytest.approx(back[0])


def test_a_model_survives_its_arrays(hidden, model):
    again = MODELS["ratings"].from_arrays({key: array.copy() for key, array in model.arrays().items()})
    for first, second in zip(
        *(one.predict_many(hidden.rows, hidden.columns, hidden.known) for one in (model, again)), strict=True
    ):
        assert (first == second).all()


def test_the_same_seed_gives_the_same_bytes(hidden, model):
    again = RatingModel.fit(hidden.train, seed=1)
    assert all(again.arrays()[key].tobytes() == array.tobytes() for key, array in model.arrays().items())


def test_what_a_film_is_made_of_speaks_for_one_that_nobody_rated():
    """Everybody gives films of the first genre more; the last film of each genre has no ratings."""
    random = np.random.default_rng(5)
    genre = np.arange(40) % 2
    stars = np.clip(np.round(4.2 - 1.6 * genre + random.normal(0, 0.5, (80, 40))), 1, 5)
    stars[:, -2:] = 0
    genres = csr_matrix(np.eye(2)[genre])
    data = replace(
        tastes.dataset(np.zeros(stars.shape), genres=genres, genre_ids=np.array([1, 2])), stars=csr_matrix(stars)
    )
    liked, other = RatingModel.fit(data, seed=1).predict(np.array([38, 39]), (np.arange(4), np.array([4, 3, 4, 3.0])))[
        0
    ]
    assert liked > other + 0.5


@pytest.mark.parametrize(
    "table",
    [np.zeros((0, 3)), np.zeros((4, 5)), np.full((1, 1), 4.0), np.full((6, 1), 2.0), np.full((60, 40), 3.5)],
)
def test_tiny_empty_and_even_data_give_an_answer(table):
    data = replace(tastes.dataset(np.zeros(table.shape)), stars=csr_matrix(table))
    means, halves = RatingModel.fit(data, seed=1).predict(np.arange(table.shape[1]), (np.array([0]), np.array([3.5])))
    assert np.isfinite(means).all()
    assert (np.isfinite(halves) & (halves > 0)).all()


def test_data_without_stars_give_an_answer():
    means, _ = RatingModel.fit(tastes.checkerboard(), seed=1).predict(np.arange(3), (np.array([0]), np.array([5.0])))
    assert np.isfinite(means).all()


def test_a_catalogue_without_films_can_be_asked_nothing():
    means, halves = RatingModel.fit(tastes.dataset(np.zeros((3, 0))), seed=1).predict(
        np.empty(0, dtype=int), (np.empty(0, dtype=int), np.empty(0))
    )
    assert len(means) == len(halves) == 0


def test_more_sweeps_only_refine(hidden):
    """The noise that is left falls and levels out: the bound that variational Bayes climbs."""
    long, short = (Ratings(sweeps=many, more=1).fit(hidden.train, seed=1) for many in (12, 3))
    assert long.numbers[1] < short.numbers[1]
