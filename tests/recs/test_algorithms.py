"""What every registered algorithm must do, and what each one promises for itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as sparse_random

from recs.algorithms import ALGORITHMS, SCORERS, row_of
from recs.algorithms.base import linear_contributions
from recs.algorithms.item_item import ItemItem, edlae
from tests.recs import tastes

EVERY = sorted(ALGORITHMS)
PERSONAL = ["collaborative", "genre_based", "hybrid", "matrix_factorization", "neighbours"]
# Here each film's term is the same whatever else is known; the others weigh films together.
LINEAR = [name for name in EVERY if name not in {"hybrid", "matrix_factorization"}]


def fit(name, data, seed=1):
    return ALGORITHMS[name].fit(data, seed=seed)


def scores(scorer, history):
    return scorer.scores(row_of(history, scorer.movie_ids))[0]


def best_unseen(scorer, row):
    found = scorer.scores(row)[0]
    found[row.indices] = -np.inf
    return int(np.argmax(found))


def test_every_algorithm_has_a_scorer_of_its_name():
    assert {name: algorithm.name for name, algorithm in ALGORITHMS.items()} == {name: name for name in EVERY}
    assert {name: kind.name for name, kind in SCORERS.items()} == {name: name for name in EVERY}


@pytest.mark.parametrize("name", EVERY)
def test_the_film_held_out_from_a_taste_group_is_recommended(name):
    data = tastes.without(tastes.checkerboard(), person=2, film=1)
    assert best_unseen(fit(name, data), data.feedback[2]) == 1


@pytest.mark.parametrize("name", PERSONAL)
def test_the_smaller_taste_group_is_served_as_well(name):
    data = tastes.without(tastes.checkerboard(), person=12, film=8)
    assert best_unseen(fit(name, data), data.feedback[12]) == 8


@pytest.mark.parametrize("name", EVERY)
def test_scores_are_people_by_films(name):
    data = tastes.checkerboard()
    assert fit(name, data).scores(data.feedback[:3]).shape == (3, 11)


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_history_gives_the_baseline(name):
    scorer = fit(name, tastes.checkerboard())
    assert scores(scorer, {}) == pytest.approx(scorer.baseline)


@pytest.mark.parametrize("name", EVERY)
def test_a_film_that_the_model_does_not_know_changes_nothing(name):
    scorer = fit(name, tastes.checkerboard())
    assert scores(scorer, {101: 1.0, 999: 1.0, 2: 1.0}) == pytest.approx(scores(scorer, {101: 1.0}))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "table", [np.ones((6, 1)), np.ones((1, 6)), np.zeros((4, 5)), np.zeros((0, 3)), np.ones((1, 1))]
)
def test_tiny_and_empty_data_give_finite_scores(name, table):
    scorer = fit(name, tastes.dataset(table))
    assert np.isfinite(scores(scorer, {101: 1.0})).all()


@pytest.mark.parametrize("name", EVERY)
def test_data_without_a_single_like_give_finite_scores(name):
    assert np.isfinite(scores(fit(name, tastes.dataset(np.zeros((4, 5)))), {101: 1.0})).all()


@pytest.mark.parametrize("name", EVERY)
def test_people_and_films_without_a_like_do_no_harm(name):
    table = tastes.checkerboard().feedback.toarray()
    table[:, 3] = 0
    table[4] = 0
    assert np.isfinite(fit(name, tastes.dataset(table)).scores(csr_matrix(table))).all()


@pytest.mark.parametrize("name", EVERY)
def test_a_film_told_twice_counts_as_the_sum(name):
    data = tastes.checkerboard()
    scorer = fit(name, data)
    twice = csr_matrix((np.array([0.5, 0.5]), np.array([0, 0]), np.array([0, 2])), shape=(1, 11))
    assert scorer.scores(twice)[0] == pytest.approx(scores(scorer, {101: 1.0}))


@pytest.mark.parametrize("name", EVERY)
def test_a_scorer_survives_its_arrays(name):
    data = tastes.low_rank(people=60, films=30)
    scorer = fit(name, data)
    again = SCORERS[name].from_arrays({key: array.copy() for key, array in scorer.arrays().items()})
    assert (again.scores(data.feedback[:9]) == scorer.scores(data.feedback[:9])).all()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_gives_the_same_bytes(name):
    data = tastes.low_rank(people=150, films=40)
    first, second = fit(name, data, seed=5).arrays(), fit(name, data, seed=5).arrays()
    assert {key: array.tobytes() for key, array in first.items()} == {
        key: array.tobytes() for key, array in second.items()
    }


histories = st.dictionaries(st.sampled_from(range(101, 161, 2)), st.floats(-0.6, 1.0), max_size=12)


@pytest.fixture(scope="module")
def fitted():
    genres = csr_matrix(np.random.default_rng(3).random((30, 4)) < 0.4).astype(float)
    data = tastes.low_rank(people=120, films=30)
    data = tastes.dataset(data.feedback.toarray(), genres=genres, genre_ids=np.arange(4) + 1)
    return {name: fit(name, data) for name in EVERY}


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=40, deadline=None)
@given(history=histories)
def test_contributions_add_up_to_the_score(name, fitted, history):
    scorer = fitted[name]
    row = row_of(history, scorer.movie_ids)
    terms = scorer.contributions(row, np.arange(30))
    assert terms.shape == (len(row.indices), 30)
    assert scorer.baseline + terms.sum(axis=0) == pytest.approx(scorer.scores(row)[0], abs=1e-6)


@pytest.mark.parametrize("name", LINEAR)
@settings(max_examples=25, deadline=None)
@given(history=histories.filter(bool))
def test_without_a_film_the_score_loses_that_films_term(name, fitted, history):
    scorer = fitted[name]
    row = row_of(history, scorer.movie_ids)
    film = int(scorer.movie_ids[row.indices[0]])
    rest = {key: weight for key, weight in history.items() if key != film}
    lost = scores(scorer, history) - scores(scorer, rest)
    assert scorer.contributions(row, np.arange(30))[0] == pytest.approx(lost, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(history=histories.filter(bool))
def test_leaving_a_film_out_equals_scoring_without_it(fitted, history):
    scorer = fitted["matrix_factorization"]
    row = row_of(history, scorer.movie_ids)
    first = int(scorer.movie_ids[row.indices[0]])
    rest = {film: weight for film, weight in history.items() if film != first}
    assert scorer.without(row, np.arange(30))[0] == pytest.approx(scores(scorer, rest), abs=1e-6)


def test_edlae_is_the_closed_form():
    random = np.random.default_rng(0)
    likes = (random.random((50, 12)) < 0.4).astype(float)
    gram = likes.T @ likes
    inverse = np.linalg.inv(gram + 3.0 * np.eye(12) + 0.2 / 0.8 * np.diag(np.diag(gram)))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    made = edlae(np.asfortranarray(gram, dtype=np.float32), reg=3.0, dropout=0.2)
    assert made == pytest.approx(expected, abs=1e-4)


def test_no_dense_matrix_passes_the_stated_number_of_films():
    scorer = ItemItem(max_films=20).fit(tastes.low_rank(), seed=1)
    assert len(np.flatnonzero(np.diff(scorer.weights.indptr))) == 20


def test_only_the_strongest_weights_of_a_row_are_kept():
    scorer = ItemItem(keep=7, keep_all=10).fit(tastes.low_rank(), seed=1)
    assert np.diff(scorer.weights.indptr).max() == 7


def test_dislikes_teach_nothing_when_training():
    table = tastes.checkerboard().feedback.toarray()
    disliked = np.where(table == 0, -0.5, table)
    for name in EVERY:
        first, second = fit(name, tastes.dataset(table)), fit(name, tastes.dataset(disliked))
        assert all((first.arrays()[key] == array).all() for key, array in second.arrays().items())


def test_the_catalogue_orders_the_films_that_nobody_judged():
    scorer = fit("popular", tastes.dataset(np.zeros((3, 4)), popularity=np.array([1.0, 9.0, 4.0, 2.0])))
    assert np.argsort(-scores(scorer, {})).tolist() == [1, 2, 3, 0]


def test_a_named_genre_gives_its_favourites():
    scorer = fit("genre_based", tastes.checkerboard())
    found = scorer.scores_for([32, 999])
    assert (found[4:] > 0).all()
    assert (found[:4] == 0).all()


def test_a_film_is_nobodys_own_neighbour():
    scorer = fit("neighbours", tastes.low_rank())
    assert scorer.weights.diagonal().max() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"user_ids": np.arange(3)},
        {"movie_ids": np.arange(11)[::-1]},
        {"movie_ids": np.zeros(11, dtype=int)},
        {"popularity": np.zeros(3)},
        {"genre_ids": None},
        {"genres": csr_matrix((3, 2))},
        {"known": csr_matrix((11, 15))},
        {"feedback": csr_matrix(np.full((15, 11), np.nan))},
        {"feedback": csr_matrix((11, 15))},
    ],
)
def test_a_dataset_whose_parts_do_not_fit_is_refused(change):
    data = tastes.checkerboard()
    parts = {name: getattr(data, name) for name in type(data).__dataclass_fields__}
    with pytest.raises(ValueError):
        type(data)(**{**parts, **change})


def test_contributions_are_the_same_whichever_way_they_are_cut():
    """A matrix full of weights and a thin one take different ways."""
    random = np.random.default_rng(3)
    history = csr_matrix(random.random((1, 12)))
    asked = np.array([7, 0, 3])
    for share in (0.05, 0.9):
        weights = sparse_random(12, 12, density=share, format="csr", rng=random)
        wanted = weights.toarray()[:, asked] * history.data[:, None]
        assert np.allclose(linear_contributions(history, weights, asked), wanted)


def test_low_stars_teach_a_little_and_a_like_without_stars_in_full():
    data = tastes.dataset(np.array([[1.0, 1.0, 0.0, -0.4]]))
    data = replace(data, stars=csr_matrix(np.array([[5.0, 0.0, 2.5, 1.0]])))
    assert data.lessons(2.0).toarray() == pytest.approx(np.array([[1.0, 1.0, 0.25, 0.04]]))
    assert data.lessons(0.0).toarray() == pytest.approx(np.array([[1.0, 1.0, 0.0, 0.0]]))
