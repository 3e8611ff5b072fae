"""The fitted `hybrid`: a weighted sum of what other scorers say and of popularity.

Each part's score is divided by its spread over the films for this person, so that parts are comparable, and multiplied
by a weight that depends on how many films are known of the person; how popular a film is, was in the person's times and
is now has weights of its own. Nothing in it is non-linear in the films, so a pick can be taken apart exactly: which
film of the history, which feature or which popularity gave how much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, vstack

from recs.algorithms.base import Arrays, Scorer, Terms, summed, terms
from recs.algorithms.blending import spread
from recs.algorithms.content_based import ContentScorer
from recs.algorithms.item_item import ItemItemScorer
from recs.algorithms.matrix_factorization import FactorScorer
from recs.algorithms.spectral import SpectralScorer
from recs.algorithms.timeline import Timeline, recent
from recs.evaluation.splits import only

CONTENT = "content_based"
PARTS: Mapping[str, type[Scorer]] = {
    "collaborative": ItemItemScorer,
    "matrix_factorization": FactorScorer,
    "spectral": SpectralScorer,
    CONTENT: ContentScorer,
}
EVERYBODY = ("popular", "during", "lately", "now")  # what is not about the films of the history
PEOPLE_AT_ONCE = 512


@dataclass(frozen=True, eq=False)
class HybridScorer:
    """`weights` is knots × (parts, then `EVERYBODY`); `popular` is the films' log popularity.

    For the parts a film of the history counts half when `half` films came after it; with 0, or without times, all
    count alike.
    """

    movie_ids: np.ndarray
    parts: Mapping[str, Scorer]
    weights: np.ndarray
    popular: np.ndarray
    timeline: Timeline
    half: float = 0.0
    dimmed: tuple[tuple[str, float], ...] = ()
    dimmed_popularity: float = 1.0
    name = "hybrid"

    @property
    def baseline(self) -> np.ndarray:
        return self.scores(csr_matrix((1, len(self.movie_ids))))[0]

    @property
    def personal(self) -> list[str]:
        """The features that come from the history, in the order of the weights."""
        return list(self.parts)

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        history = summed(history)
        found = np.empty(history.shape)
        for start in range(0, history.shape[0], PEOPLE_AT_ONCE):
            stop = start + PEOPLE_AT_ONCE
            when = None if times is None else times[start:stop]
            found[start:stop] = self._scores(history[start:stop], when)
        return found

    def _scores(self, history: csr_matrix, times: csr_matrix | None) -> np.ndarray:
        weights = self._weights(history)
        total = self._popularity(weights, times)
        history = recent(history, times, self.half)
        for place, part in enumerate(self.personal):
            if weights[:, place].any():
                said = self.parts[part].scores(history)
                scale = weights[:, place] / _spread_of(said)
                if part == CONTENT and self._dimmed_content is not None:
                    said = self._dimmed_content.scores(history)
                total += said * scale[:, None]
        return total

    def features(self, history: csr_matrix, times: csr_matrix | None) -> np.ndarray:
        """People × features × films, float32: what the weights are learned from."""
        table = np.empty((history.shape[0], self.weights.shape[1], history.shape[1]), dtype=np.float32)
        told = recent(history, times, self.half)
        for place, part in enumerate(self.personal):
            said = self.parts[part].scores(told)
            table[:, place] = said / _spread_of(said)[:, None]
        for place, known in enumerate(self._everybody(times, history.shape[0]), start=len(self.personal)):
            table[:, place] = known
        return table

    @cached_property
    def _dimmed_content(self) -> ContentScorer | None:
        content = self.parts.get(CONTENT)
        return content.adjusted(dict(self.dimmed)) if self.dimmed and isinstance(content, ContentScorer) else None

    def _weights(self, history: csr_matrix) -> np.ndarray:
        return spread(np.diff(history.indptr)) @ self.weights

    def _everybody(self, times: csr_matrix | None, people: int) -> list[np.ndarray]:
        line = self.timeline
        return [self.popular[None], line.during(times, people), line.lately(times, people), line.now[None]]

    def _popularity(self, weights: np.ndarray, times: csr_matrix | None) -> np.ndarray:
        total = np.zeros((len(weights), len(self.movie_ids)))
        for place, known in enumerate(self._everybody(times, len(weights)), start=len(self.personal)):
            total += weights[:, place, None] * known
        return total * self.dimmed_popularity

    def terms(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> Terms:
        """For one person, exactly what makes up the scores of the asked films."""
        history = summed(history)
        weights = self._weights(history)
        films = np.zeros((len(history.indices), len(movies)))
        features, names = np.zeros((0, len(movies))), np.empty(0, dtype=str)
        told = recent(history, times, self.half)
        for place, part in enumerate(self.personal):
            if not weights[0, place]:
                continue
            scale = weights[0, place] / _spread_of(self.parts[part].scores(told))[0]
            if part == CONTENT:
                own = terms(self._dimmed_content or self.parts[CONTENT], told, movies)
                features, names = scale * own.features, own.feature_names
            else:
                films += scale * self.parts[part].contributions(told, movies)
        popularity = self._popularity(weights, times)[0, movies]
        return Terms(films, features, names, popularity, other=np.zeros(len(movies)))

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        """What the films add to the baseline; what a longer history takes from popularity is shared among its films."""
        many = len(history.indices)
        if not many:
            return np.zeros((0, len(movies)))
        found = self.terms(history, movies, times)
        rest = found.features.sum(axis=0) + found.popularity + found.other - self.baseline[movies]
        return found.films + rest / many

    def without(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        """For one person: a row per film of the history, the scores of the asked films had it not been there."""
        many = len(history.indices)
        left = only(vstack([history] * many, format="csr"), ~np.eye(many, dtype=bool).ravel()) if many else history[:0]
        when = None if times is None else vstack([times] * many, format="csr").multiply(left != 0).tocsr()
        return self.scores(left, when)[:, movies]

    def adjusted(self, features: Mapping[str, float], popularity: float = 1.0) -> Self:
        """A copy in which the named features and the popularity count only so much: 1 as ever, 0 not at all."""
        return replace(self, dimmed=tuple(sorted(features.items())), dimmed_popularity=popularity)

    def arrays(self) -> Arrays:
        own = {"movie_ids": self.movie_ids, "weights": self.weights, "popular": self.popular}
        own["half"] = np.array([self.half])
        own |= {f"timeline.{key}": array for key, array in self.timeline.arrays().items()}
        for name, part in self.parts.items():
            own |= {f"{name}.{key}": array for key, array in part.arrays().items() if key != "movie_ids"}
        return own

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        def of(name: str) -> Arrays:
            own = {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}
            return own | {"movie_ids": arrays["movie_ids"]}

        present = [name for name in PARTS if any(key.startswith(f"{name}.") for key in arrays)]
        parts = {name: PARTS[name].from_arrays(of(name)) for name in present}
        line = Timeline.from_arrays(of("timeline"))
        return cls(arrays["movie_ids"], parts, arrays["weights"], arrays["popular"], line, float(arrays["half"][0]))


def _spread_of(said: np.ndarray) -> np.ndarray:
    """The standard deviation over the films, for each person; infinite where a part says the same of all."""
    deviation = said.std(axis=1)
    return np.where(deviation > 1e-12, deviation, np.inf)
