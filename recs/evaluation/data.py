"""From what people did to what a protocol divides: likes without shades, fewer films, and a name for the data."""

import hashlib
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Dataset

LIKED_STARS = 4.0
LIKED_WEIGHT = 0.75  # what four stars are worth; without stars a like (0.8) and a favourite (1.0) pass, hints do not


class TooLittle(ValueError):
    """The data are too small, or hold too little, for what was asked; the message is one line for people."""


def likes(data: Dataset) -> csr_matrix:
    """People × films, 1 where somebody liked a film: four stars or more; without stars, a like or a favourite.

    Where there are stars they alone decide: three stars and a heart are no like.
    """
    found = data.feedback.tocsr().astype(np.float32, copy=True)
    found.data = (found.data >= LIKED_WEIGHT).astype(np.float32)
    if data.stars is not None:
        stars = data.stars.tocsr().astype(np.float32, copy=True)
        rated = stars.copy()
        rated.data = np.ones_like(rated.data)
        stars.data = (stars.data >= LIKED_STARS).astype(np.float32)
        found = csr_matrix(found - found.multiply(rated) + stars)
    found.eliminate_zeros()
    found.sort_indices()
    return found


def binary(data: Dataset) -> Dataset:
    """The same people and films with likes alone: no weak or low ratings, no marks. Stars stay, to learn from.

    The catalogue's own popularity goes too: it is computed from everybody, those to be predicted among them.
    """
    liked = likes(data)
    times = None if data.times is None else at(data.times, liked)
    return replace(data, feedback=liked, known=None, times=times, popularity=None)


def with_films(data: Dataset, columns: np.ndarray) -> Dataset:
    """The same people with some of the films: column numbers, ascending."""
    cut = {}
    for name in ("feedback", "known", "stars", "times"):
        if (table := getattr(data, name)) is not None:
            cut[name] = table[:, columns]
    for name in ("genres", "features", "popularity"):
        if (table := getattr(data, name)) is not None:
            cut[name] = table[columns]
    return replace(data, movie_ids=data.movie_ids[columns], **cut)


def fingerprint(data: Dataset) -> str:
    """SHA-256 of everything an evaluation reads from the data: the same for a folder and for a .zip of it."""
    digest = hashlib.sha256()
    for name in sorted(data.__dataclass_fields__):
        value = getattr(data, name)
        if value is None:
            continue
        digest.update(f"{name}:".encode())
        for part in _plain(value):
            digest.update(part)
    return digest.hexdigest()


def _plain(value: csr_matrix | np.ndarray) -> list[bytes]:
    """Bytes that depend on the numbers and not on how they are kept: width, order of bytes, order of cells."""
    if isinstance(value, np.ndarray):
        return [value.astype("<f8").tobytes() if value.dtype.kind in "iuf" else "\n".join(map(str, value)).encode()]
    rows = value.tocsr().sorted_indices()
    where = [np.asarray(part).astype("<i8").tobytes() for part in (rows.shape, rows.indptr, rows.indices)]
    return [*where, rows.data.astype("<f8").tobytes()]


def at(table: csr_matrix, cells: csr_matrix) -> csr_matrix:
    """The numbers of `table` in the cells that `cells` has, in its order; a missing one is 0 and stays a cell."""
    rows = np.repeat(np.arange(cells.shape[0]), np.diff(cells.indptr))
    there = table.tocsr().sorted_indices()
    width = cells.shape[1]
    keys = np.repeat(np.arange(there.shape[0], dtype=np.int64), np.diff(there.indptr)) * width + there.indices
    wanted = rows.astype(np.int64) * width + cells.indices
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    values = np.zeros(len(wanted))
    if len(keys):
        values = np.where(keys[place] == wanted, there.data[place], 0.0)
    return csr_matrix((values, cells.indices.copy(), cells.indptr.copy()), shape=cells.shape)
