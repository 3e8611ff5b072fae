"""What everybody likes: the fallback that always has an answer, and the bar that every other model must pass."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Arrays, Dataset, Holdout

# The catalogue's own popularity counts as much as this many people who liked the film best: with few people it
# decides, with many it only orders the films that nobody has judged.
PRIOR_PEOPLE = 3.0


def smoothed_popularity(data: Dataset) -> np.ndarray:
    """The summed weights of those who liked a film, with the catalogue's popularity as the prior; 0 to 1."""
    likes = np.asarray(data.positives.sum(axis=0), dtype=np.float64).ravel()
    prior = np.zeros(len(likes)) if data.popularity is None else data.popularity.astype(np.float64)
    top = prior.max(initial=0.0)
    total = likes + (PRIOR_PEOPLE * prior / top if top > 0 else 0.0)
    most = total.max(initial=0.0)
    return total / most if most > 0 else total


@dataclass(frozen=True, eq=False)
class PopularScorer:
    """The same score for everybody; nobody's history adds to it."""

    movie_ids: np.ndarray
    baseline: np.ndarray
    name = "popular"

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        return np.tile(self.baseline, (history.shape[0], 1))

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        return np.zeros((len(history.indices), len(movies)))

    def arrays(self) -> Arrays:
        return {"movie_ids": self.movie_ids, "baseline": self.baseline}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(movie_ids=arrays["movie_ids"], baseline=arrays["baseline"])


@dataclass(frozen=True)
class Popular:
    name: str = "popular"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> PopularScorer:
        return PopularScorer(movie_ids=data.movie_ids, baseline=smoothed_popularity(data))
