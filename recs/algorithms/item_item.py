"""`collaborative`: which films predict which others, learned from who liked what together.

EDLAE (Steck 2020): the films × films weights that best rebuild everybody's likes when a film may not be used to
predict itself and when each like is forgotten with probability `dropout`. In closed form, with G = XᵀX:
P = (G + λ I + p/(1-p) diag(G))⁻¹, B = -P / diag(P) by column, diag(B) = 0; a person's scores are x B. Rows of X are
divided by (number of likes)^0.25, so that those who like everything do not drown the others.

A score is a sum with one term per film of the person's history, so the explanation of a pick is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Self

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_matrix

from recs.algorithms import tuning
from recs.algorithms.base import Arrays, Dataset, Holdout, frozen_csr, linear_contributions, linear_scores

FULL_ENOUGH = 0.01  # the share of likes among all cells from which on dense sums are the quicker


@dataclass(frozen=True, eq=False)
class ItemItemScorer:
    """B as sparse rows: `weights[i, j]` is what liking film i says for film j."""

    movie_ids: np.ndarray
    weights: csr_matrix
    name = "collaborative"

    @property
    def baseline(self) -> np.ndarray:
        return np.zeros(len(self.movie_ids))

    @cached_property
    def _block(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The films that take part and the weights between them as one dense square, where none was left out."""
        matrix = self.weights
        films = np.flatnonzero(np.diff(matrix.indptr))
        if not len(films) or matrix.nnz != len(films) ** 2:
            return None
        if not (matrix.indices.reshape(len(films), len(films)) == films).all():
            return None  # as many weights as pairs, but of others
        # Every row has all of these films, in their order, so that nothing is copied.
        return films, matrix.data.reshape(len(films), len(films))

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        if self._block is None:
            return linear_scores(history, self.weights)
        films, square = self._block
        rows = history[:, films]
        found = np.zeros(history.shape)
        for person in range(history.shape[0]):
            part = slice(rows.indptr[person], rows.indptr[person + 1])
            found[person, films] = rows.data[part].astype(np.float64) @ square[rows.indices[part]]
        return found

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        return linear_contributions(history, self.weights, movies)

    def arrays(self) -> Arrays:
        matrix = self.weights
        return {
            "movie_ids": self.movie_ids,
            "data": matrix.data,
            "indices": matrix.indices,
            "indptr": matrix.indptr,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        films = len(arrays["movie_ids"])
        weights = frozen_csr(arrays["data"], arrays["indices"], arrays["indptr"], (films, films))
        return cls(movie_ids=arrays["movie_ids"], weights=weights)


@dataclass(frozen=True)
class ItemItem:
    """λ is the mean diagonal of G times one of `regs`, whichever ranks best what held-out people like; the search
    looks at the `search_films` most liked films, so that it takes a second or two at most. With too few people to
    ask it is `reg`.

    Stars below a like teach too, see `Dataset.lessons` for `shade`.

    Films with fewer than `min_likes` likes are left to the other algorithms; of more than `max_films` only those
    with most likes are taken, so that no dense matrix passes max_films² × 4 bytes (256 MB). Each row keeps its
    `keep` strongest weights, all of them among no more than `keep_all` films (128 MB on disk): cutting costs accuracy.
    """

    reg: float = 10.0
    dropout: float = 0.4
    user_exponent: float = 0.25
    shade: float = 2.0
    min_likes: int = 3
    max_films: int = 8_000
    keep: int = 400
    keep_all: int = 4_000
    search_films: int = 1_500
    search_likes: int = 2_000_000
    tries: int = 9
    name: str = "collaborative"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> ItemItemScorer:
        return self.tuned(data, seed=seed, holdout=holdout).learn(data, seed=seed)

    def learn(self, data: Dataset, *, seed: int) -> ItemItemScorer:
        """The weights for these settings as they are; chance has no part in it."""
        likes = data.lessons(self.shade)
        films = self._films(likes)
        shape = (len(data.movie_ids), len(data.movie_ids))
        if not len(films):
            return ItemItemScorer(data.movie_ids, csr_matrix(shape, dtype=np.float32))
        gram = co_likes(likes[:, films], self.user_exponent)
        dense = edlae(gram, reg=self.reg * float(gram.diagonal().mean()), dropout=self.dropout)
        rows = _strongest(dense, len(films) if len(films) <= self.keep_all else self.keep)
        return ItemItemScorer(data.movie_ids, _spread(rows, films, shape))

    def tuned(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> "ItemItem":
        """The settings that rank best what held-out people like, looking at the most liked films only.

        Films × films sums are made once; each setting is one inversion of them.
        """
        trial = tuning.trial(data, holdout, seed=seed, likes=self.search_likes)
        start = self if data.stars is not None else replace(self, shade=0.0)
        if trial is None:
            return start
        many = np.bincount(trial.data.positives.indices, minlength=len(data.movie_ids))
        head = np.sort(np.argsort(-many, kind="stable")[: self.search_films])
        asked = trial.only(head)

        @cache
        def sums(shade: float) -> tuple[np.ndarray, float]:
            """Of the head; and the mean of all films that would take part, also where only some are looked at."""
            likes = trial.data.lessons(shade)
            films = self._films(likes)
            mean = float(_normalised(likes[:, films], self.user_exponent).power(2).sum()) / max(1, len(films))
            return co_likes(likes[:, head], self.user_exponent), mean

        def worth(setting: ItemItem) -> float:
            gram, mean = sums(setting.shade)
            dense = edlae(gram.copy(order="F"), reg=setting.reg * mean, dropout=setting.dropout)
            return asked.worth(np.asarray(asked.folded @ dense, dtype=np.float64))

        return tuning.climb(start, MOVES, worth, tries=self.tries, notice=asked.notice)

    def _films(self, likes: csr_matrix) -> np.ndarray:
        many = np.bincount(likes.indices, minlength=likes.shape[1])
        enough = np.flatnonzero(many >= self.min_likes)
        if len(enough) > self.max_films:
            enough = np.sort(enough[np.argsort(-many[enough], kind="stable")[: self.max_films]])
        return enough


MOVES: tuple[Callable[[ItemItem], ItemItem], ...] = (
    lambda setting: replace(setting, reg=setting.reg * 3),
    lambda setting: replace(setting, reg=setting.reg / 3),
    lambda setting: replace(setting, dropout=min(setting.dropout + 0.2, 0.8)),
    lambda setting: replace(setting, dropout=max(setting.dropout - 0.2, 0.0)),
    lambda setting: replace(setting, shade=setting.shade / 2),
    lambda setting: replace(setting, shade=0.0),
)


def _normalised(likes: csr_matrix, exponent: float) -> csr_matrix:
    many = np.diff(likes.indptr)
    scale = np.repeat(np.maximum(many, 1).astype(np.float32) ** -exponent, many)
    return csr_matrix((likes.data * scale, likes.indices, likes.indptr), shape=likes.shape)


def co_likes(likes: csr_matrix, exponent: float, block: int = 512) -> np.ndarray:
    """XᵀX with normalised rows, dense, float32; made in blocks, because a sparse one on the way would be larger."""
    rows = _normalised(likes, exponent)
    people, films = likes.shape
    if likes.nnz > people * films * FULL_ENOUGH:
        return _dense_co_likes(rows)
    by_film, by_column = rows.T.tocsr(), rows.tocsc()
    gram = np.empty((films, films), dtype=np.float32, order="F")
    for start in range(0, films, block):
        gram[:, start : start + block] = (by_film @ by_column[:, start : start + block]).toarray()
    return gram


def _dense_co_likes(rows: csr_matrix, people_at_once: int = 4096) -> np.ndarray:
    gram = np.zeros((rows.shape[1], rows.shape[1]), dtype=np.float32)
    for start in range(0, rows.shape[0], people_at_once):
        block = rows[start : start + people_at_once].toarray()
        gram += block.T @ block
    return gram.T  # symmetric; in the order in which it is solved


def edlae(gram: np.ndarray, *, reg: float, dropout: float) -> np.ndarray:
    """The dense weights; `gram` is overwritten."""
    diagonal = gram.diagonal().copy()
    gram[np.diag_indices_from(gram)] += reg + dropout / (1 - dropout) * diagonal
    lower, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError("the co-likes are not positive definite")
    inverse, failed = lapack.spotri(lower, lower=1, overwrite_c=1)
    if failed:
        raise ArithmeticError("the co-likes cannot be inverted")
    _mirror(inverse)
    rows = inverse.T  # symmetric as yet, and now each row lies in one piece
    rows /= -rows.diagonal().copy()
    np.fill_diagonal(rows, 0)
    return rows


def _mirror(square: np.ndarray, block: int = 512) -> None:
    """Copy the lower triangle to the upper, in blocks: no second matrix of that size."""
    for start in range(0, len(square), block):
        stop = min(start + block, len(square))
        corner = np.tril(square[start:stop, start:stop])
        square[start:stop, start:stop] = corner + np.tril(corner, -1).T
        square[start:stop, stop:] = square[stop:, start:stop].T


def _strongest(dense: np.ndarray, keep: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rows = []
    for row in dense:
        size = np.abs(row)
        chosen = np.arange(len(row)) if keep >= len(row) else np.sort(np.argpartition(-size, keep - 1)[:keep])
        chosen = chosen if keep >= len(row) else chosen[size[chosen] > 0]
        rows.append((chosen, row[chosen]))
    return rows


def _spread(rows: list[tuple[np.ndarray, np.ndarray]], films: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """The rows of the films that took part, put back among all films."""
    lengths = np.zeros(shape[0], dtype=np.int64)
    lengths[films] = [len(chosen) for chosen, _ in rows]
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    indices = films[np.concatenate([chosen for chosen, _ in rows])].astype(np.int32)
    data = np.concatenate([values for _, values in rows]).astype(np.float32)
    small = indptr[-1] <= np.iinfo(np.int32).max
    return frozen_csr(data, indices, indptr.astype(np.int32 if small else np.int64), shape)
