"""The personal models must find what popularity cannot: held-out likes of people never trained on."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recs.algorithms import ALGORITHMS
from recs.algorithms.tuning import choose
from recs.evaluation import hide_some
from recs.evaluation import ndcg as mean_ndcg
from tests.recs import tastes


@pytest.fixture(scope="module")
def data():
    return tastes.low_rank(people=600, films=150)


def ndcg(name: str, data, *, trained: int = 500) -> float:
    likes = data.positives
    scorer = ALGORITHMS[name].fit(tastes.dataset(likes[:trained].toarray()), seed=1)
    folded, hidden = hide_some(likes[trained:], np.random.default_rng(2))
    some = np.diff(hidden.indptr) > 0
    folded, hidden = folded[some], hidden[some]
    return mean_ndcg(scorer.scores(folded), folded, hidden)


@pytest.mark.parametrize("name", ["collaborative", "neighbours"])
def test_a_personal_model_beats_popularity_clearly(name, data):
    assert ndcg(name, data) > 1.2 * ndcg("popular", data)


def test_a_split_hides_a_fifth_and_loses_nothing(data):
    rows = data.positives[:50]
    folded, hidden = hide_some(rows, np.random.default_rng(0))
    assert (folded + hidden != rows).nnz == 0
    assert folded.multiply(hidden).nnz == 0
    assert (np.diff(hidden.indptr) == np.maximum(1, np.diff(rows.indptr) // 5))[np.diff(rows.indptr) > 0].all()


def test_the_search_picks_the_setting_that_ranks_best(data):
    likes = data.positives

    def fit(learned: csr_matrix, good: bool) -> np.ndarray:
        together = (learned.T @ learned).toarray()
        return together if good else -together

    assert choose(likes, [False, True], fit, default=False, seed=1) is True


def test_with_few_people_the_default_is_taken(data):
    likes = data.positives[:50]
    assert choose(likes, ["a", "b"], lambda *_: np.zeros((150, 150)), default="default", seed=1) == "default"
