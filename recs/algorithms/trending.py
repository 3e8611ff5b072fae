"""`trending`: what people have taken to lately. A like counts half as much with every `half_life` that has passed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Dataset, Holdout
from recs.algorithms.popular import PopularScorer, smoothed_popularity
from recs.evaluation import ndcg

STANDING = 0.02  # what popularity of all times counts beside the trend: it orders the films that nobody met lately


class TrendingScorer(PopularScorer):
    """The same score for everybody, 0 to 1."""

    name = "trending"


@dataclass(frozen=True)
class Trending:
    """`moment` (days since 1970) is what counts as now; without one it is the newest act in the data.

    With a holdout whichever of `half_lives` (days) ranks its hidden films best is taken, else `half_life`. Data
    without times have no trends: then it is popularity.
    """

    half_life: float = 30.0
    half_lives: tuple[float, ...] = (3.0, 10.0, 30.0, 90.0, 365.0, 1500.0)
    moment: float | None = None
    name: str = "trending"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> TrendingScorer:
        popular = smoothed_popularity(data)
        if data.times is None or not data.times.nnz:
            return TrendingScorer(data.movie_ids, popular)
        moment = float(data.times.data.max()) if self.moment is None else self.moment
        age = data.times.astype(np.float64, copy=True)
        age.data = np.maximum(moment - age.data, 0.0)
        likes = data.positives

        def trend(half_life: float) -> np.ndarray:
            return (1 - STANDING) * decayed(likes, age, half_life) + STANDING * popular

        return TrendingScorer(data.movie_ids, trend(self._chosen(trend, holdout)))

    def _chosen(self, trend: Callable[[float], np.ndarray], holdout: Holdout | None) -> float:
        if holdout is None or not holdout.hidden.nnz:
            return self.half_life
        able = np.flatnonzero(np.diff(holdout.hidden.indptr) > 0)
        folded, hidden = holdout.folded[able], holdout.hidden[able]
        worth = [ndcg(np.tile(trend(days), (len(able), 1)), folded, hidden) for days in self.half_lives]
        return self.half_lives[int(np.argmax(worth))]


def decayed(likes: csr_matrix, age: csr_matrix, half_life: float) -> np.ndarray:
    """Per film the sum of its likes, each halved once per `half_life` of its age; the largest is 1."""
    weight = age.copy()
    weight.data = np.exp2(-weight.data / half_life)
    total = np.asarray(likes.multiply(weight).sum(axis=0), dtype=np.float64).ravel()
    most = total.max(initial=0.0)
    return total / most if most > 0 else total
