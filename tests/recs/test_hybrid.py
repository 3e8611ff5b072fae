"""The blend: its weights, its exact terms, and what can be turned down."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs.algorithms import SCORERS, terms
from recs.algorithms.blending import KNOTS, Questions, learn, spread
from recs.algorithms.hybrid import Hybrid
from recs.algorithms.hybrid_scorer import CONTENT
from recs.algorithms.timeline import Timeline, recent
from tests.recs import tastes

FILMS = 30
ALL = np.arange(FILMS)


def data(people=140):
    """With times, and two features a film."""
    random = np.random.default_rng(5)
    liked = tastes.low_rank(people=people, films=FILMS)
    times = liked.feedback.copy()
    times.data = random.integers(10_000, 12_000, times.nnz).astype(float)
    features = csr_matrix((random.random((FILMS, 6)) < 0.4).astype(float))
    names = np.array([f"genre:{number}" for number in range(6)])
    return replace(liked, times=times, features=features, feature_names=names)


@pytest.fixture(scope="module")
def scorer():
    return Hybrid().fit(data(), seed=1)


rows = st.dictionaries(
    st.integers(0, FILMS - 1), st.floats(-0.6, 1.0).filter(lambda weight: abs(weight) > 0.01), max_size=10
)


def history(row):
    table = np.zeros((1, FILMS))
    table[0, list(row)] = list(row.values())
    return csr_matrix(table)


@settings(max_examples=40, deadline=None)
@given(row=rows, dim=st.floats(0, 1), popularity=st.floats(0, 1))
def test_the_terms_sum_to_the_score_also_when_turned_down(scorer, row, dim, popularity):
    known = history(row)
    times = known.copy()
    times.data = 11_000.0 + np.arange(known.nnz)
    turned = replace(scorer, half=3.0).adjusted({"genre:2": dim}, popularity=popularity)
    found = terms(turned, known, ALL, times)
    assert found.films.shape == (known.nnz, FILMS)
    assert found.total == pytest.approx(turned.scores(known, times)[0], abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(row=rows.filter(bool))
def test_leaving_a_film_out_equals_scoring_without_it(scorer, row):
    known = history(row)
    rest = history({film: weight for film, weight in row.items() if film != known.indices[0]})
    assert scorer.without(known, ALL)[0] == pytest.approx(scorer.scores(rest)[0], abs=1e-6)


def test_without_popularity_nobody_gets_anything_from_it(scorer):
    known = history({3: 1.0})
    assert not terms(scorer.adjusted({}, popularity=0.0), known, ALL).popularity.any()


def test_a_feature_turned_off_adds_nothing(scorer):
    known = history({3: 1.0, 8: 1.0})
    found = terms(scorer.adjusted({"genre:1": 0.0}), known, ALL)
    assert not found.features[found.feature_names == "genre:1"].any()


def test_a_film_that_nobody_judged_is_reached_by_what_it_is_made_of():
    known = data()
    table = known.feedback.toarray()
    table[:, [4, 9]] = 0
    features = np.zeros((FILMS, 2))
    features[[1, 2, 4], 0] = 1
    features[[5, 6, 9], 1] = 1
    names = np.array(["genre:1", "genre:2"])
    unseen = tastes.dataset(table, features=csr_matrix(features), feature_names=names)
    found = Hybrid().fit(unseen, seed=1).scores(history({1: 1.0, 2: 1.0}))[0]
    assert found[4] > found[9]


def test_a_saved_blend_keeps_its_content_and_its_times(scorer):
    again = SCORERS["hybrid"].from_arrays(scorer.arrays())
    known = data()
    assert CONTENT in again.parts
    assert (
        again.scores(known.feedback[:5], known.times[:5]) == scorer.scores(known.feedback[:5], known.times[:5])
    ).all()


def test_fitted_parts_are_taken_as_they_are(scorer):
    again = Hybrid().fit(data(), seed=1, fitted={"collaborative": scorer.parts["collaborative"]})
    assert again.parts["collaborative"] is scorer.parts["collaborative"]


def test_weights_between_knots_are_mixed():
    shares = spread(np.array([0, 2, 10**6]))
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[0, 0] == shares[2, -1] == 1
    assert (shares[1] > 0).tolist() == [False, True, True] + [False] * (len(KNOTS) - 3)


def test_learning_finds_the_feature_that_knows():
    random = np.random.default_rng(3)
    questions = Questions.empty()
    hidden = csr_matrix(random.random((200, 60)) < 0.1).astype(float)
    features = random.random((200, 2, 60))
    features[:, 1] += hidden.toarray()
    start = np.full((len(KNOTS), 2), 0.5)
    questions.ask(features, csr_matrix((200, 60)), hidden, start=start, random=random)
    weights = learn(questions, start, people=200)
    assert (weights[0, 1] - weights[0, 0]) > 0.3


def test_a_film_counts_less_the_more_films_came_after_it():
    known, times = csr_matrix(np.ones((1, 3))), csr_matrix(np.array([[30.0, 10.0, 20.0]]))
    assert recent(known, times, half=1.0).toarray().tolist() == [[1.0, 0.25, 0.5]]


def test_without_times_the_latest_taste_is_the_whole_taste():
    known = history({1: 1.0, 2: 1.0})
    assert recent(known, None, half=5.0) is known


def test_a_film_of_its_time_is_known_to_be():
    table = np.zeros((1200, 4))
    table[:600, :2] = table[600:, 2:] = 1
    times = table * np.where(np.arange(1200) < 600, 1_000.0, 2_000.0)[:, None]
    line = Timeline.of(replace(tastes.dataset(table), times=csr_matrix(times)))
    early = line.lately(csr_matrix(np.array([[1_000.0, 0, 0, 0]])), 1)[0]
    assert early[0] > early[2]
    assert line.now[2] > line.now[0]
