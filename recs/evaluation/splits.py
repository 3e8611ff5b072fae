"""Ways to hide a part of what people liked."""

import numpy as np
from scipy.sparse import csr_matrix


def hide_some(rows: csr_matrix, random: np.random.Generator, *, share: int = 5) -> tuple[csr_matrix, csr_matrix]:
    """Hide one in `share` of each person's films, at least one: what is folded in, and what is to be predicted.

    `rows` is people × films; both answers have its shape, and together they are it (the inner split of the strong
    protocol of Liang et al. 2018).
    """
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((random.random(rows.nnz), owner))
    place = np.empty(rows.nnz, dtype=np.int64)
    place[order] = np.arange(rows.nnz) - rows.indptr[owner]
    many = np.diff(rows.indptr)[owner]
    hide = place < np.maximum(1, many // share)
    folded, hidden = rows.copy(), rows.copy()
    folded.data[hide] = 0
    hidden.data[~hide] = 0
    folded.eliminate_zeros()
    hidden.eliminate_zeros()
    return folded, hidden
