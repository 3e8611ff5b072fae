"""Choosing a model's settings by trying them: a small seeded search whose cost does not grow with the data."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_matrix

PEOPLE_HELD_OUT = 300
LIKES_NEEDED = 5
PEOPLE_NEEDED = 100  # with fewer people a validation says more about chance than about the settings
DEPTH = 100

Setting = TypeVar("Setting")
Fit = Callable[[csr_matrix, Setting], np.ndarray]


def choose(
    likes: csr_matrix, settings: Sequence[Setting], fit: Fit[Setting], *, default: Setting, seed: int
) -> Setting:
    """The setting whose item weights rank best what held-out people liked beside the films that are folded in."""
    random = np.random.default_rng(seed)
    able = random.permutation(np.flatnonzero(np.diff(likes.indptr) >= LIKES_NEEDED))
    if len(able) < PEOPLE_NEEDED:
        return default
    tested = np.sort(able[: min(PEOPLE_HELD_OUT, len(able) // 10)])
    learned = likes[np.setdiff1d(np.arange(likes.shape[0]), tested)]
    folded, hidden = _split(likes[tested], random)
    worth = [_ndcg(folded @ fit(learned, setting), folded, hidden) for setting in settings]
    return settings[int(np.argmax(worth))]


def _split(rows: csr_matrix, random: np.random.Generator) -> tuple[csr_matrix, csr_matrix]:
    """A fifth of each person's films, at least one, is hidden."""
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((random.random(rows.nnz), owner))
    place = np.empty(rows.nnz, dtype=np.int64)
    place[order] = np.arange(rows.nnz) - rows.indptr[owner]
    many = np.diff(rows.indptr)[owner]
    hide = place < np.maximum(1, many // 5)
    folded, hidden = rows.copy(), rows.copy()
    folded.data[hide] = 0
    hidden.data[~hide] = 0
    folded.eliminate_zeros()
    hidden.eliminate_zeros()
    return folded, hidden


def _ndcg(scores: np.ndarray, folded: csr_matrix, hidden: csr_matrix) -> float:
    scores[folded.nonzero()] = -np.inf
    depth = min(DEPTH, scores.shape[1])
    top = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    hits = np.take_along_axis(hidden.toarray() > 0, top, axis=1)
    gains = 1 / np.log2(np.arange(2, depth + 2))
    ideal = np.concatenate(([0.0], np.cumsum(gains)))[np.minimum(np.diff(hidden.indptr), depth)]
    return float(((hits @ gains) / ideal).mean())
