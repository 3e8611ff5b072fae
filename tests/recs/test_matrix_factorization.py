"""Factors of people and films: the solver against the plain equations, and folding people in."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recs.algorithms.als import Objective, factorise
from recs.algorithms.matrix_factorization import FactorScorer, MatrixFactorization
from tests.recs import tastes

OBJECTIVE = Objective(factors=8, weight=5.0, reg=0.05)


def loss(likes, people, films):
    """The objective as it is written down, cell by cell."""
    table = likes.toarray()
    error = ((1 + OBJECTIVE.weight * table) * ((table > 0) - people @ films.T) ** 2).sum()
    by_person = OBJECTIVE.regs(likes) @ (people**2).sum(axis=1)
    return error + by_person + OBJECTIVE.regs(likes.T.tocsr()) @ (films**2).sum(axis=1)


@pytest.fixture(scope="module")
def likes():
    return tastes.low_rank(people=80, films=40).positives


@pytest.fixture(scope="module")
def scorer():
    return MatrixFactorization(factors=8, tries=1).fit(tastes.low_rank(people=80, films=40), seed=1)


def test_the_quick_solver_gets_as_low_as_the_exact_one(likes):
    quick = loss(likes, *factorise(likes, OBJECTIVE, sweeps=25, seed=1))
    exact = loss(likes, *factorise(likes, OBJECTIVE, sweeps=25, seed=1, exact=True))
    assert quick == pytest.approx(exact, rel=0.02)


def test_a_sweep_of_the_exact_solver_solves_the_equations(likes):
    people, films = factorise(likes, OBJECTIVE, sweeps=1, seed=1, exact=True)
    person, film = people.astype(float), 3
    liked = likes.toarray()[:, film]
    left = person.T @ (person * (1 + OBJECTIVE.weight * liked)[:, None])
    left += OBJECTIVE.regs(likes.T.tocsr())[film] * np.eye(8)
    right = person.T @ ((1 + OBJECTIVE.weight * liked) * (liked > 0))
    assert films[film] == pytest.approx(np.linalg.solve(left, right), abs=1e-5)


def test_threads_change_no_byte(likes):
    alone, together = (factorise(likes, OBJECTIVE, sweeps=4, seed=1, threads=many)[1] for many in (1, 4))
    assert alone.tobytes() == together.tobytes()


def test_a_frequent_row_is_held_back_more(likes):
    regs = OBJECTIVE.regs(likes)
    assert (np.diff(regs[np.argsort(np.diff(likes.indptr), kind="stable")]) >= 0).all()


def test_every_film_left_out_equals_folding_in_without_it(scorer):
    row = csr_matrix(np.where(np.arange(40) < 6, [[0.5, -0.4, 1.0, 0.8, -0.6, 0.1] + [0] * 34], 0))
    asked = np.arange(40)
    for place, scores in enumerate(scorer.without(row, asked)):
        rest = row.copy()
        rest.data[place] = 0
        rest.eliminate_zeros()
        assert scores == pytest.approx(scorer.scores(rest)[0], abs=1e-6)


def test_a_disliked_film_loses(scorer):
    row = csr_matrix(np.eye(40)[[4]])
    assert scorer.scores(-row)[0, 4] < 0 < scorer.scores(row)[0, 4]


def test_many_people_are_folded_in_as_each_alone(scorer, likes):
    together = scorer.scores(likes)
    assert together[7] == pytest.approx(scorer.scores(likes[7])[0], abs=1e-12)


def test_a_film_that_nobody_liked_has_no_factors():
    table = tastes.low_rank(people=80, films=40).feedback.toarray()
    table[:, 5] = 0
    scorer = MatrixFactorization(factors=8).learn(tastes.dataset(table), seed=1)
    assert not scorer.factors[5].any()


def test_the_settings_travel_with_the_factors(scorer):
    again = FactorScorer.from_arrays(scorer.arrays())
    assert (again.weight, again.reg, again.exponent, again.mean) == (
        scorer.weight,
        scorer.reg,
        scorer.exponent,
        scorer.mean,
    )
