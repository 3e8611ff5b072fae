"""Implicit-feedback matrix factorisation by alternating least squares, regularised by frequency.

The objective (Hu, Koren and Volinsky 2008; Rendle et al. 2021): every cell of people × films counts 1 with the target
0, a like of weight w counts 1 + αw with the target 1, and a row that is seen often is held back more:
λ_row = λ · mean(f) · (f_row / mean(f))^ν with f_row = α · (summed likes) + (number of cells in the row).

`implicit` brings a compiled solver for that with one λ for all rows. So the rows are sorted by f, cut into groups of
like f, and each group is solved with its own λ. Where `implicit` is not installed, numpy solves the same rows exactly.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

try:
    from implicit.cpu._als import least_squares_cg
except ImportError:  # no wheel for this platform
    least_squares_cg = None

GROUPS = 8
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
    confidence = likes.astype(np.float32)
    confidence.data = 1 + np.float32(objective.weight) * confidence.data
    by_person = _Rows.of(confidence, objective.regs(likes))
    by_film = _Rows.of(confidence.T.tocsr(), objective.regs(likes.T.tocsr()))
    solve = _exact if exact or least_squares_cg is None else _by_conjugate_gradients
    with threadpool_limits(1, "blas"):
        for _ in range(sweeps):
            solve(by_person, people, films, threads)
            solve(by_film, films, people, threads)
    return people, films


@dataclass(frozen=True)
class _Rows:
    """The rows to solve for, rarest first, cut into groups; `regs` has one λ per row."""

    order: np.ndarray
    confidence: csr_matrix
    regs: np.ndarray
    edges: np.ndarray

    @cached_property
    def groups(self) -> list[csr_matrix]:
        """The rows of each group."""
        pairs = zip(self.edges[:-1], self.edges[1:], strict=True)
        return [self.confidence[start:stop] for start, stop in pairs]

    @classmethod
    def of(cls, confidence: csr_matrix, regs: np.ndarray) -> "_Rows":
        order = np.argsort(regs, kind="stable")
        regs = regs[order]
        if not len(regs):
            return cls(order, confidence, regs, np.zeros(1, dtype=np.int64))
        steps = np.geomspace(regs[0], regs[-1], GROUPS + 1)[1:-1]
        edges = np.unique(np.concatenate(([0], np.searchsorted(regs, steps), [len(regs)])))
        return cls(order, confidence[order], regs, edges)


def _by_conjugate_gradients(rows: _Rows, mine: np.ndarray, theirs: np.ndarray, threads: int) -> None:
    sorted_rows = mine[rows.order]
    for confidence, start, stop in zip(rows.groups, rows.edges[:-1], rows.edges[1:], strict=True):
        reg = float(rows.regs[start:stop].mean())
        part = sorted_rows[start:stop]
        least_squares_cg(confidence, part, theirs, reg, num_threads=threads, cg_steps=CG_STEPS)
    mine[rows.order] = sorted_rows


def _exact(rows: _Rows, mine: np.ndarray, theirs: np.ndarray, threads: int) -> None:
    theirs64 = theirs.astype(np.float64)
    shared = theirs64.T @ theirs64
    matrix = rows.confidence
    for place, row in enumerate(rows.order):
        cut = slice(matrix.indptr[place], matrix.indptr[place + 1])
        near, sure = theirs64[matrix.indices[cut]], matrix.data[cut].astype(np.float64)
        left = shared + (near.T * (sure - 1)) @ near
        left[np.diag_indices_from(left)] += rows.regs[place]
        mine[row] = np.linalg.solve(left, near.T @ sure)
