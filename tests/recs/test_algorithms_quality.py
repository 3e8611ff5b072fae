"""The personal models must find what popularity cannot: held-out likes of people never trained on."""

from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recs.algorithms import ALGORITHMS, Dataset
from recs.algorithms.base import Holdout
from recs.algorithms.tuning import climb, hide_latest, trial
from recs.evaluation import hide_some
from recs.evaluation import ndcg as mean_ndcg
from tests.recs import tastes


@cache
def world(seed: int = 7) -> Dataset:
    return tastes.low_rank(people=600, films=150, seed=seed)


@pytest.fixture
def data() -> Dataset:
    return world()


@cache
def ndcg(name: str, seed: int = 7, *, trained: int = 500) -> float:
    likes = world(seed).positives
    scorer = ALGORITHMS[name].fit(tastes.dataset(likes[:trained].toarray()), seed=1)
    folded, hidden = hide_some(likes[trained:], np.random.default_rng(2))
    some = np.diff(hidden.indptr) > 0
    folded, hidden = folded[some], hidden[some]
    return mean_ndcg(scorer.scores(folded), folded, hidden)


@pytest.mark.parametrize("name", ["collaborative", "hybrid", "matrix_factorization", "neighbours"])
def test_a_personal_model_beats_popularity_clearly(name):
    assert ndcg(name) > 1.2 * ndcg("popular")


def test_a_split_hides_a_fifth_and_loses_nothing(data):
    rows = data.positives[:50]
    folded, hidden = hide_some(rows, np.random.default_rng(0))
    assert (folded + hidden != rows).nnz == 0
    assert folded.multiply(hidden).nnz == 0
    assert (np.diff(hidden.indptr) == np.maximum(1, np.diff(rows.indptr) // 5))[np.diff(rows.indptr) > 0].all()


def test_a_blend_is_better_than_any_of_its_parts():
    """On three data sets together: on one of them chance can hide it."""
    parts = ("collaborative", "matrix_factorization", "popular")
    mean = {name: np.mean([ndcg(name, seed) for seed in (7, 8, 9)]) for name in (*parts, "hybrid")}
    assert mean["hybrid"] > max(mean[name] for name in parts)


def test_a_climb_finds_the_setting_that_ranks_best():
    moves = (lambda number: number + 1, lambda number: number - 1)
    assert climb(0, moves, lambda number: -((number - 4) ** 2), tries=20) == 4


def test_a_climb_tries_no_more_settings_than_it_may():
    tried = []
    climb(0, (lambda number: number + 1,), lambda number: tried.append(number) or number, tries=5)
    assert len(tried) == 5


def test_a_climb_ignores_gains_that_may_be_chance():
    assert climb(0, (lambda number: number + 1,), lambda number: number / 1000, tries=5, notice=0.01) == 0


def test_with_few_people_nothing_is_tuned(data):
    assert trial(data.only(np.arange(50)), None, seed=1) is None


def test_people_set_apart_are_not_learned_from(data):
    found = trial(data, None, seed=1)
    assert len(found.data.user_ids) + found.folded.shape[0] == len(data.user_ids)


def test_a_holdout_in_time_says_what_is_learned_from(data):
    before = data.only(np.arange(100))
    rows = data.positives[:30]
    found = trial(data, Holdout(rows, rows, learned=before), seed=1)
    assert found.data is before


def test_the_latest_likes_are_hidden():
    likes = csr_matrix(np.array([[1.0, 1.0, 1.0, 0.0, 1.0, 1.0]]))
    times = csr_matrix(np.array([[5.0, 9.0, 0.0, 1.0, 2.0, 3.0]]))
    holdout = hide_latest(likes, times)
    assert holdout.hidden.indices.tolist() == [1]
    assert holdout.folded.indices.tolist() == [0, 2, 4, 5]
    assert holdout.times.toarray().tolist() == [[5.0, 0.0, 0.0, 0.0, 2.0, 3.0]]
