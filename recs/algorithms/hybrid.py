"""`hybrid`: what the other models say, weighed by how many of somebody's films are known.

The parts are tuned and learned, then the weights of the blend are learned from people none of the parts has seen (see
`blending`), and how quickly the films of a history fade is chosen on them. `hybrid_scorer` says what comes of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recs.algorithms import tuning
from recs.algorithms.base import Dataset, Holdout, Scorer
from recs.algorithms.blending import KNOTS, Questions, learn
from recs.algorithms.content_based import ContentBased
from recs.algorithms.hybrid_scorer import CONTENT, EVERYBODY, PARTS, HybridScorer
from recs.algorithms.item_item import ItemItem
from recs.algorithms.matrix_factorization import FactorScorer, MatrixFactorization
from recs.algorithms.popular import smoothed_popularity
from recs.algorithms.spectral import Spectral
from recs.algorithms.timeline import Timeline
from recs.evaluation.splits import keep

HALVES = (120.0, 60.0, 25.0, 10.0)  # after how many films a film of the history may count half; else all count alike
LEAST_CONTENT = 0.05  # what films are made of always says something, or films that nobody judged would stay unseen
# Where learning begins: somebody of whom much is known, and somebody of whom nothing is.
START = {"collaborative": 0.8, "matrix_factorization": 0.7, "spectral": 0.2, "content_based": 0.1, "popular": -0.3}
COLD_START = {"collaborative": 0.1, "matrix_factorization": 0.2, "spectral": 0.05, "content_based": 0.1, "popular": 1.2}
WARM = 5  # the knot from which on much is known
LIKES_LEARNED = 1_000_000  # weights are learned with parts that have seen no more likes than this
PEOPLE_PER_KNOT = 200
CELLS = 40_000_000  # people × features × films looked at at once


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
        weights, half = _start(data), 0.0
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
        return 0.0

    def worth(half: float) -> float:
        blends = (replace(scorer, half=half) for scorer in scorers)
        found = [trial.worth(one.scores(trial.folded, trial.times)) for one, trial in zip(blends, trials, strict=True)]
        return float(np.average(found, weights=people))

    people = [trial.folded.shape[0] for trial in trials]
    best, most = 0.0, worth(0.0) + tuning.CHANCE / sum(people) ** 0.5
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
    weights = learn(questions, start, people=people, others=_alone(start, len(scorers[0].parts)))
    if CONTENT in scorers[0].parts:
        place = scorers[0].personal.index(CONTENT)
        weights[:, place] = np.maximum(weights[:, place], LEAST_CONTENT)
    return weights


def _alone(start: np.ndarray, parts: int) -> list[np.ndarray]:
    """The same weights with all that the parts have given to one of them."""
    found = []
    for part in range(parts):
        alone = start.copy()
        alone[:, :parts] = 0
        alone[:, part] = start[:, :parts].sum(axis=1)
        found.append(alone)
    return found


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
