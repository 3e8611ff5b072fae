"""Which films may be suggested now, and what lists need to know of them beside the models."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from recs.algorithms.base import columns_of
from recs.taste import CERTIFICATES, Taste

UNKNOWN = 127  # stands after every certificate, so that it passes none


@dataclass(frozen=True, eq=False)
class Catalogue:
    """One number per film, in the order of the ids, which ascend. `year` is 0 where nobody knows it, `certificate` the
    place in `CERTIFICATES`, `UNKNOWN` where there is none."""

    movie_ids: np.ndarray
    popularity: np.ndarray
    rating: np.ndarray
    votes: np.ndarray
    year: np.ndarray
    certificate: np.ndarray
    read_at: float
    _masks: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    @cached_property
    def familiarity(self) -> np.ndarray:
        """The popularity percentile of each film: 0 the least known, 1 the best known; equal films share a place."""
        count = max(len(self.popularity) - 1, 1)
        ordered = np.sort(self.popularity)
        low = np.searchsorted(ordered, self.popularity, side="left")
        high = np.searchsorted(ordered, self.popularity, side="right") - 1
        return (low + high) / 2 / count

    def allows(self, movie_ids: np.ndarray, chosen: np.ndarray | None = None) -> np.ndarray:
        """Which of these films are in the catalogue (and among its `chosen` ones)."""
        columns = columns_of(np.asarray(movie_ids), self.movie_ids)
        return (columns >= 0) if chosen is None or not len(chosen) else (columns >= 0) & chosen[columns]

    def fitting(self, taste: Taste) -> np.ndarray:
        """Which films pass the taste's decade and certificate."""
        key = (taste.decade, taste.certificate)
        if key not in self._masks:
            mask = np.ones(len(self.movie_ids), dtype=bool)
            if taste.decade:
                mask &= self.year // 10 * 10 == int(taste.decade.removesuffix("s"))
            if taste.certificate:
                mask &= self.certificate <= CERTIFICATES.index(taste.certificate)
            self._masks[key] = mask
        return self._masks[key]

    def spread(self, values: np.ndarray, movie_ids: np.ndarray, missing: float = 0.0) -> np.ndarray:
        """Values of this catalogue's films in the order of other ids."""
        columns = columns_of(np.asarray(movie_ids), self.movie_ids)
        if not len(values):
            return np.full(len(columns), missing, dtype=np.float64)
        return np.where(columns >= 0, values[columns], missing)
