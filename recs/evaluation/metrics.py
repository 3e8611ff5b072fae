"""Measures of a ranking. Sampled candidates mislead (Krichene and Rendle 2020): these rank every film."""

import numpy as np
from scipy.sparse import csr_matrix


def ndcg(scores: np.ndarray, folded: csr_matrix, hidden: csr_matrix, *, depth: int = 100) -> float:
    """Mean NDCG at `depth` with binary gains over the whole ranking; films that were folded in cannot be hits.

    `scores` is people × films and is overwritten where films were folded in; `hidden` holds what is to be found, at
    least one film a person (Järvelin and Kekäläinen 2002).
    """
    scores[folded.nonzero()] = -np.inf
    depth = min(depth, scores.shape[1])
    top = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    hits = np.take_along_axis(hidden.toarray() > 0, top, axis=1)
    gains = 1 / np.log2(np.arange(2, depth + 2))
    ideal = np.concatenate(([0.0], np.cumsum(gains)))[np.minimum(np.diff(hidden.indptr), depth)]
    return float(((hits @ gains) / ideal).mean())
