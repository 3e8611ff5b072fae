"""What algorithms are given, and what each of them must be able to do.

Orientation is fixed: feedback is people × films, histories are people × films, scores are people × films.
A column stands for `movie_ids[column]`; the ids ascend, so that a film is found by binary search.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from scipy.sparse import csr_matrix

Arrays = dict[str, np.ndarray]
MOST_STARS = 5.0
FULL = 0.2  # the share of weights from which on a matrix is not called sparse


@dataclass(frozen=True)
class Dataset:
    """Signed weights of what people did (see `recs.feedback`), and what is known of films and people beside that.

    All but the first three are optional; an algorithm that misses what it lives on answers with zeros.

    - `known` (people × films) marks the films that must not be suggested to a person.
    - `stars` (people × films) holds the ratings as given, half a star to five.
    - `times` (people × films) says when each act of `feedback` happened, in days since 1970.
    - `genres` (films × genres, `genre_ids`) and `features` (films × features, `feature_names`): what a film is made
      of; a feature's name is its block, a colon and its own name: "person:12", "decade:1990", "word:heist".
    - `groups` (people × groups, `group_names`): only of people who allow it.
    - `popularity` is any non-negative number per film that orders films nobody here has judged.
    """

    feedback: csr_matrix
    user_ids: np.ndarray
    movie_ids: np.ndarray
    known: csr_matrix | None = None
    stars: csr_matrix | None = None
    times: csr_matrix | None = None
    genres: csr_matrix | None = None
    genre_ids: np.ndarray | None = None
    features: csr_matrix | None = None
    feature_names: np.ndarray | None = None
    groups: csr_matrix | None = None
    group_names: np.ndarray | None = None
    popularity: np.ndarray | None = None

    def __post_init__(self) -> None:
        people, films = len(self.user_ids), len(self.movie_ids)
        if self.feedback.shape != (people, films):
            raise ValueError(f"feedback must be people x films: {(people, films)}, not {self.feedback.shape}")
        for name in ("known", "stars", "times"):
            table = getattr(self, name)
            if table is not None and table.shape != (people, films):
                raise ValueError(f"{name} must be people x films")
        if films > 1 and not (np.diff(self.movie_ids) > 0).all():
            raise ValueError("movie_ids must ascend and name each film once")
        if not np.isfinite(self.feedback.data).all():
            raise ValueError("feedback must be finite")
        if self.popularity is not None and self.popularity.shape != (films,):
            raise ValueError("popularity must have one number per film")
        self._check_named("genres", self.genres, self.genre_ids, films)
        self._check_named("features", self.features, self.feature_names, films)
        self._check_named("groups", self.groups, self.group_names, people)

    @staticmethod
    def _check_named(what: str, table: csr_matrix | None, names: np.ndarray | None, rows: int) -> None:
        if (table is None) != (names is None):
            raise ValueError(f"{what} and their names go together")
        if table is not None and names is not None and table.shape != (rows, len(names)):
            raise ValueError(f"{what} must have {rows} rows and a column per name")

    def only(self, people: np.ndarray) -> Self:
        """The same films with some of the people: row numbers, in the order wanted."""
        kept = {name: None if table is None else table[people] for name, table in self._by_person().items()}
        return replace(self, user_ids=self.user_ids[people], **kept)  # type: ignore[arg-type]

    def _by_person(self) -> dict[str, csr_matrix | None]:
        return {name: getattr(self, name) for name in ("feedback", "known", "stars", "times", "groups")}

    @property
    def positives(self) -> csr_matrix:
        """Only what people liked: the matrix that models learn from."""
        kept = self.feedback.astype(np.float32, copy=True)
        kept.sum_duplicates()
        np.maximum(kept.data, 0, out=kept.data)
        kept.eliminate_zeros()
        kept.sort_indices()
        return kept

    def lessons(self, shade: float) -> csr_matrix:
        """What models learn from: a film with s stars counts (s / 5)^`shade`, one that is liked without stars as it is.

        People choose what they see, so that a film they found weak still tells what else they would choose; the
        larger `shade`, the less. With 0, or where nobody gave stars, it is likes alone.
        """
        liked = self.positives
        if not shade or self.stars is None:
            return liked
        rated = self.stars.astype(np.float32, copy=True)
        rated.eliminate_zeros()
        marks = csr_matrix((np.ones_like(rated.data), rated.indices, rated.indptr), shape=rated.shape)
        rated.data = (rated.data / MOST_STARS) ** np.float32(shade)
        found = csr_matrix(liked - liked.multiply(marks) + rated)
        found.eliminate_zeros()
        found.sort_indices()
        return found


@dataclass(frozen=True)
class Holdout:
    """People to tune on, none of whom was trained on: what they did, and what a good ranking puts on top.

    All are people × films; `times` is as in `Dataset`, for the folded part. When time divides known from hidden,
    what is hidden here lies in the very data a model is fitted on: then `learned` is the data without it, and
    candidates are compared by fitting them on that (same films, same columns).
    """

    folded: csr_matrix
    hidden: csr_matrix
    times: csr_matrix | None = None
    learned: Dataset | None = None


@dataclass(frozen=True)
class Terms:
    """A score taken apart, for one person: everything below sums to the score of each asked film.

    `films` has a row per film of the history (in the order of its indices) and `features` a row per name in
    `feature_names`; `popularity` and `other` (what is the same for everybody) one number per asked film.
    """

    films: np.ndarray
    features: np.ndarray
    feature_names: np.ndarray
    popularity: np.ndarray
    other: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.films.sum(axis=0) + self.features.sum(axis=0) + self.popularity + self.other


class Scorer(Protocol):
    """A fitted model. A score is the `baseline` of everybody plus a term from each film of the history.

    `times` says when each film of the history was judged (same cells, days since 1970), for the scorers to which
    that matters; without it they take the history as it is.
    """

    @property
    def name(self) -> str: ...

    @property
    def movie_ids(self) -> np.ndarray: ...

    @property
    def baseline(self) -> np.ndarray:
        """What each film gets from everybody, whatever they did."""
        ...

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        """People × films, float64; `history` has a column per film of `movie_ids`."""
        ...

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        """For one person: a row per film of the history (in the order of its indices), a column per asked film."""
        ...

    def arrays(self) -> Arrays: ...

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self: ...


class Algorithm(Protocol):
    @property
    def name(self) -> str: ...

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> Scorer:
        """Learn from `data`. Settings are tuned on `holdout`; without one, on people of `data` set apart for it."""
        ...


def terms(scorer: Scorer, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> Terms:
    """The score of each asked film taken apart, whichever scorer it is; those that mix films with features say how."""
    own = getattr(scorer, "terms", None)
    if own is not None:
        return own(history, movies, times)
    return Terms(
        films=scorer.contributions(history, movies, times),
        features=np.zeros((0, len(movies))),
        feature_names=np.empty(0, dtype=str),
        popularity=np.zeros(len(movies)),
        other=np.asarray(scorer.baseline, dtype=np.float64)[movies],
    )


def columns_of(ids: np.ndarray, movie_ids: np.ndarray) -> np.ndarray:
    """The column of each id, -1 for films that the model does not know."""
    if not len(movie_ids):
        return np.full(len(ids), -1)
    places = np.minimum(np.searchsorted(movie_ids, ids), len(movie_ids) - 1)
    return np.where(movie_ids[places] == ids, places, -1)


def row_of(history: Mapping[int, float], movie_ids: np.ndarray) -> csr_matrix:
    """One person's history as a single row; films that the model does not know are left out."""
    ids = np.fromiter(history.keys(), np.int64, len(history))
    weights = np.fromiter(history.values(), np.float64, len(history))
    columns = columns_of(ids, movie_ids)
    inside = columns >= 0
    columns, weights = columns[inside], weights[inside]
    order = np.argsort(columns)
    shape = (1, len(movie_ids))
    return csr_matrix((weights[order], columns[order], np.array([0, len(order)])), shape=shape)


