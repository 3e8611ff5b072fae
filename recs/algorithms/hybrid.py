"""`hybrid`: what the other models say, weighed by how many of somebody's films are known.

A score is a sum: each part's score, divided by its spread over the films for this person so that parts are comparable,
times a weight; and how popular a film is, was in the person's times and is now, times weights of their own. The
weights are learned from held-out people (see `blending`). Nothing in it is non-linear in the films, so a pick can be
taken apart exactly: which film of the history, which feature or which popularity gave how much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, vstack

from recs.algorithms import tuning
from recs.algorithms.base import Arrays, Dataset, Holdout, Scorer, Terms, summed, terms
from recs.algorithms.blending import KNOTS, Questions, learn, spread
from recs.algorithms.content_based import ContentBased, ContentScorer
from recs.algorithms.item_item import ItemItem, ItemItemScorer
from recs.algorithms.matrix_factorization import FactorScorer, MatrixFactorization
from recs.algorithms.popular import smoothed_popularity
from recs.algorithms.spectral import Spectral, SpectralScorer
from recs.algorithms.timeline import Timeline, recent
from recs.evaluation.splits import keep, only

HALVES = (120.0, 60.0, 25.0, 10.0)  # after how many films a film of the history may count half; else all count alike
PARTS: Mapping[str, type[Scorer]] = {
    "collaborative": ItemItemScorer,
    "matrix_factorization": FactorScorer,
    "spectral": SpectralScorer,
    "content_based": ContentScorer,
}
CONTENT = "content_based"
LEAST_CONTENT = 0.05  # what films are made of always says something, or films that nobody judged would stay unseen
EVERYBODY = ("popular", "during", "lately", "now")  # what is not about the films of the history
# Where learning begins: somebody of whom much is known, and somebody of whom nothing is.
START = {"collaborative": 0.8, "matrix_factorization": 0.7, "spectral": 0.2, "content_based": 0.1, "popular": -0.3}
WARM = 5  # the knot from which on much is known
COLD_START = {"collaborative": 0.1, "matrix_factorization": 0.2, "spectral": 0.05, "content_based": 0.1, "popular": 1.2}
PEOPLE_AT_ONCE = 512
LIKES_LEARNED = 1_000_000  # weights are learned with parts that have seen no more likes than this
PEOPLE_PER_KNOT = 200
CELLS = 40_000_000  # people × features × films looked at at once


@dataclass(frozen=True, eq=False)
class HybridScorer:
    """`weights` is knots × (parts, then `EVERYBODY`); `popular` is the films' log popularity.

    For the parts a film of the history counts half when `half` films came after it; that needs times.
    """

    movie_ids: np.ndarray
    parts: Mapping[str, Scorer]
    weights: np.ndarray
    popular: np.ndarray
    timeline: Timeline
    half: float = np.inf
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


@dataclass(frozen=True)
class Hybrid:
    """`fitted` parts, when given, are taken instead of learning them from all of `data` once more."""

    collaborative: ItemItem = ItemItem()
    matrix_factorization: MatrixFactorization = MatrixFactorization()
    spectral: Spectral = Spectral()
    content_based: ContentBased = ContentBased()
    name: str = "hybrid"

    def fit(
        self,
        data: Dataset,
        *,
        seed: int,
        holdout: Holdout | None = None,
        fitted: Mapping[str, Scorer] | None = None,
    ) -> HybridScorer:
        fitted = fitted or {}
        trial = tuning.trial(data, holdout, seed=seed, likes=LIKES_LEARNED)
        settings = self._tuned(data, fitted, seed=seed, holdout=holdout)
        weights, half = _start(data), np.inf
        if trial is not None:
            trials = [trial, *tuning.further(trial, holdout, seed=seed)]
            tried = [self._blend(one.data, settings, weights, seed=seed, fitted={}) for one in trials]
            half = _half(tried, trials)
            weights = _learned([replace(one, half=half) for one in tried], trials, seed=seed)
            if trial.data is data and not fitted:
                return replace(tried[0], weights=weights, half=half)
        return replace(self._blend(data, settings, weights, seed=seed, fitted=fitted), half=half)

    def _tuned(self, data: Dataset, fitted: Mapping[str, Scorer], *, seed: int, holdout: Holdout | None) -> "Hybrid":
        """The parts' settings; factors, whose search is the dearest, keep those with which they were fitted."""
        factors = fitted.get("matrix_factorization")
        own = self.matrix_factorization
        found = own.like(factors) if isinstance(factors, FactorScorer) else own.tuned(data, seed=seed, holdout=holdout)
        return replace(
            self,
            matrix_factorization=found,
            spectral=self.spectral.tuned(data, seed=seed, holdout=holdout),
            collaborative=self.collaborative.tuned(data, seed=seed, holdout=holdout),
        )

    def _blend(
        self, data: Dataset, settings: "Hybrid", weights: np.ndarray, *, seed: int, fitted: Mapping[str, Scorer]
    ) -> HybridScorer:
        parts: dict[str, Scorer] = {}
        for name in _present(data):
            learner = getattr(settings, name)
            learn_ = learner.fit if name == CONTENT else learner.learn
            parts[name] = fitted[name] if name in fitted else learn_(data, seed=seed)
        most = data.positives.sum(axis=0).max() if data.feedback.nnz else 0.0
        popular = np.log1p(most * smoothed_popularity(data))
        return HybridScorer(data.movie_ids, parts, weights, popular, Timeline.of(data))


