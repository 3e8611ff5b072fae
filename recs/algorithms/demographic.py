"""`demographic`: what people of the same age, country or language like more than others do.

For somebody who has told nothing but that. A group's rate of liking a film is pulled towards everybody's rate
(empirical Bayes): as strongly as the groups' rates, beyond what chance makes of them, are alike. Groups of fewer than
twenty people are never looked at, so that nobody's taste shows through the numbers of the few who share a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Arrays, Dataset, Holdout
from recs.algorithms.popular import smoothed_popularity

FEWEST_PEOPLE = 20
STRENGTHS = (1.0, 1e6)  # the bounds of the pull, in people


@dataclass(frozen=True, eq=False)
class DemographicScorer:
    """`lifts` (groups × films) is the logarithm of how many times more a group likes a film than everybody."""

    movie_ids: np.ndarray
    baseline: np.ndarray
    group_names: np.ndarray
    lifts: np.ndarray
    name = "demographic"

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        """Of somebody of whom no group is known: what everybody likes, whatever their history."""
        return np.tile(self.baseline, (history.shape[0], 1))

    def scores_for(self, group_names: Sequence[str]) -> np.ndarray:
        """A score per film for somebody of these groups; groups that are unknown or too small say nothing.

        Groups overlap (a country and its language), so that k of them count as the square root of k.
        """
        rows = np.flatnonzero(np.isin(self.group_names, list(set(group_names))))
        if not len(rows):
            return np.array(self.baseline, dtype=np.float64)
        lift = self.lifts[rows].sum(axis=0, dtype=np.float64) / np.sqrt(len(rows))
        return self.baseline * np.exp(lift)

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        return np.zeros((len(history.indices), len(movies)))

    def arrays(self) -> Arrays:
        return {
            "movie_ids": self.movie_ids,
            "baseline": self.baseline,
            "group_names": self.group_names,
            "lifts": self.lifts,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(**{key: arrays[key] for key in ("movie_ids", "baseline", "group_names", "lifts")})


@dataclass(frozen=True)
class Demographic:
    name: str = "demographic"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> DemographicScorer:
        groups, names = _large_enough(data)
        likes = data.positives.astype(np.float64)
        everybody = np.asarray(likes.sum(axis=0)).ravel() / max(len(data.user_ids), 1)
        people = np.asarray(groups.sum(axis=0)).ravel()
        liked = (groups.T @ likes).toarray()
        pull = strength(liked, people, everybody)
        rates = (liked + pull * everybody) / (people[:, None] + pull)
        lifts = np.log(np.divide(rates, everybody, out=np.ones_like(rates), where=everybody > 0))
        return DemographicScorer(data.movie_ids, smoothed_popularity(data), names, lifts.astype(np.float32))


def _large_enough(data: Dataset) -> tuple[csr_matrix, np.ndarray]:
    if data.groups is None or data.group_names is None:
        return csr_matrix((len(data.user_ids), 0)), np.empty(0, dtype=np.str_)
    members = csr_matrix(data.groups > 0, dtype=np.float64)
    large = np.flatnonzero(np.asarray(members.sum(axis=0)).ravel() >= FEWEST_PEOPLE)
    return members[:, large], np.asarray(data.group_names, dtype=np.str_)[large]


def strength(liked: np.ndarray, people: np.ndarray, everybody: np.ndarray) -> float:
    """How many people everybody's rate counts for beside a group's own.

    Beta-binomial by moments: the squared distance of a group's likes from what is expected is n p (1-p) (1 + (n-1) ρ),
    summed over groups and films, and the strength is 1/ρ - 1 (Kleinman 1973).
    """
    chance = everybody * (1 - everybody)
    beyond = ((liked - people[:, None] * everybody) ** 2 - people[:, None] * chance).sum()
    possible = (people * (people - 1)).sum() * chance.sum()
    if beyond <= 0 or possible <= 0:
        return STRENGTHS[1]
    return float(np.clip(possible / beyond - 1, *STRENGTHS))
