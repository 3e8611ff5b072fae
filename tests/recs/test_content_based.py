"""Films by what they are made of: terms by feature, adjusting them, likeness, tags, and the movie tuner."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs.algorithms import ContentScorer, Holdout, row_of, terms
from recs.algorithms.content_based import ContentBased
from tests.recs import tastes

FILMS = 24
NAMES = np.array(
    ["decade:1980", "decade:1990", "genre:1", "genre:2", "genre:3", "language:en", "person:5", "person:6", "word:heist"]
)


def made_of(seed: int = 4) -> csr_matrix:
    """Films × features: one of two decades each, mostly English, genres and people at random."""
    random = np.random.default_rng(seed)
    table = (random.random((FILMS, len(NAMES))) < 0.3).astype(float)
    table[:, 0] = np.arange(FILMS) % 2
    table[:, 1] = 1 - table[:, 0]
    table[:, 5] = np.arange(FILMS) > 2
    return csr_matrix(table)


def films(table: csr_matrix | None = None, names: np.ndarray = NAMES):
    table = made_of() if table is None else table
    return tastes.dataset(np.zeros((2, table.shape[0])), features=table, feature_names=names)


@pytest.fixture(scope="module")
def scorer() -> ContentScorer:
    return ContentBased().fit(films(), seed=1)


def scores(scorer: ContentScorer, history: dict[int, float]) -> np.ndarray:
    return scorer.scores(row_of(history, scorer.movie_ids))[0]


ids = st.sampled_from(range(101, 101 + 2 * FILMS, 2))
histories = st.dictionaries(ids, st.floats(-0.6, 1.0), max_size=9)
factors = st.dictionaries(st.sampled_from([*NAMES.tolist(), "person:99"]), st.floats(0, 1), max_size=4)


@settings(max_examples=60, deadline=None)
@given(history=histories, adjusted=factors)
def test_all_of_a_score_is_told_by_feature(scorer, history, adjusted):
    scorer = scorer.adjusted(adjusted)
    row = row_of(history, scorer.movie_ids)
    told = terms(scorer, row, np.arange(FILMS))
    assert told.features.sum(axis=0) == pytest.approx(scorer.scores(row)[0], abs=1e-6)
    assert not told.films.any()
    assert told.features.shape == (len(told.feature_names), FILMS)


@settings(max_examples=60, deadline=None)
@given(history=histories, adjusted=factors)
def test_an_adjusted_feature_counts_its_part_and_no_other_changes(scorer, history, adjusted):
    row = row_of(history, scorer.movie_ids)
    before, after = (terms(one, row, np.arange(FILMS)) for one in (scorer, scorer.adjusted(adjusted)))
    there = dict(zip(after.feature_names.tolist(), after.features, strict=True))
    for name, part in zip(before.feature_names.tolist(), before.features, strict=True):
        assert there.get(name, 0 * part) == pytest.approx(adjusted.get(name, 1.0) * part, abs=1e-9)


def test_adjusting_leaves_the_original_as_it_is(scorer):
    before = scores(scorer, {101: 1.0})
    scorer.adjusted({"genre:1": 0.0})
    assert (scores(scorer, {101: 1.0}) == before).all()


def test_adjusting_twice_multiplies(scorer):
    once = scorer.adjusted({"genre:2": 0.25})
    twice = scorer.adjusted({"genre:2": 0.5}).adjusted({"genre:2": 0.5})
    assert scores(twice, {103: 1.0, 105: 0.5}) == pytest.approx(scores(once, {103: 1.0, 105: 0.5}))


def test_an_adjusted_scorer_survives_its_arrays(scorer):
    adjusted = scorer.adjusted({"genre:2": 0.25})
    again = ContentScorer.from_arrays({key: array.copy() for key, array in adjusted.arrays().items()})
    assert (scores(again, {103: 1.0}) == scores(adjusted, {103: 1.0})).all()


def test_likeness_is_a_cosine(scorer):
    square = scorer.similarity(np.arange(FILMS))
    assert square == pytest.approx(square.T)
    assert square.diagonal() == pytest.approx(np.ones(FILMS))
    assert (square > -1e-9).all()
    assert (square < 1 + 1e-9).all()


def test_a_film_is_most_like_the_one_made_of_the_same():
    table = made_of().tolil()
    table[7] = table[20]
    like = ContentBased().fit(films(table.tocsr()), seed=1).like(7)
    like[7] = 0
    assert like.argmax() == 20


def test_a_film_of_which_little_is_told_is_nobodys_image():
    table = made_of().tolil()
    table[4] = 0
    table[4, 2] = 1  # one genre, and nothing else
    table[5] = 0
    table[5, [2, 6, 8]] = 1
    scorer = ContentBased().fit(films(table.tocsr()), seed=1)
    assert scorer.like(4)[4] < scorer.like(5)[5] == pytest.approx(1, abs=0.05)


def test_films_of_which_nothing_is_told_are_like_none():
    table = made_of().tolil()
    table[3] = 0
    scorer = ContentBased().fit(films(table.tocsr()), seed=1)
    assert not scorer.like(3).any()
    assert np.isfinite(scorer.similarity(np.array([3, 4]))).all()
    assert scorer.tags(3, 8) == []


@settings(max_examples=60, deadline=None)
@given(movie=st.integers(0, FILMS - 1), name=st.sampled_from(NAMES.tolist()))
def test_tuning_lifts_films_with_more_of_it_and_sinks_them_with_less(scorer, movie, name):
    plain, more, less = (scorer.tuned(movie, *way) for way in (([], []), ([name], []), ([], [name])))
    has = made_of().toarray()[:, NAMES.tolist().index(name)] > 0
    assert (more[has] > plain[has]).all()
    assert (less[has] < plain[has]).all()
    assert more[~has] == pytest.approx(plain[~has])
    assert less[~has] == pytest.approx(plain[~has])


def test_tuning_by_what_nobody_knows_changes_nothing(scorer):
    assert scorer.tuned(0, ["keyword:none"], ["person:99"]) == pytest.approx(scorer.like(0))


def test_tags_are_the_films_own_and_of_several_blocks(scorer):
    table = made_of().toarray() > 0
    for movie in range(FILMS):
        tags = scorer.tags(movie, 3)
        assert set(tags) <= set(NAMES[table[movie]].tolist())
        assert len(tags) == len(set(tags)) <= 3
        assert "language:en" not in tags  # nearly every film has it


def test_a_feature_of_a_single_film_is_left_out():
    names = np.append(NAMES, "person:77")
    alone = csr_matrix(np.column_stack([made_of().toarray(), np.eye(FILMS)[0]]))
    assert "person:77" not in ContentBased().fit(films(alone, names), seed=1).feature_names


def test_without_features_the_genres_speak_and_without_those_nothing():
    data = tastes.checkerboard()
    assert ContentBased().fit(data, seed=1).feature_names.tolist() == ["genre:31", "genre:32"]
    bare = replace(data, genres=None, genre_ids=None)
    assert not scores(ContentBased().fit(bare, seed=1), {101: 1.0}).any()


def test_people_held_out_decide_how_much_each_block_counts():
    """They choose films by one word, whoever made them and of whatever genre."""
    random = np.random.default_rng(8)
    word, genre, person = (np.eye(8)[random.integers(0, 8, 160)] for _ in range(3))
    names = np.array([f"{block}:{number}" for block in ("word", "genre", "person") for number in range(8)])
    data = films(csr_matrix(np.hstack([word, genre, person])), names)
    liked = np.kron(np.ones((10, 1)), word.T)
    fold = random.random(liked.shape) < 0.3
    holdout = Holdout(csr_matrix(liked * fold), csr_matrix(liked * ~fold))

    def likeness(scorer: ContentScorer) -> float:
        return scorer.similarity(np.flatnonzero(word[:, 0]))[0, 1:].mean()

    chosen, plain = (ContentBased().fit(data, seed=1, holdout=one) for one in (holdout, None))
    assert likeness(chosen) > likeness(plain) + 0.1


def test_a_holdout_of_nobody_leaves_the_defaults():
    empty = csr_matrix((3, FILMS))
    chosen, plain = (ContentBased().fit(films(), seed=1, holdout=one) for one in (Holdout(empty, empty), None))
    assert (chosen.features != plain.features).nnz == 0