def _present(data: Dataset) -> list[str]:
    return [name for name in PARTS if name != CONTENT or data.features is not None]


def _start(data: Dataset) -> np.ndarray:
    """The weights that learning begins with, and that stay where there is nobody to learn from."""
    names = [*_present(data), *EVERYBODY]
    known = np.array([START.get(name, 0.0) for name in names])
    cold = np.array([COLD_START.get(name, 0.0) for name in names])
    warm = np.minimum(np.arange(len(KNOTS)) / WARM, 1)[:, None]
    return warm * known + (1 - warm) * cold


def _half(scorers: Sequence[HybridScorer], trials: Sequence[tuning.Trial]) -> float:
    """How quickly films of a history fade: as it ranks best, and not at all where that is no better than chance."""
    if any(trial.times is None for trial in trials):
        return np.inf

    def worth(half: float) -> float:
        blends = (replace(scorer, half=half) for scorer in scorers)
        found = [trial.worth(one.scores(trial.folded, trial.times)) for one, trial in zip(blends, trials, strict=True)]
        return float(np.average(found, weights=people))

    people = [trial.folded.shape[0] for trial in trials]
    best, most = np.inf, worth(np.inf) + tuning.CHANCE / sum(people) ** 0.5
    for half in HALVES:
        if (found := worth(half)) > most:
            best, most = half, found
    return best


def _learned(scorers: Sequence[HybridScorer], trials: Sequence[tuning.Trial], *, seed: int) -> np.ndarray:
    """The weights for the held-out people of some trials, each with a blend that has not seen them."""
    random = np.random.default_rng(seed)
    questions = Questions.empty()
    for scorer, trial in zip(scorers, trials, strict=True):
        _ask_all(questions, scorer, trial, random)
    start, people = scorers[0].weights, sum(trial.folded.shape[0] for trial in trials)
    weights = learn(questions, start, people=people)
    if CONTENT in scorers[0].parts:
        place = scorers[0].personal.index(CONTENT)
        weights[:, place] = np.maximum(weights[:, place], LEAST_CONTENT)
    return weights


def _ask_all(questions: Questions, scorer: HybridScorer, trial: tuning.Trial, random: np.random.Generator) -> None:
    """Ask about everybody knowing all of their films, and about some knowing a few."""
    _ask(questions, scorer, trial, random)
    many = np.diff(trial.folded.indptr)
    for knot in KNOTS:
        able = np.flatnonzero(many > knot)
        some = np.sort(random.permutation(able)[:PEOPLE_PER_KNOT])
        folded = keep(trial.folded[some], int(knot), seed=int(random.integers(2**31)))
        times = None if trial.times is None else trial.times[some].multiply(folded > 0).tocsr()
        known = replace(trial, folded=folded, hidden=trial.hidden[some], times=times)
        _ask(questions, scorer, known, random)


def _ask(questions: Questions, scorer: HybridScorer, trial: tuning.Trial, random: np.random.Generator) -> None:
    people, films = trial.folded.shape
    step = max(1, CELLS // max(1, scorer.weights.shape[1] * films))
    for start in range(0, people, step):
        part = slice(start, start + step)
        folded = trial.folded[part]
        features = scorer.features(folded, None if trial.times is None else trial.times[part])
        questions.ask(features, folded, trial.hidden[part], start=scorer.weights, random=random)
