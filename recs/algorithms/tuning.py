"""Choosing a model's settings by trying them: a small seeded search whose cost does not grow with the data."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from recs.evaluation import hide_some, ndcg

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
    folded, hidden = hide_some(likes[tested], random)
    worth = [ndcg(folded @ fit(learned, setting), folded, hidden, depth=DEPTH) for setting in settings]
    return settings[int(np.argmax(worth))]
