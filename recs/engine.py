"""One fitted model as lists use it: scores by history, remembered; candidates; and a person as it hears them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recs import reasons
from recs.algorithms import Scorer, Terms, row_of
from recs.algorithms.base import columns_of
from recs.taste import HYBRID, Adjustments

REMEMBERED = 32  # histories whose scores a model keeps: 80 kB each with 10,000 films

COLLABORATIVE, NEIGHBOURS, GENRES, POPULAR = "collaborative", "neighbours", "genre_based", "popular"
CONTENT = "content_based"
LEARNED = (HYBRID, COLLABORATIVE, "matrix_factorization", CONTENT, NEIGHBOURS)
IMPERSONAL = ("trending", POPULAR)
CHAIN = (HYBRID, COLLABORATIVE, GENRES, POPULAR)


@dataclass(frozen=True, eq=False)
class Model:
    """A scorer, where it comes from, and which of its films may be shown now."""

    scorer: Scorer
    version: str
    allowed: np.ndarray
    remembered: dict[tuple[bytes, ...], np.ndarray] = field(default_factory=dict)
    variants: dict[object, "Model"] = field(default_factory=dict)

    def scores(self, row: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        """What the model makes of one history. A page asks for several lists by the same one, and so does the next."""
        key = (row.indices.tobytes(), row.data.tobytes(), times.data.tobytes() if times is not None else b"")
        found = self.remembered.get(key)
        if found is None:
            found = self.scorer.scores(row, times)[0]
            found.flags.writeable = False
            if len(self.remembered) >= REMEMBERED:
                self.remembered.clear()
            self.remembered[key] = found
        return found

    @property
    def name(self) -> str:
        return self.scorer.name

    @property
    def movie_ids(self) -> np.ndarray:
        return np.asarray(self.scorer.movie_ids)

    def column(self, movie_id: int) -> int:
        """-1 for a film that the model does not know."""
        return int(columns_of(np.array([movie_id]), self.movie_ids)[0])

    def candidates(self, exclude: np.ndarray) -> np.ndarray:
        """A mask of the films that may be picked, without the excluded ids."""
        mask = self.allowed.copy()
        columns = columns_of(exclude, self.scorer.movie_ids)
        mask[columns[columns >= 0]] = False
        return mask

    def ids(self, columns: np.ndarray) -> list[int]:
        return [int(number) for number in self.movie_ids[columns]]

    def adjusted(self, adjustments: Adjustments) -> "Model":
        """The same model with features and popularity counting as the person wants, where it knows of such things."""
        features, popularity = adjustments.engine
        if (not features and popularity == 1.0) or self.name not in (HYBRID, CONTENT):
            return self
        if adjustments.engine not in self.variants:
            change: Any = self.scorer
            scorer = change.adjusted(dict(features), *((popularity,) if self.name == HYBRID else ()))
            if len(self.variants) >= REMEMBERED:
                self.variants.clear()
            self.variants[adjustments.engine] = replace(self, scorer=scorer, remembered={}, variants={})
        return self.variants[adjustments.engine]


@dataclass(frozen=True, eq=False)
class Heard:
    """What one model makes of one person, before anything is left out: `lift` is the part of `scores` that popularity
    added to the scorer's own."""

    model: Model
    row: csr_matrix
    times: csr_matrix | None
    scores: np.ndarray
    lift: np.ndarray | None = None

    @property
    def merit(self) -> np.ndarray:
        """The scores, moved so that whatever the model would pick lies above zero.

        `hybrid` weighs popularity in, so that its zero means nothing: it ranks every film, the worst ones last. For
        the others a score of zero or less says that nothing speaks for the film.
        """
        if self.model.name != HYBRID or not len(self.scores):
            return self.scores
        return self.scores - self.scores.min() + 1e-9

    @property
    def ordinary(self) -> float:
        """What `hybrid` gives the film in the middle, to whom little but popularity counts; 0 for the others."""
        return float(np.median(self.scores)) if self.model.name == HYBRID and len(self.scores) else 0.0

    def terms(self, columns: np.ndarray) -> Terms:
        lift = None if self.lift is None else self.lift[columns]
        return reasons.worked_out(self.model.scorer, self.row, columns, self.times, lift)


def id_array(ids: Collection[int]) -> np.ndarray:
    return np.fromiter(ids, np.int64, len(ids))


def best(scores: np.ndarray, n: int) -> np.ndarray:
    """The columns of the n best scores above zero, best first; equal scores in the order of the columns."""
    scores = np.where(np.isfinite(scores), scores, 0.0)
    if n <= 0:
        return np.empty(0, dtype=np.int64)
    if n < len(scores):
        threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
        columns = np.flatnonzero((scores >= threshold) & (scores > 0))
    else:
        columns = np.flatnonzero(scores > 0)
    return columns[np.argsort(-scores[columns], kind="stable")][:n]


def times_of(history: Mapping[int, float], times: Mapping[int, float] | None, model: Model) -> csr_matrix | None:
    """When each film of the history was judged, in the same cells; what nobody dated counts as the newest."""
    if times is None:
        return None
    newest = max((times[film] for film in history if film in times), default=0.0)
    return row_of({film: times.get(film, newest) for film in history}, model.scorer.movie_ids)
