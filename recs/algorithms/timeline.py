"""What was liked when: films come and go, and people with them.

Time is cut into periods with equally many likes. For each period a film has its share of the likes then, pulled
towards its share of all likes. A person's own times say which periods to look at.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Arrays, Dataset
from recs.algorithms.tuning import dated

PERIODS = 40
LIKES_A_PERIOD = 400  # with fewer likes there are fewer periods
BELIEVED = 0.25  # what all time counts beside a period
FLOOR = 1e-9


@dataclass(frozen=True, eq=False)
class Timeline:
    """`shares` (periods × films) are logarithms: how much more a film was liked in a period than ever."""

    edges: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, data: Dataset) -> Self:
        likes = data.positives
        when = np.zeros(0) if data.times is None else dated(likes, data.times)
        told = when > 0
        films = likes.shape[1]
        periods = min(PERIODS, int(told.sum()) // LIKES_A_PERIOD)
        if periods < 2:
            return cls(np.zeros(0), np.zeros((1, films), dtype=np.float32))
        edges = np.unique(np.quantile(when[told], np.linspace(0, 1, periods + 1)[1:-1]))
        period = np.searchsorted(edges, when[told], side="right")
        cells = period * films + likes.indices[told]
        counts = np.bincount(cells, minlength=(len(edges) + 1) * films).reshape(-1, films).astype(np.float64)
        share = counts.sum(axis=0) / counts.sum()
        in_period = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ratio = (in_period + BELIEVED * share + FLOOR) / ((1 + BELIEVED) * share + FLOOR)
        return cls(edges, np.log(ratio).astype(np.float32))

    @property
    def now(self) -> np.ndarray:
        """The logarithms of the last period."""
        return self.shares[-1]

    def during(self, times: csr_matrix | None, people: int) -> np.ndarray:
        """People × films: the mean over the periods of a person's acts, the last period where no times are known."""
        found = np.tile(self.now.astype(np.float64), (people, 1))
        if times is None or len(self.shares) == 1:
            return found
        profile = self._profile(times)
        told = profile.sum(axis=1) > 0
        found[told] = profile[told] / profile[told].sum(axis=1, keepdims=True) @ self.shares
        return found

    def lately(self, times: csr_matrix | None, people: int) -> np.ndarray:
        """People × films: the period of a person's latest act, the last period where no times are known."""
        found = np.tile(self.now.astype(np.float64), (people, 1))
        if times is None or len(self.shares) == 1:
            return found
        latest = np.asarray(times.max(axis=1).toarray()).ravel()
        told = latest > 0
        found[told] = self.shares[np.searchsorted(self.edges, latest[told], side="right")]
        return found

    def _profile(self, times: csr_matrix) -> np.ndarray:
        owner = np.repeat(np.arange(times.shape[0]), np.diff(times.indptr))
        told = times.data > 0
        period = np.searchsorted(self.edges, times.data[told], side="right")
        places = owner[told] * len(self.shares) + period
        return np.bincount(places, minlength=times.shape[0] * len(self.shares)).reshape(times.shape[0], -1)

    def arrays(self) -> Arrays:
        return {"edges": self.edges, "shares": self.shares}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["edges"], arrays["shares"])


def recent(history: csr_matrix, times: csr_matrix | None, half: float) -> csr_matrix:
    """The same history with each film counting less the more films came after it, half when `half` films did.

    Without times it is returned as it is.
    """
    if times is None or not history.nnz or not half:
        return history
    when = dated(history, times)
    owner = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
    order = np.lexsort((-when, owner))
    age = np.empty(history.nnz)
    age[order] = np.arange(history.nnz) - history.indptr[owner]
    age[when == 0] = 0
    return csr_matrix((history.data * 2.0 ** (-age / half), history.indices, history.indptr), shape=history.shape)
