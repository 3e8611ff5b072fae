"""Measures of a ranking. Sampled candidates mislead (Krichene and Rendle 2020): these rank every film.

Each measure gives one number a person, so that means, errors and paired differences can be made of them. `top` is
people × depth: column numbers of the best films, best first, -1 where a person has no film left.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.stats import rankdata


def ndcg(scores: np.ndarray, folded: csr_matrix, hidden: csr_matrix, *, depth: int = 100) -> float:
    """Mean NDCG at `depth` with binary gains over the whole ranking; films that were folded in cannot be hits.

    `scores` is people × films and is overwritten where films were folded in; `hidden` holds what is to be found, at
    least one film a person (Järvelin and Kekäläinen 2002).
    """
    top = best(scores, folded, depth=depth)
    return float(ndcg_at(hits(top, hidden), np.diff(hidden.indptr), depth).mean())


def best(scores: np.ndarray, known: csr_matrix, *, depth: int) -> np.ndarray:
    """The `depth` best films of each person without those known; of equals the one that comes first in the catalogue.

    `scores` is people × films and is overwritten where a film is known. Raises ValueError on scores that are no
    numbers.
    """
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    scores[known.nonzero()] = -np.inf
    people, films = scores.shape
    top = np.full((people, depth), -1, dtype=np.int64)
    depth = min(depth, films)
    border = np.partition(scores, films - depth, axis=1)[:, films - depth]
    for person in range(people):
        able = np.flatnonzero((scores[person] >= border[person]) & (scores[person] > -np.inf))
        able = able[np.argsort(-scores[person, able], kind="stable")[:depth]]
        top[person, : len(able)] = able
    return top


def hits(top: np.ndarray, hidden: csr_matrix) -> np.ndarray:
    """People × depth, True where a listed film is one of those hidden."""
    if not hidden.nnz:
        return np.zeros(top.shape, dtype=bool)
    width = hidden.shape[1]
    owner = np.repeat(np.arange(hidden.shape[0], dtype=np.int64), np.diff(hidden.indptr))
    wanted = np.sort(owner * width + hidden.indices)
    asked = np.arange(len(top), dtype=np.int64)[:, None] * width + top
    place = np.minimum(np.searchsorted(wanted, asked), len(wanted) - 1)
    return (wanted[place] == asked) & (top >= 0)


def recall_at(hit: np.ndarray, held: np.ndarray, depth: int) -> np.ndarray:
    """Hits among the first `depth` out of as many as there can be: min(depth, hidden films) (Liang et al. 2018)."""
    return hit[:, :depth].sum(axis=1) / np.minimum(held, depth)


def ndcg_at(hit: np.ndarray, held: np.ndarray, depth: int) -> np.ndarray:
    """Discounted gain, 1 / log2(place + 1) a hit, out of that of the best possible ranking."""
    places = min(depth, hit.shape[1])
    ideal = np.cumsum(1 / np.log2(np.arange(2, depth + 2)))
    gains = hit[:, :places] @ (1 / np.log2(np.arange(2, places + 2)))
    return gains / ideal[np.minimum(held, depth) - 1]


@dataclass(frozen=True)
class Catalogue:
    """What the measures beyond accuracy need to know of the films; made from the training part alone."""

    information: np.ndarray
    percentile: np.ndarray
    genres: csr_matrix | None

    @classmethod
    def of(cls, likes: csr_matrix, genres: csr_matrix | None) -> "Catalogue":
        """`likes` is people × films. A film liked by nobody counts as liked by one: information must be finite."""
        many = np.bincount(likes.indices, minlength=likes.shape[1])
        information = np.log2(max(likes.shape[0], 1) / np.maximum(many, 1))
        percentile = 100 * (rankdata(many) - 0.5) / max(len(many), 1)
        if genres is not None and genres.nnz:
            length = np.sqrt(np.asarray(genres.multiply(genres).sum(axis=1)).ravel())
            scale = np.divide(1.0, length, out=np.zeros(len(length)), where=length > 0)
            return cls(information, percentile, (diags(scale) @ genres).tocsr())
        return cls(information, percentile, None)

    def novelty(self, top: np.ndarray) -> np.ndarray:
        """Mean self-information of the listed films in bits, -log2(share of people who liked it) (Zhou et al. 2010)."""
        return _mean_over(self.information, top)

    def popularity(self, top: np.ndarray) -> np.ndarray:
        """Mean popularity percentile of the listed films: 50 is the catalogue's average, 100 only its best known."""
        return _mean_over(self.percentile, top)

    def diversity(self, top: np.ndarray) -> np.ndarray:
        """1 - the mean cosine of the genres of every two listed films (Ziegler et al. 2005); NaN below two films."""
        if self.genres is None:
            raise ValueError("these data know no genres")
        people, depth = top.shape
        there = top >= 0
        owner = np.repeat(np.arange(people), there.sum(axis=1))
        films = top[there]
        listed = csr_matrix((np.ones(len(films)), (owner, films)), shape=(people, self.genres.shape[0]))
        together = np.asarray((listed @ self.genres).power(2).sum(axis=1)).ravel()
        own = np.asarray(self.genres.power(2).sum(axis=1)).ravel()
        alone = listed @ own
        many = there.sum(axis=1)
        pairs = many * (many - 1)
        return 1 - np.divide(together - alone, pairs, out=np.full(people, np.nan), where=pairs > 0)


def _mean_over(values: np.ndarray, top: np.ndarray) -> np.ndarray:
    """The mean of a film's number over each person's list; NaN for an empty list."""
    there = top >= 0
    many = there.sum(axis=1)
    sums = np.where(there, values[np.maximum(top, 0)], 0.0).sum(axis=1)
    return np.divide(sums, many, out=np.full(len(top), np.nan), where=many > 0)
