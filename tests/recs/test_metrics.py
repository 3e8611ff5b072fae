"""The measures against rankings that were worked out by hand, and against slow and obvious ways to compute them."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

from recs.evaluation import intervals, metrics, ndcg

# Two people, six films. The first knows film 0 and is to find 2 and 5; the second knows 3 and is to find 0.
SCORES = np.array([[9.0, 8, 7, 6, 5, 4], [3.0, 3, 1, 9, 2, 3]])
KNOWN = csr_matrix(np.array([[1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]]))
HIDDEN = csr_matrix(np.array([[0, 0, 1, 0, 0, 1], [1, 0, 0, 0, 0, 0]]))
HELD = np.array([2, 1])


@pytest.fixture
def top():
    return metrics.best(SCORES.copy(), KNOWN, depth=5)


def test_the_best_films_come_first_equals_in_the_catalogues_order_and_known_ones_not_at_all(top):
    assert top.tolist() == [[1, 2, 3, 4, 5], [0, 1, 5, 4, 2]]


def test_recall_is_out_of_what_can_be_found(top):
    hit = metrics.hits(top, HIDDEN)
    assert metrics.recall_at(hit, HELD, 1).tolist() == [0.0, 1.0]
    assert metrics.recall_at(hit, HELD, 2).tolist() == [0.5, 1.0]
    assert metrics.recall_at(hit, HELD, 5).tolist() == [1.0, 1.0]


def test_ndcg_discounts_by_place(top):
    hit = metrics.hits(top, HIDDEN)
    ideal = 1 + 1 / np.log2(3)
    wanted = (1 / np.log2(3) + 1 / np.log2(6)) / ideal
    assert metrics.ndcg_at(hit, HELD, 5) == pytest.approx([wanted, 1.0])
    assert metrics.ndcg_at(hit, HELD, 2) == pytest.approx([(1 / np.log2(3)) / ideal, 1.0])


def test_a_list_shorter_than_asked_for_ends_with_nothing():
    known = csr_matrix(np.array([[1, 1, 0]]))
    assert metrics.best(np.array([[3.0, 2, 1]]), known, depth=5).tolist() == [[2, -1, -1, -1, -1]]


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="finite"):
        metrics.best(np.array([[np.nan, 1.0]]), csr_matrix((1, 2)), depth=1)


def test_novelty_and_popularity_know_how_many_liked_a_film():
    likes = csr_matrix(np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]]))
    catalogue = metrics.Catalogue.of(likes, None)
    top = np.array([[0, 1], [2, -1]])
    assert catalogue.novelty(top) == pytest.approx([0.5, 2.0])  # bits: 0 and 1; and a film that nobody liked
    assert catalogue.popularity(top) == pytest.approx([100 * 4 / 6, 100 / 6])


def test_diversity_is_what_two_films_do_not_share():
    genres = csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [1, 1]]))
    catalogue = metrics.Catalogue.of(csr_matrix((1, 4)), genres)
    found = catalogue.diversity(np.array([[0, 1], [0, 2], [0, 3], [0, -1]]))
    assert found == pytest.approx([0.0, 1.0, 1 - 1 / np.sqrt(2), np.nan], nan_ok=True)


score_tables = arrays.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 9)), elements=st.integers(-3, 3))


@settings(max_examples=100, deadline=None)
@given(scores=score_tables, data=st.data(), depth=st.integers(1, 12))
def test_the_quick_ranking_is_the_plain_sort(scores, data, depth):
    known = data.draw(arrays.arrays(bool, scores.shape))
    found = metrics.best(scores.copy(), csr_matrix(known), depth=depth)
    for row, marks, mine in zip(scores, known, found, strict=True):
        wanted = sorted(np.flatnonzero(~marks), key=lambda film: (-row[film], film))[:depth]
        assert mine.tolist() == wanted + [-1] * (depth - len(wanted))


@settings(max_examples=100, deadline=None)
@given(scores=score_tables, data=st.data(), depth=st.integers(1, 12))
def test_measures_lie_between_nothing_and_all(scores, data, depth):
    state = data.draw(arrays.arrays(np.int8, scores.shape, elements=st.integers(0, 2)))
    state[:, 0] = 1
    hidden = csr_matrix(state == 1)
    hit = metrics.hits(metrics.best(scores.copy(), csr_matrix(state == 2), depth=depth), hidden)
    held = np.diff(hidden.indptr)
    for measure in (metrics.recall_at, metrics.ndcg_at):
        values = measure(hit, held, depth)
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()


@settings(max_examples=50, deadline=None)
@given(table=arrays.arrays(bool, st.tuples(st.integers(1, 5), st.integers(2, 9))))
def test_a_perfect_ranking_scores_one(table):
    table[:, 0] = True
    assert ndcg(table.astype(float), csr_matrix(table.shape), csr_matrix(table)) == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(table=arrays.arrays(np.int8, (6, 4), elements=st.integers(0, 1)), films=st.permutations(range(6)))
def test_diversity_is_the_mean_over_all_pairs(table, films):
    table[0, 0] = 1
    found = metrics.Catalogue.of(csr_matrix((1, 6)), csr_matrix(table)).diversity(np.array([films[:4]]))
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1)
    pairs = [1 - unit[one] @ unit[other] for one, other in combinations(films[:4], 2)]
    assert found == pytest.approx([np.mean(pairs)])


def test_a_mean_has_its_textbook_error():
    found = intervals.mean(np.array([0.0, 1.0, 1.0, np.nan]), seed=1)
    assert found.value == pytest.approx(2 / 3)
    assert found.error == pytest.approx(1 / 3)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    random = np.random.default_rng(4)
    samples = random.beta(0.5, 2.0, size=(300, 80))
    held = [found.low <= 0.2 <= found.high for found in (intervals.mean(row, seed=0) for row in samples)]
    assert 0.90 <= np.mean(held) <= 0.98


def test_the_same_seed_draws_the_same_people():
    values = np.random.default_rng(0).random(50)
    assert intervals.mean(values, seed=3) == intervals.mean(values, seed=3)
    shifted = intervals.mean(values + 1, seed=3)
    assert shifted.low == pytest.approx(intervals.mean(values, seed=3).low + 1)


def test_coverage_loses_without_a_person_what_only_they_were_shown():
    lists = np.array([[0, 1], [1, 2], [1, -1]])
    found = intervals.share_seen(lists, 6)
    without = [len(set(np.delete(lists, person, axis=0).ravel()) - {-1}) / 6 for person in range(3)]
    assert found.value == pytest.approx(0.5)
    assert found.error == pytest.approx(np.sqrt(2 / 3 * np.sum((without - np.mean(without)) ** 2)))


def test_a_root_of_a_ratio_weighs_people_by_what_they_gave():
    found = intervals.ratio(np.array([4.0, 12.0]), np.array([1.0, 3.0]), seed=0, root=True)
    assert (found.value, found.low, found.high) == (2.0, 2.0, 2.0)