def summed(history: csr_matrix) -> csr_matrix:
    """The same history with films that are told twice told once."""
    if not history.has_canonical_format:
        history = history.copy()
        history.sum_duplicates()
    return history


def linear_scores(history: csr_matrix, weights: csr_matrix) -> np.ndarray:
    """history @ weights, summed in float64 without a float64 copy of the weights."""
    out = np.zeros((history.shape[0], weights.shape[1]))
    for person in range(history.shape[0]):
        start, stop = history.indptr[person], history.indptr[person + 1]
        part = weights[history.indices[start:stop]]
        terms = np.repeat(history.data[start:stop].astype(np.float64), np.diff(part.indptr)) * part.data
        out[person] = np.bincount(part.indices, weights=terms, minlength=weights.shape[1])
    return out


def linear_contributions(history: csr_matrix, weights: csr_matrix, movies: np.ndarray) -> np.ndarray:
    part = weights[history.indices]
    # In a small catalogue nearly every pair has a weight: then a dense block is cut faster than a sparse one.
    full = part.nnz > part.shape[0] * part.shape[1] * FULL
    terms = part.toarray()[:, movies] if full else part[:, movies].toarray()
    return terms.astype(np.float64) * history.data[:, None]


def frozen_csr(data: np.ndarray, indices: np.ndarray, indptr: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """A sparse matrix over arrays that stay where they are (memory-mapped files are not copied)."""
    matrix = csr_matrix(shape, dtype=data.dtype)
    matrix.data, matrix.indices, matrix.indptr = np.asarray(data), np.asarray(indices), np.asarray(indptr)
    return matrix
