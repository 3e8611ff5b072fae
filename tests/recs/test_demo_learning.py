"""The simulated community can be learnt from: a model serves people it never saw better than popularity does."""

from functools import cache

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms import Dataset
from recs.algorithms.item_item import ItemItem
from recs.demo.tastes import G
from tests.recs.demo import community, films, liked


@cache
def split() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What nine tenths of the people liked; of the others, what is known (four fifths) and what is to be found."""
    random = np.random.default_rng(5)
    matrix = liked(community())
    order = random.permutation(len(matrix))
    train, people = matrix[order[len(matrix) // 10 :]], matrix[order[: len(matrix) // 10]]
    people = people[people.sum(axis=1) >= 5]
    luck = np.where(people > 0, random.random(people.shape), 2)
    hidden = np.argsort(np.argsort(luck, axis=1), axis=1) < (people.sum(axis=1) // 5)[:, None]
    return train, np.where(hidden, 0, people), people * hidden


def found(scores: np.ndarray, n: int = 20) -> float:
    """Mean share of the hidden films among the first n that are not known already."""
    _, known, hidden = split()
    best = np.argsort(-np.where(known > 0, -np.inf, scores), axis=1)[:, :n]
    hits = np.take_along_axis(hidden, best, axis=1).sum(axis=1)
    return float((hits / np.minimum(hidden.sum(axis=1), n)).mean())


def popularity() -> float:
    train, known, _ = split()
    return found(np.repeat(train.sum(axis=0)[None], len(known), axis=0))


def test_the_films_that_people_like_together_tell_more_than_popularity():
    train, known, _ = split()
    together = train.T @ train
    norm = np.sqrt(np.diag(together)) + 1e-9
    cosine = together / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    assert found(known @ cosine) > 1.15 * popularity()


def test_our_own_item_item_model_learns_it_clearly_better_than_popularity():
    train, known, _ = split()
    ids = np.arange(train.shape[1])
    data = Dataset(feedback=csr_matrix(train), user_ids=np.arange(len(train)), movie_ids=ids)
    scorer = ItemItem().fit(data, seed=1)
    assert found(scorer.scores(csr_matrix(known))) > 1.5 * popularity()


def test_films_that_are_liked_together_are_of_a_kind():
    matrix = liked(community())
    norm = np.linalg.norm(matrix, axis=0) + 1e-9
    cosine = matrix.T @ matrix / np.outer(norm, norm)
    genres = np.array([[number in film.genres for number in G] for film in films()], dtype=float)
    genres /= np.linalg.norm(genres, axis=1, keepdims=True)
    alike = genres @ genres.T
    np.fill_diagonal(cosine, -1)
    nearest = np.argsort(-cosine, axis=1)[:, :10]
    assert np.take_along_axis(alike, nearest, axis=1).mean() > 2 * alike.mean()
