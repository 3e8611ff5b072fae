"""`matrix_factorization`: a few hidden leanings of people and films, learned from who liked what.

The model is implicit-feedback matrix factorisation with regularisation by frequency (see `als`). People are folded in:
a history gives the person's factors by one ridge solve, x = A⁻¹ Σ α w_i y_i with A = YᵀY + Σ α |w_i| y_i y_iᵀ + λI. A
film that was disliked has the target -1 there and pushes away. So a score is the sum of one term per film of the
history, α w_i y_jᵀ A⁻¹ y_i (Hu, Koren and Volinsky 2008, section 5).
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recs.algorithms import tuning
from recs.algorithms.als import Objective, factorise
from recs.algorithms.base import Arrays, Dataset, Holdout, summed

MANY = 32  # people from which on limiting threads costs less than it saves
REFINED = 3
EXACT = 1e-10  # of the right side may be left over, or all is solved again in float64


@dataclass(frozen=True, eq=False)
class FactorScorer:
    """`factors` is films × factors; `reg` is λ of somebody whose likes and cells add up to `mean` (see `als`).

    `shade` is what it was learned with, see `Dataset.lessons`.
    """

    movie_ids: np.ndarray
    factors: np.ndarray
    weight: float
    reg: float
    exponent: float
    mean: float
    shade: float = 0.0
    name = "matrix_factorization"

    def __post_init__(self) -> None:
        wide = self.factors.astype(np.float64)
        object.__setattr__(self, "_gram", wide.T @ wide)

    @property
    def baseline(self) -> np.ndarray:
        return np.zeros(len(self.movie_ids))

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        return self.people(history) @ self.factors.T.astype(np.float64)

    def people(self, history: csr_matrix) -> np.ndarray:
        """People × factors: where each history lies among the films.

        Solved in float32 and refined in float64 (Wilkinson 1963), which is several times as fast and as exact.
        """
        history = summed(history)
        found = np.zeros((history.shape[0], self.factors.shape[1]))
        shared = self._gram.astype(np.float32)  # type: ignore[attr-defined]
        asked = np.flatnonzero(np.diff(history.indptr)).tolist()
        # The matrices are so small that threads would wait for each other most of the time.
        with threadpool_limits(1, "blas") if len(asked) > MANY else nullcontext():
            for person in asked:
                near, pull = self._pull(history, person)
                found[person] = self._solved(near, pull, shared)
        return found

    def _solved(self, near: np.ndarray, pull: np.ndarray, shared: np.ndarray) -> np.ndarray:
        """A⁻¹ Σ α w_i y_i; `shared` is YᵀY in float32."""
        sure, reg, right = np.abs(pull), self._reg(pull), pull @ near
        wide = near.astype(np.float32)
        left = shared + (wide.T * sure.astype(np.float32)) @ wide
        left.ravel()[:: len(left) + 1] += np.float32(reg)
        half, failed = lapack.spotrf(left.T, overwrite_a=1, clean=0)
        found, rest, enough = np.zeros(len(left)), right, EXACT * np.abs(right).max()
        for _ in range(0 if failed else REFINED):
            found += lapack.spotrs(half, rest.astype(np.float32))[0]
            rest = right - self._gram @ found - (sure * (near @ found)) @ near - reg * found  # type: ignore[attr-defined]
            if np.abs(rest).max() <= enough:
                return found
        return np.linalg.solve(self._left(near, pull), right)

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        near, pull = self._pull(history, 0)
        asked = self.factors[movies].astype(np.float64)
        return pull[:, None] * (near @ np.linalg.solve(self._left(near, pull), asked.T))

    def without(self, history: csr_matrix, movies: np.ndarray) -> np.ndarray:
        """For one person: a row per film of the history, the scores of the asked films had it not been there.

        Leaving a film out takes a matrix of rank one and a multiple of I from A. With the eigenvectors of A both have
        a closed form (Sherman and Morrison 1950), so that all films together cost about as much as one solve.
        """
        near, pull = self._pull(history, 0)
        values, vectors = np.linalg.eigh(self._left(near, pull))
        asked = self.factors[movies].astype(np.float64) @ vectors
        turned = near @ vectors
        whole = pull @ turned
        found = np.empty((len(pull), len(movies)))
        for row, film in enumerate(turned):
            inverse = 1 / (values - self._reg(pull) + self._reg(np.delete(pull, row)))
            solved, own = inverse * (whole - pull[row] * film), inverse * film
            solved += own * (abs(pull[row]) * (film @ solved) / (1 - abs(pull[row]) * (film @ own)))
            found[row] = asked @ solved
        return found

    def _pull(self, history: csr_matrix, person: int) -> tuple[np.ndarray, np.ndarray]:
        part = slice(history.indptr[person], history.indptr[person + 1])
        near = self.factors[history.indices[part]].astype(np.float64)
        return near, self.weight * history.data[part].astype(np.float64)

    def _left(self, near: np.ndarray, pull: np.ndarray) -> np.ndarray:
        left = self._gram + (near.T * np.abs(pull)) @ near  # type: ignore[attr-defined]
        left[np.diag_indices_from(left)] += self._reg(pull)
        return left

    def _reg(self, pull: np.ndarray) -> float:
        frequency = float(np.abs(pull).sum()) + len(self.movie_ids)
        return max(self.reg * self.mean * (frequency / self.mean) ** self.exponent, 1e-9)

    def arrays(self) -> Arrays:
        settings = np.array([self.weight, self.reg, self.exponent, self.mean, self.shade])
        return {"movie_ids": self.movie_ids, "factors": self.factors, "settings": settings}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["movie_ids"], arrays["factors"], *(float(value) for value in arrays["settings"]))


@dataclass(frozen=True)
class MatrixFactorization:
    """`fit` chooses the settings on held-out people and then learns; `learn` takes the settings as they are.

    `weight` is how much more a like counts than a film without one, `reg` and `exponent` are λ and ν of `als`.
    """

    factors: int = 128
    weight: float = 6.0
    reg: float = 0.008
    exponent: float = 1.0
    shade: float = 2.0
    sweeps: int = 11
    threads: int = 0
    tries: int = 10
    name: str = "matrix_factorization"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> FactorScorer:
        return self.tuned(data, seed=seed, holdout=holdout).learn(data, seed=seed)

    def learn(self, data: Dataset, *, seed: int) -> FactorScorer:
        likes = data.lessons(self.shade)
        objective = Objective(self.factors, self.weight, self.reg, self.exponent)
        _, films = factorise(likes, objective, sweeps=self.sweeps, seed=seed, threads=self.threads)
        films[np.bincount(likes.indices, minlength=likes.shape[1]) == 0] = 0  # nobody's film is nobody's taste
        mean = objective.mean(likes)
        return FactorScorer(data.movie_ids, films, self.weight, self.reg, self.exponent, mean, self.shade)

    def tuned(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> "MatrixFactorization":
        """The settings that rank best what held-out people like, from a climb of at most `tries` fits."""
        trial = tuning.trial(data, holdout, seed=seed)
        start = self if data.stars is not None else replace(self, shade=0.0)
        if trial is None:
            return start

        def worth(setting: MatrixFactorization) -> float:
            return trial.worth(setting.learn(trial.data, seed=seed).scores(trial.folded))

        return tuning.climb(start, MOVES, worth, tries=self.tries, notice=trial.notice)

    def like(self, scorer: FactorScorer) -> Self:
        """The settings that this scorer was learned with."""
        many = scorer.factors.shape[1]
        same = {name: getattr(scorer, name) for name in ("weight", "reg", "exponent", "shade")}
        return replace(self, factors=many, **same)


MOVES: tuple[Callable[[MatrixFactorization], MatrixFactorization], ...] = (
    lambda setting: replace(setting, factors=min(setting.factors * 2, 128)),
    lambda setting: replace(setting, reg=setting.reg * 2),
    lambda setting: replace(setting, reg=setting.reg / 2),
    lambda setting: replace(setting, weight=setting.weight * 2),
    lambda setting: replace(setting, weight=setting.weight / 2),
    lambda setting: replace(setting, shade=0.0),
    lambda setting: replace(setting, factors=max(setting.factors // 2, 16)),
)
