"""How data are divided for an evaluation: exactly as published, and without a leak."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

from recs.algorithms import Dataset
from recs.evaluation import data as reading
from recs.evaluation import protocols, splits
from tests.recs import tastes

tables = arrays.arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 12)), elements=st.integers(0, 1))


def timed(data: Dataset, *, seed: int = 0) -> Dataset:
    times = data.feedback.astype(float)
    times.data = 9_000 + np.random.default_rng(seed).random(times.nnz) * 1_000
    return replace(data, times=times)


@pytest.fixture(scope="module")
def people() -> Dataset:
    return timed(tastes.low_rank(people=300, films=120))


def pairs(rows: csr_matrix) -> set[tuple[int, int]]:
    return set(zip(*map(np.ndarray.tolist, rows.nonzero()), strict=True))


@settings(max_examples=60, deadline=None)
@given(table=tables, seed=st.integers(0, 2**31))
def test_a_fold_loses_nothing_and_tells_nothing_twice(table, seed):
    rows = csr_matrix(table)
    folded, hidden = splits.fold(rows, seed=seed)
    assert pairs(folded) | pairs(hidden) == pairs(rows)
    assert not pairs(folded) & pairs(hidden)


@settings(max_examples=60, deadline=None)
@given(table=tables, seed=st.integers(0, 2**31))
def test_a_fold_hides_a_fifth_at_least_one_and_never_the_only_film(table, seed):
    rows = csr_matrix(table)
    many = np.diff(rows.indptr)
    _, hidden = splits.fold(rows, seed=seed)
    assert (np.diff(hidden.indptr) == np.where(many > 1, np.maximum(1, many // 5), 0)).all()


def test_the_fold_is_the_draw_of_numpys_old_generator():
    rows = csr_matrix(np.ones((2, 10)))
    random = np.random.RandomState(98765)
    wanted = [sorted(random.choice(10, size=2, replace=False).tolist()) for _ in range(2)]
    _, hidden = splits.fold(rows, seed=98765)
    assert [hidden[person].indices.tolist() for person in range(2)] == wanted


@settings(max_examples=60, deadline=None)
@given(table=tables, seed=st.integers(0, 2**31), few=st.integers(0, 5))
def test_fewer_known_films_are_among_the_more(table, seed, few):
    rows = csr_matrix(table)
    fewer, more = splits.keep(rows, few, seed=seed), splits.keep(rows, few + 2, seed=seed)
    assert pairs(fewer) <= pairs(more) <= pairs(rows)
    assert (np.diff(fewer.indptr) == np.minimum(np.diff(rows.indptr), few)).all()


def test_strong_takes_the_people_in_the_published_order(people):
    split = protocols.strong(people)
    able = np.sort(people.user_ids[np.diff(people.feedback.indptr) >= 5])
    order = able[np.random.RandomState(98765).permutation(len(able))]
    held = int(0.1 * len(able))
    assert set(split.train.user_ids) == set(order[: len(able) - 2 * held])
    assert set(split.people) == set(order[len(able) - held :])


def test_strong_trains_on_nobody_who_is_tested(people):
    split = protocols.strong(people)
    assert not set(split.people) & set(split.train.user_ids)


def test_strongs_catalogue_is_what_the_training_people_liked(people):
    split = protocols.strong(people)
    assert (np.bincount(split.train.feedback.indices, minlength=len(split.train.movie_ids)) > 0).all()
    assert split.test.folded.shape[1] == split.validation.folded.shape[1] == len(split.train.movie_ids)


@pytest.mark.parametrize("protocol", [protocols.strong, protocols.temporal])
def test_everybody_tested_has_something_known_and_something_to_be_found(protocol, people):
    for part in (protocol(people).test, protocol(people).validation):
        assert np.diff(part.folded.indptr).min() >= 1
        assert np.diff(part.hidden.indptr).min() >= 1
        assert not pairs(part.folded) & pairs(part.hidden)


@pytest.mark.parametrize("protocol", [protocols.strong, protocols.temporal])
def test_the_same_seed_gives_the_same_split(protocol, people):
    first, second = protocol(people, seed=3), protocol(people, seed=3)
    assert (first.test.hidden != second.test.hidden).nnz == 0
    assert (first.train.feedback != second.train.feedback).nnz == 0


def test_another_seed_tests_other_people(people):
    assert set(protocols.strong(people, seed=1).people) != set(protocols.strong(people, seed=2).people)


def test_temporal_trains_on_nothing_later_than_what_it_asks_for(people):
    split = protocols.temporal(people)
    columns = np.searchsorted(people.movie_ids, split.train.movie_ids)
    rows = np.searchsorted(people.user_ids, split.people)
    when = people.times[rows][:, columns].toarray()
    assert split.train.times.data.max() < when[split.test.hidden.nonzero()].min()


def test_temporal_cuts_after_four_fifths_of_all_likes(people):
    split = protocols.temporal(people)
    assert split.train.feedback.nnz == int(0.8 * people.feedback.nnz)


def test_temporals_tuning_never_sees_what_it_is_to_find(people):
    inner = protocols.temporal(people).validation
    hidden = set(inner.hidden.nonzero()[1].tolist())
    assert inner.learned.feedback.nnz < protocols.temporal(people).train.feedback.nnz
    assert inner.learned.times.data.max() < protocols.temporal(people).train.times.data.max()
    assert hidden <= set(inner.learned.feedback.indices.tolist())


@pytest.mark.parametrize("part", ["train", "tuning"])
def test_stars_of_all_kinds_are_learned_from_but_none_of_later(part, people):
    when = people.times
    stars = csr_matrix((np.full(when.nnz, 4.0), when.indices, when.indptr), shape=when.shape)
    split = protocols.temporal(replace(people, stars=stars))
    learned = split.train if part == "train" else split.validation.learned
    assert pairs(learned.stars) == pairs(learned.feedback)


def test_strong_learns_low_stars_of_training_people_alone(people):
    stars = csr_matrix(people.feedback * 5.0)
    stars.data[::3] = 2.0
    split = protocols.strong(replace(people, stars=stars))
    assert (split.train.stars.data == 2.0).any()
    assert split.train.stars.shape == split.train.feedback.shape


def test_a_film_disliked_before_the_cut_is_known(people):
    row = int(np.searchsorted(people.user_ids, protocols.temporal(people).people[0]))
    film = int(np.flatnonzero(people.feedback[row].toarray()[0] == 0)[0])
    feedback, times = people.feedback.tolil(), people.times.tolil()
    feedback[row, film], times[row, film] = -0.4, 9_001.0
    split = protocols.temporal(replace(people, feedback=feedback.tocsr(), times=times.tocsr()))
    column = int(np.searchsorted(split.train.movie_ids, people.movie_ids[film]))
    assert split.known[0, column]
    assert not split.test.folded[0, column]


@pytest.mark.parametrize(("stars", "weight", "liked"), [(4.0, 0.75, 1), (3.5, 1.0, 0), (None, 0.8, 1), (None, 0.3, 0)])
def test_four_stars_are_a_like_and_so_is_a_heart_without_stars(stars, weight, liked):
    table = csr_matrix((1, 2)) if stars is None else csr_matrix(np.array([[stars, 0.0]]))
    data = Dataset(csr_matrix(np.array([[weight, 0.0]])), np.array([1]), np.array([1, 2]), stars=table)
    assert reading.likes(data).toarray().tolist() == [[liked, 0]]


@pytest.mark.parametrize("protocol", [protocols.strong, protocols.temporal])
def test_too_few_people_are_refused_in_one_line(protocol):
    with pytest.raises(reading.TooLittle, match="people"):
        protocol(timed(tastes.checkerboard()))


def test_data_without_times_cannot_be_cut_in_time():
    with pytest.raises(reading.TooLittle, match="when"):
        protocols.temporal(tastes.low_rank())


def test_the_fingerprint_names_the_content(people):
    same = replace(people, feedback=people.feedback.astype(np.float64), user_ids=people.user_ids.astype(np.int32))
    assert reading.fingerprint(people) == reading.fingerprint(same)
    assert reading.fingerprint(people) != reading.fingerprint(replace(people, times=people.times * 2))
