"""`alike`: what the people whose taste is nearest to a person's took to lately. Beside the scorers: it counts people.

A few directions are found in who liked what (a truncated singular value decomposition); each person is a point among
them, from all they liked. A point carries no name and no number of anybody, only the films its person liked last, and
a film is told only when enough of the near people liked it.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import svds

from recs.algorithms.base import Arrays, Dataset

TAKEN_TO = 0.45  # the weight of an act from which on somebody took to a film


@dataclass(frozen=True, eq=False)
class AlikePeople:
    """`films` is films × directions, `people` people × directions with rows of length 1; `lately` has the columns of
    the films that each person liked last, -1 where there are fewer."""

    movie_ids: np.ndarray
    films: np.ndarray
    people: np.ndarray
    lately: np.ndarray
    name = "alike"

    def liked(self, history: csr_matrix, *, nearest: int, fewest: int) -> np.ndarray:
        """For one person how much more of the nearest people took to each film lately than of all people.

        In standard deviations of chance; 0 for films with fewer than `fewest` of them, and for all films where fewer
        than `fewest` people are there.
        """
        out = np.zeros(len(self.movie_ids))
        place = self._place(history)
        if place is None or len(self.people) < fewest:
            return out
        near = self.people @ place
        count = min(nearest, len(near))
        chosen = np.argpartition(-near, count - 1)[:count]
        chosen = chosen[near[chosen] > 0]
        by = self._counted(np.asarray(self.lately)[chosen])
        expected = self._usual * len(chosen)
        enough = by >= fewest
        out[enough] = (by[enough] - expected[enough]) / np.sqrt(expected[enough] + 1.0)
        return out

    def _place(self, history: csr_matrix) -> np.ndarray | None:
        likes = np.maximum(history.data, 0.0)
        place = likes.astype(np.float32) @ np.asarray(self.films)[history.indices]
        length = float(np.linalg.norm(place))
        return place / length if length > 0 else None

    @property
    def _usual(self) -> np.ndarray:
        """The share of all people who took to each film lately."""
        found = self.__dict__.get("usual")
        if found is None:
            found = self._counted(np.asarray(self.lately)) / max(len(self.people), 1)
            object.__setattr__(self, "usual", found)
        return found

    def _counted(self, lately: np.ndarray) -> np.ndarray:
        return np.bincount(lately[lately >= 0], minlength=len(self.movie_ids)).astype(np.float64)

    def arrays(self) -> Arrays:
        return {"movie_ids": self.movie_ids, "films": self.films, "people": self.people, "lately": self.lately}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["movie_ids"], arrays["films"], arrays["people"], arrays["lately"])


@dataclass(frozen=True)
class Alike:
    """Of more than `most` people with at least `min_likes` likes, those who liked something last are taken: that many
    rows of `directions` numbers are compared with a person in a millisecond. `days` and `films` say what is lately."""

    directions: int = 32
    most: int = 20_000
    min_likes: int = 5
    days: float = 180.0
    films: int = 30
    popularity_exponent: float = 0.25
    name: str = "alike"

    def fit(self, data: Dataset, *, seed: int) -> AlikePeople:
        likes = data.positives
        times = _times(data, likes)
        people = np.flatnonzero(np.diff(likes.indptr) >= self.min_likes)
        if times is not None and len(people) > self.most:
            newest = np.array([times.data[likes.indptr[row] : likes.indptr[row + 1]].max() for row in people])
            people = np.sort(people[np.argsort(-newest, kind="stable")[: self.most]])
        people = people[: self.most]
        likes, times = likes[people], times[people] if times is not None else None
        films = self._films(likes, seed)
        place = likes @ films
        length = np.maximum(np.linalg.norm(place, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return AlikePeople(data.movie_ids, films, (place / length).astype(np.float32), self._lately(likes, times))

    def _films(self, likes: csr_matrix, seed: int) -> np.ndarray:
        """The directions of films, each film damped by how many like it anyway."""
        size = min(self.directions, min(likes.shape) - 1)
        if size < 1 or not likes.nnz:
            return np.zeros((likes.shape[1], 1), dtype=np.float32)
        many = np.maximum(np.bincount(likes.indices, minlength=likes.shape[1]), 1.0)
        damped = (likes @ diags(many**-self.popularity_exponent)).astype(np.float64)
        length = np.sqrt(np.asarray(damped.power(2).sum(axis=1)).ravel())
        rows = diags(1 / np.maximum(length, np.finfo(float).tiny)) @ damped
        start = np.random.default_rng(seed).standard_normal(min(likes.shape))
        _, _, right = svds(rows, k=size, v0=start)
        return (right.T * (many**-self.popularity_exponent)[:, None]).astype(np.float32)

    def _lately(self, likes: csr_matrix, times: csr_matrix | None) -> np.ndarray:
        out = np.full((likes.shape[0], self.films), -1, dtype=np.int32)
        since = -np.inf if times is None or not times.nnz else float(times.data.max()) - self.days
        for row in range(likes.shape[0]):
            part = slice(likes.indptr[row], likes.indptr[row + 1])
            when = np.zeros(part.stop - part.start) if times is None else times.data[part]
            told = np.flatnonzero((likes.data[part] >= TAKEN_TO) & (when >= since))
            last = told[np.argsort(-when[told], kind="stable")][: self.films]
            out[row, : len(last)] = likes.indices[part][last]
        return out


def _times(data: Dataset, likes: csr_matrix) -> csr_matrix | None:
    """When each like happened, in the very cells of `likes`; a cell without a time is long ago."""
    if data.times is None:
        return None
    rows = np.repeat(np.arange(likes.shape[0]), np.diff(likes.indptr))
    when = np.asarray(data.times[rows, likes.indices], dtype=np.float64).ravel()
    return csr_matrix((when, likes.indices, likes.indptr), shape=likes.shape)
