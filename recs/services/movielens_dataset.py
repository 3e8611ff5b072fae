"""A MovieLens folder or .zip as a Dataset, without a database: what the evaluation and the benches read."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from catalog.sources.movielens import Chunk, DataSet, Film, open_set
from recs import feedback
from recs.algorithms import Dataset

CHUNK = 200_000
SECONDS_A_DAY = 86_400
NUMBER = np.uint32  # half the memory of 64 bits; seconds since 1970 fit until 2106
FEWEST_FILMS = 2  # a tag that only one film has says nothing about any other

Watch = Callable[[int, int], None]


class Ratings(NamedTuple):
    """A column each: who, which film, how many halves of a star, seconds since 1970. By person, then by film."""

    people: np.ndarray
    films: np.ndarray
    halves: np.ndarray
    when: np.ndarray


def read(*, path: Path, watch: Watch = lambda done, total: None) -> tuple[str, Dataset]:
    """The data set's name and all of it: ids are its own, features are genres, decades and, where it has them, tags.

    `watch` hears how many lines are read, of how many. Raises Unusable with one clear line when the files are no good.
    """
    with open_set(path) as data:
        films = sorted((film for film in data.films() if isinstance(film, Film)), key=lambda film: film.movie_id)
        numbers = {film.movie_id: film.movie_id for film in films}
        ratings = _ratings(data, numbers, watch)
        tags = [(film, word) for film, word in set(data.tags()) if film in numbers]
        return data.name, _dataset(films, ratings, tags)


def _ratings(data: DataSet, numbers: dict[int, int], watch: Watch) -> Ratings:
    """Of two ratings of a film by one person the later one."""
    parts = []
    for chunk in data.ratings(numbers, size=CHUNK):
        parts.append(_columns(chunk))
        watch(chunk.last_line, data.total_lines)
    line, people, films, halves, when = np.concatenate(parts).T if parts else np.empty((5, 0), dtype=NUMBER)
    order = np.lexsort((~line, when, films, people))
    people, films, halves, when = people[order], films[order], halves[order], when[order]
    last = np.append((people[1:] != people[:-1]) | (films[1:] != films[:-1]), True)[: len(people)]
    return Ratings(people[last], films[last], halves[last], when[last])


def _columns(chunk: Chunk) -> np.ndarray:
    rows = chunk.rows.items()
    flat = (value for key, row in rows for value in (row[0], *key, round(row[1] * 2), row[2]))
    return np.fromiter(flat, NUMBER, 5 * len(rows)).reshape(-1, 5)


def _dataset(films: list[Film], ratings: Ratings, tags: list[tuple[int, str]]) -> Dataset:
    movie_ids = np.array([film.movie_id for film in films], dtype=np.int64)
    user_ids, rows = np.unique(ratings.people, return_inverse=True)
    columns = np.searchsorted(movie_ids, ratings.films)
    shape = (len(user_ids), len(movie_ids))
    indptr = np.searchsorted(rows, np.arange(len(user_ids) + 1))

    def table(values: np.ndarray) -> csr_matrix:
        return csr_matrix((values, columns.astype(np.int32), indptr), shape=shape)

    names = np.unique([name for film in films for name in film.genres])
    genres = _flags(movie_ids, ((film.movie_id, name) for film in films for name in film.genres), names)
    features, feature_names = _features(films, movie_ids, tags, names)
    return Dataset(
        feedback=table(feedback.WEIGHTS[ratings.halves].astype(np.float32)),
        user_ids=user_ids.astype(np.int64),
        movie_ids=movie_ids,
        known=table(np.ones(len(rows), dtype=np.int8)),
        stars=table((ratings.halves / 2).astype(np.float32)),
        times=table(ratings.when / SECONDS_A_DAY),
        genres=genres,
        genre_ids=np.arange(1, len(names) + 1),
        features=features,
        feature_names=feature_names,
    )


def _features(
    films: list[Film], movie_ids: np.ndarray, tags: list[tuple[int, str]], genres: np.ndarray
) -> tuple[csr_matrix, np.ndarray]:
    number = {name: place for place, name in enumerate(genres.tolist(), start=1)}
    pairs = [(film.movie_id, f"genre:{number[name]}") for film in films for name in film.genres]
    pairs += [(film.movie_id, f"decade:{film.year // 10 * 10}") for film in films if film.year]
    words, many = np.unique([word for _, word in tags], return_counts=True)
    telling = set(words[many >= FEWEST_FILMS].tolist())
    pairs += [(film, f"keyword:{word}") for film, word in tags if word in telling]
    names = np.unique(np.array([name for _, name in pairs], dtype=np.str_))
    return _flags(movie_ids, pairs, names), names


def _flags(movie_ids: np.ndarray, pairs: Iterable[tuple[int, str]], names: np.ndarray) -> csr_matrix:
    """Films × names, 1 where they belong together."""
    films, has = zip(*pairs, strict=True) if (pairs := sorted(pairs)) else ((), ())
    rows = np.searchsorted(movie_ids, np.array(films, dtype=np.int64))
    columns = np.searchsorted(names, np.array(has, dtype=np.str_))
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(movie_ids), len(names)))
