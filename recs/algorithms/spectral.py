"""`spectral`: the strongest directions in which tastes differ, by a singular value decomposition (PureSVD).

Cremonesi, Koren and Turrin (2010), with popular films held back before the decomposition as in EigenRec
(Nikolakopoulos et al. 2019): the column of a film with n likes is divided by n^`exponent`. With V the right singular
vectors and D the diagonal of those powers, a person's scores are x D⁻¹ V Vᵀ D: one term per film of the history.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recs.algorithms import tuning
from recs.algorithms.base import Arrays, Dataset, Holdout

EXTRA = 10  # directions beyond those wanted: they make the random start safe (Halko, Martinsson and Tropp 2011)
ROUNDS = 4


@dataclass(frozen=True, eq=False)
class SpectralScorer:
    """`given` and `taken` are films × directions: what a film says, and what speaks for it."""

    movie_ids: np.ndarray
    given: np.ndarray
    taken: np.ndarray
    name = "spectral"

    @property
    def baseline(self) -> np.ndarray:
        return np.zeros(len(self.movie_ids))

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        return (history.astype(np.float64) @ self.given) @ self.taken.T.astype(np.float64)

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        said = history.data[:, None].astype(np.float64) * self.given[history.indices]
        return said @ self.taken[movies].T.astype(np.float64)

    def arrays(self) -> Arrays:
        return {"movie_ids": self.movie_ids, "given": self.given, "taken": self.taken}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["movie_ids"], arrays["given"], arrays["taken"])


@dataclass(frozen=True)
class Spectral:
    factors: int = 64
    exponent: float = 0.125
    shade: float = 2.0
    tries: int = 10
    name: str = "spectral"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> SpectralScorer:
        return self.tuned(data, seed=seed, holdout=holdout).learn(data, seed=seed)

    def tuned(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> "Spectral":
        """The settings that rank best what held-out people like."""
        trial = tuning.trial(data, holdout, seed=seed)
        start = self if data.stars is not None else replace(self, shade=0.0)
        if trial is None:
            return start

        def worth(setting: Spectral) -> float:
            return trial.worth(setting.learn(trial.data, seed=seed).scores(trial.folded))

        return tuning.climb(start, MOVES, worth, tries=self.tries, notice=trial.notice)

    def learn(self, data: Dataset, *, seed: int) -> SpectralScorer:
        """The directions for these settings as they are."""
        likes = data.lessons(self.shade)
        scale = np.maximum(np.bincount(likes.indices, minlength=likes.shape[1]), 1).astype(np.float64) ** self.exponent
        columns = likes.astype(np.float32)
        columns.data /= scale[likes.indices].astype(np.float32)
        vectors = directions(columns, self.factors, seed=seed)
        given = (vectors / scale[:, None]).astype(np.float32)
        return SpectralScorer(data.movie_ids, given, (vectors * scale[:, None]).astype(np.float32))


MOVES: tuple[Callable[[Spectral], Spectral], ...] = (
    lambda setting: replace(setting, exponent=min(setting.exponent + 0.125, 0.5)),
    lambda setting: replace(setting, exponent=max(setting.exponent - 0.125, 0.0)),
    lambda setting: replace(setting, factors=max(setting.factors // 2, 16)),
    lambda setting: replace(setting, factors=min(setting.factors * 2, 256)),
    lambda setting: replace(setting, shade=setting.shade / 2),
    lambda setting: replace(setting, shade=0.0),
)


def directions(matrix: csr_matrix, many: int, *, seed: int) -> np.ndarray:
    """The leading right singular vectors, columns × many, by subspace iteration from a seeded random start."""
    many = min(many, *matrix.shape)
    wide = min(many + EXTRA, *matrix.shape)
    turned = matrix.T.tocsr()
    start = np.random.default_rng(seed).standard_normal((matrix.shape[0], wide), dtype=np.float32)
    with threadpool_limits(1, "blas"):  # the same bytes whatever the machine
        basis = np.linalg.qr(turned @ start)[0]
        for _ in range(ROUNDS):
            basis = np.linalg.qr(turned @ (matrix @ basis))[0]
        _, _, rotation = np.linalg.svd(matrix @ basis, full_matrices=False)
    return basis @ rotation[:many].T
