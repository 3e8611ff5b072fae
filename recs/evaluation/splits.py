"""Ways to hide a part of what people liked, and to show a model less of the rest."""

import numpy as np
from scipy.sparse import csr_matrix


def hide_some(rows: csr_matrix, random: np.random.Generator, *, share: int = 5) -> tuple[csr_matrix, csr_matrix]:
    """Hide one in `share` of each person's films, at least one: what is folded in, and what is to be predicted.

    `rows` is people × films; both answers have its shape, and together they are it (the inner split of the strong
    protocol of Liang et al. 2018).
    """
    place = _shuffled_places(rows, random)
    many = np.repeat(np.diff(rows.indptr), np.diff(rows.indptr))
    hide = place < np.maximum(1, many // share)
    return only(rows, ~hide), only(rows, hide)


def fold(rows: csr_matrix, *, seed: int, share: float = 0.2) -> tuple[csr_matrix, csr_matrix]:
    """Liang et al.'s own draw: person after person, `int(share · n)` of their films, at least one, are hidden.

    The generator is `RandomState(seed)` and a person's films are in the order of their columns. Who has a single
    film keeps it: there would be nothing to predict from. Returns what is folded in and what is hidden, both people
    × films; together they are `rows`.
    """
    random = np.random.RandomState(seed)
    hide = np.zeros(rows.nnz, dtype=bool)
    for start, many in zip(rows.indptr[:-1], np.diff(rows.indptr), strict=True):
        if many > 1:
            hide[start + random.choice(many, size=max(1, int(share * many)), replace=False)] = True
    return only(rows, ~hide), only(rows, hide)


def keep(rows: csr_matrix, many: int, *, seed: int) -> csr_matrix:
    """`many` random films of each person; with the same seed, fewer are always among the more.

    People with fewer films keep all of theirs: leave them out before where that matters.
    """
    return only(rows, _shuffled_places(rows, np.random.default_rng(seed)) < many)


def only(rows: csr_matrix, cells: np.ndarray) -> csr_matrix:
    """The same people and films with some of the cells: a mask in the order of `rows.data`."""
    before = np.concatenate(([0], np.cumsum(cells)))
    shape = rows.shape
    return csr_matrix((rows.data[cells], rows.indices[cells], before[rows.indptr]), shape=shape)


def _shuffled_places(rows: csr_matrix, random: np.random.Generator) -> np.ndarray:
    """For each cell its place in a random order of its person's films."""
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((random.random(rows.nnz), owner))
    place = np.empty(rows.nnz, dtype=np.int64)
    place[order] = np.arange(rows.nnz) - rows.indptr[owner]
    return place
