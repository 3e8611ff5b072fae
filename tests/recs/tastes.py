"""Made-up data for the recommenders: groups of taste, and people with hidden leanings. No database."""

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms import Dataset


def checkerboard(people: tuple[int, int] = (9, 6), films: tuple[int, int] = (4, 7)) -> Dataset:
    """Two groups; each likes all of its own films. A rectangle, so that a transposed matrix fails."""
    table = np.zeros((sum(people), sum(films)), dtype=np.float32)
    table[: people[0], : films[0]] = 1
    table[people[0] :, films[0] :] = 1
    genres = np.zeros((sum(films), 2))
    genres[: films[0], 0] = 1
    genres[films[0] :, 1] = 1
    return dataset(table, genres=csr_matrix(genres), genre_ids=np.array([31, 32]))


def dataset(table: np.ndarray, **side) -> Dataset:
    """Film ids are odd numbers from 101 on, so that a column is never its own id."""
    people, films = table.shape
    return Dataset(
        feedback=csr_matrix(table.astype(np.float32)),
        user_ids=np.arange(people) + 1,
        movie_ids=np.arange(films) * 2 + 101,
        **side,
    )


def without(data: Dataset, person: int, film: int) -> Dataset:
    table = data.feedback.toarray()
    table[person, film] = 0
    return dataset(table, genres=data.genres, genre_ids=data.genre_ids)


def low_rank(people: int = 400, films: int = 150, leanings: int = 4, seed: int = 7) -> Dataset:
    """People choose by a few hidden leanings, and some films are met more often than others."""
    random = np.random.default_rng(seed)
    taste = random.dirichlet(np.full(leanings, 0.25), people)
    kind = random.dirichlet(np.full(leanings, 0.25), films)
    fame = random.zipf(1.6, films).clip(1, 20)
    chance = taste @ kind.T * fame**0.5
    chance *= 18 / chance.sum(axis=1, keepdims=True)
    liked = random.random(chance.shape) < chance
    return dataset(np.where(liked, 1.0, 0.0))
