"""How groups and questions are chosen, from arrays alone."""

import numpy as np

from recs import clusters


def three_kinds(each: int = 10) -> np.ndarray:
    """Films of three kinds, mixed; the kind of row i is i % 3."""
    noise = np.random.default_rng(1).normal(0, 0.02, (3 * each, 3))
    return clusters.unit(np.eye(3)[np.arange(3 * each) % 3] + noise)


def test_films_of_a_kind_come_into_a_group() -> None:
    found = clusters.groups(three_kinds(), count=3, size=5, seed=1)
    assert sorted(sorted({row % 3 for row in group}) for group in found) == [[0], [1], [2]]


def test_a_group_takes_the_best_known_of_equal_films() -> None:
    vectors = np.tile(np.eye(2), (10, 1))
    found = clusters.groups(vectors, count=2, size=3, seed=1)
    assert sorted(found) == [[0, 2, 4], [1, 3, 5]]


def test_too_few_films_make_fewer_groups() -> None:
    assert clusters.groups(three_kinds(2), count=8, size=6, seed=1) == [[0, 1, 2, 3, 4, 5]]
    assert clusters.groups(three_kinds(1), count=8, size=6, seed=1) == []


def test_the_same_seed_gives_the_same_groups() -> None:
    vectors = clusters.condense(np.random.default_rng(2).random((60, 20)), seed=5)
    first = clusters.groups(vectors, count=6, size=5, seed=5)
    assert clusters.groups(vectors, count=6, size=5, seed=5) == first


def test_condensing_copes_with_films_that_are_all_the_same() -> None:
    assert np.isfinite(clusters.condense(np.ones((12, 6)), seed=1)).all()
    assert clusters.condense(np.ones((1, 6)), seed=1).shape[0] == 1


def test_the_words_of_a_group_are_what_is_common_there_and_unusual_elsewhere() -> None:
    genres = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 1]])
    assert clusters.shared(genres, [0, 1], most=1) == [1]


def test_a_film_that_divides_people_tells_more_than_one_that_all_like() -> None:
    histogram = np.zeros((2, 10))
    histogram[0, 8] = 100
    histogram[1, ::2] = 20
    calm, divisive = clusters.telling(histogram.sum(axis=1), histogram)
    assert divisive > calm


def test_a_film_that_few_know_tells_less() -> None:
    histogram = np.ones((2, 10)) * [[1], [50]]
    few, many = clusters.telling(histogram.sum(axis=1), histogram)
    assert many > few


def test_the_next_film_is_of_a_kind_not_asked_about_yet() -> None:
    scores = np.ones(30)
    chosen = clusters.next_film(scores, three_kinds(), rated=[0, 1], unseen=[], done=[])
    assert chosen is not None
    assert chosen % 3 == 2


def test_films_like_one_never_seen_wait() -> None:
    chosen = clusters.next_film(np.ones(30), three_kinds(), rated=[], unseen=[0], done=[])
    assert chosen is not None
    assert chosen % 3 != 0


def test_when_everything_is_answered_there_is_no_next_film() -> None:
    assert clusters.next_film(np.ones(3), three_kinds(1), rated=[0], unseen=[1], done=[2]) is None
    assert clusters.next_film(np.ones(0), np.zeros((0, 3)), rated=[], unseen=[], done=[]) is None
