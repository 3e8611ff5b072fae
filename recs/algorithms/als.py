"""Implicit-feedback matrix factorisation by alternating least squares, regularised by frequency.

The objective (Hu, Koren and Volinsky 2008; Rendle et al. 2021): every cell of people × films counts 1 with the target
0, a like of weight w counts 1 + αw with the target 1, and a row that is seen often is held back more:
λ_row = λ · mean(f) · (f_row / mean(f))^ν with f_row = α · (summed likes) + (number of cells in the row).

`implicit` brings a compiled solver for that with one λ for all rows. So the rows are sorted by f, cut into groups of
like f, and each group is solved with its own λ. Where `implicit` is not installed, numpy solves the same rows exactly.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

try:
    from implicit.cpu._als import least_squares_cg
except ImportError:  # no wheel for this platform
    least_squares_cg = None

GROUPS = 8
ALIKE = 1.05  # rows whose λ differ by no more than this factor are not told apart
CG_STEPS = 3
LEAST_REG = 1e-9  # so that an empty row can be solved
START = 0.01  # scale of the random factors to begin with


@dataclass(frozen=True)
class Objective:
    """`weight` is α, `reg` is λ, `exponent` is ν."""

    factors: int = 64
    weight: float = 8.0
    reg: float = 0.01
    exponent: float = 1.0

    def regs(self, likes: csr_matrix) -> np.ndarray:
        """λ of each row."""
        frequency = self._frequency(likes)
        mean = self.mean(likes)
        return np.maximum(self.reg * mean * (frequency / mean) ** self.exponent, LEAST_REG)

    def mean(self, likes: csr_matrix) -> float:
        """The mean of f over the rows."""
        return float(self._frequency(likes).mean()) if likes.shape[0] and likes.shape[1] else 1.0

    def _frequency(self, likes: csr_matrix) -> np.ndarray:
        return self.weight * np.asarray(likes.sum(axis=1), dtype=np.float64).ravel() + likes.shape[1]


def factorise(
    likes: csr_matrix, objective: Objective, *, sweeps: int, seed: int, threads: int = 0, exact: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Factors of people and of films, float32; `exact` takes the numpy solver, `threads=0` all cores.

    The same seed gives the same bytes, however many threads: each row is solved by itself.
    """
    random = np.random.default_rng(seed)
    people, films = (random.random((n, objective.factors), dtype=np.float32) * START for n in likes.shape)
    regs, film_regs = objective.regs(likes), objective.regs(likes.T.tocsr())
    # Both are kept in the order of λ meanwhile, so that the rows of a group lie in one piece.
    order, film_order = np.argsort(regs, kind="stable"), np.argsort(film_regs, kind="stable")
    people, films = people[order], films[film_order]
    confidence = likes.astype(np.float32)[order][:, film_order]
    confidence.data = 1 + np.float32(objective.weight) * confidence.data
    by_person = _Rows(confidence, regs[order])
    by_film = _Rows(confidence.T.tocsr(), film_regs[film_order])
    solve = _exact if exact or least_squares_cg is None else _by_conjugate_gradients
    with threadpool_limits(1, "blas"):
        for _ in range(sweeps):
            solve(by_person, people, films, threads)
            solve(by_film, films, people, threads)
    return people[np.argsort(order)], films[np.argsort(film_order)]


@dataclass(frozen=True)
class _Rows:
    """The rows to solve for, in the order of their `regs`: one λ per row."""

    confidence: csr_matrix
    regs: np.ndarray

    @cached_property
    def groups(self) -> list[tuple[slice, csr_matrix, float]]:
        """Rows of like λ: where they lie, what is in them, and their mean λ."""
        return [
            (slice(start, stop), self.confidence[start:stop], float(self.regs[start:stop].mean()))
            for start, stop in pairwise(self._edges.tolist())
        ]

    @property
    def _edges(self) -> np.ndarray:
        if not len(self.regs):
            return np.zeros(1, dtype=np.int64)
        least, most = self.regs[[0, -1]]
        many = int(np.clip(np.ceil(np.log(most / least) / np.log(ALIKE)), 1, GROUPS))
        steps = np.geomspace(least, most, many + 1)[1:-1]
        return np.unique(np.concatenate(([0], np.searchsorted(self.regs, steps), [len(self.regs)])))


def _by_conjugate_gradients(rows: _Rows, mine: np.ndarray, theirs: np.ndarray, threads: int) -> None:
    for part, confidence, reg in rows.groups:
        least_squares_cg(confidence, mine[part], theirs, reg, num_threads=threads, cg_steps=CG_STEPS)


def _exact(rows: _Rows, mine: np.ndarray, theirs: np.ndarray, threads: int) -> None:
    theirs64 = theirs.astype(np.float64)
    shared = theirs64.T @ theirs64
    matrix = rows.confidence
    for row, reg in enumerate(rows.regs):
        cut = slice(matrix.indptr[row], matrix.indptr[row + 1])
        near, sure = theirs64[matrix.indices[cut]], matrix.data[cut].astype(np.float64)
        left = shared + (near.T * (sure - 1)) @ near
        left[np.diag_indices_from(left)] += reg
        mine[row] = np.linalg.solve(left, near.T @ sure)
