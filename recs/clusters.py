"""Choosing films for the welcome pages: groups that belong together, and films whose rating tells most.

Only arrays in and numbers out. Films are rows, the best-known first; a vector is a place in the space of tastes.
"""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

DIMENSIONS = 16
FAME = 0.15  # how much a little fame counts against a little distance when a group chooses its films
UNSEEN = 0.5  # how much "not seen" says about films like it
KNOWN = 0.8  # how much an answer takes away from asking about films like it


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length one; an empty row stays empty."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


def condense(features: np.ndarray, *, seed: int) -> np.ndarray:
    """The main directions in which films differ: few numbers each, so that distances mean something."""
    size = min(DIMENSIONS, min(features.shape) - 1)
    centred = features.astype(np.float64)
    if size < 2:
        return unit(centred)
    centred -= centred.mean(axis=0)  # what all films share would make all of them alike
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a matrix without any variance divides by it
        found = TruncatedSVD(size, random_state=seed).fit_transform(centred)
    return unit(found)


def groups(vectors: np.ndarray, *, count: int, size: int, seed: int) -> list[list[int]]:
    """Up to `count` groups of `size` rows each; no row twice; the first groups lie far apart from each other."""
    count = min(count, len(vectors) // size)
    if count == 0:
        return []
    centres = _centres(vectors, count, seed)
    nearness = vectors @ centres.T - FAME * np.linspace(0, 1, len(vectors))[:, None]
    free = np.ones(len(vectors), dtype=bool)
    found = []
    for centre in _spread(centres):
        ranked = np.argsort(np.where(free, -nearness[:, centre], np.inf), kind="stable")[:size]
        free[ranked] = False
        found.append(sorted(int(row) for row in ranked))
    return found


def _centres(vectors: np.ndarray, count: int, seed: int) -> np.ndarray:
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different films than groups is no error here
        fitted = KMeans(count, n_init=4, random_state=seed).fit(vectors)
    return unit(fitted.cluster_centers_)


def _spread(centres: np.ndarray) -> list[int]:
    """Farthest first: each next centre is the one least like those before it."""
    order = [0]
    likeness = centres @ centres[0]
    while len(order) < len(centres):
        likeness[order] = np.inf
        order.append(int(np.argmin(likeness)))
        likeness = np.maximum(likeness, centres @ centres[order[-1]])
    return order


def shared(genres: np.ndarray, rows: list[int], *, most: int = 3) -> list[int]:
    """The columns of `genres` that at least half of these films have, the most unusual among all films first."""
    share = genres[rows].mean(axis=0)
    usual = genres.mean(axis=0)
    telling = np.where(share >= 0.5, share / np.maximum(usual, 1e-9), 0.0)
    order = np.argsort(-telling, kind="stable")[:most]
    return [int(column) for column in order if telling[column] > 0] or [int(np.argmax(share))]


def disagreement(histogram: np.ndarray) -> np.ndarray:
    """Entropy of each film's ratings from 0 (all the same, or none) to 1 (every rating equally often)."""
    totals = histogram.sum(axis=1, keepdims=True)
    share = histogram / np.where(totals > 0, totals, 1)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return -(share * logs).sum(axis=1) / np.log(histogram.shape[1])


def telling(votes: np.ndarray, histogram: np.ndarray) -> np.ndarray:
    """How much a rating of each film would say: many know it, and they disagree about it."""
    return np.log1p(votes) * (0.25 + disagreement(histogram))


def next_film(
    scores: np.ndarray, vectors: np.ndarray, *, rated: list[int], unseen: list[int], done: list[int]
) -> int | None:
    """The film to ask about next: telling, unlike those already rated, and not much like those never seen."""
    worth = scores.astype(np.float64).copy()
    worth *= 1 - KNOWN * _nearest(vectors, rated)
    worth *= 1 - UNSEEN * _nearest(vectors, unseen)
    worth[[*rated, *unseen, *done]] = -1.0
    best = int(np.argmax(worth)) if len(worth) else -1
    return best if best >= 0 and worth[best] >= 0 else None


def _nearest(vectors: np.ndarray, rows: list[int]) -> np.ndarray:
    """For each film its likeness, 0 to 1, to the most similar of these rows."""
    if not rows:
        return np.zeros(len(vectors))
    return np.clip((vectors @ vectors[rows].T).max(axis=1), 0.0, 1.0)
