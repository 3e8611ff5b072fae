"""Learning from everybody: popularity, then every algorithm, then everybody's picks. One training at a time."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from recs import artefacts, dataset, engines
from recs.algorithms import ALGORITHMS, Algorithm, Alike, Dataset, Hybrid, RatingModel, Ratings, Scorer
from recs.services import picks, popularity

LOCK = 0x6D_71_74_72  # any number that nobody else in this database locks
FEWEST_JUDGEMENTS = 5
SEED = 42
# What is learned beside the algorithms that make lists.
BESIDE: Mapping[str, Alike | Ratings] = {"alike": Alike(), RatingModel.name: Ratings()}
Say = Callable[[str, float], None]


class TrainingError(Exception):
    """There was nothing to train; the text says why in one line."""


class AlreadyTraining(TrainingError):
    """Somebody else is at it, and what they make serves us as well."""


class NothingToLearnFrom(TrainingError):
    """Popularity is up to date, but too few people have said what they like."""


class EngineFailed(TrainingError):
    """There was something to learn, but not where the settings say that it should be learned."""


@dataclass(frozen=True, slots=True)
class Trained:
    versions: dict[str, str]
    people: int
    films: int
    ratings: int


def train(*, say: Say | None = None) -> Trained:
    """Fit every algorithm anew and make each the current one when it is safely on disk.

    `say` hears of each step when it is over, with its seconds. Whatever interrupts a training, the models and picks
    that were there before stay in use.
    """
    with _alone(), _engine() as engine:
        step = _Steps(say)
        with step("popularity"):
            popularity.refresh()
        with step("reading"):
            data = dataset.load()
        likes = int((data.feedback.data > 0).sum())
        if likes < FEWEST_JUDGEMENTS:
            raise NothingToLearnFrom(
                f"Nothing to learn from yet: {likes} films liked, at least {FEWEST_JUDGEMENTS} are needed."
            )
        versions: dict[str, str] = {}
        fitted: dict[str, Scorer] = {}
        for name, algorithm in _parts_first():
            with step(name):
                fitted[name] = _fit(engine, algorithm, data, fitted)
                versions[name] = artefacts.save(fitted[name], counts=_counts(data))
        for name, side in BESIDE.items():
            with step(name):
                artefacts.save(side.fit(data, seed=SEED), counts=_counts(data))
        artefacts.forget()
        with step("picks"):
            picks.refresh_all()
        counts = _counts(data)
        return Trained(versions, counts["people"], counts["films"], counts["ratings"])


def _parts_first() -> list[tuple[str, Algorithm]]:
    """`hybrid` comes last: it is put together from others."""
    return sorted(ALGORITHMS.items(), key=lambda named: isinstance(named[1], Hybrid))


def _fit(engine: engines.Engine, algorithm: Algorithm, data: Dataset, fitted: Mapping[str, Scorer]) -> Scorer:
    if isinstance(algorithm, Hybrid):
        return engine.fit(algorithm, data, seed=SEED, fitted=fitted)
    return engine.fit(algorithm, data, seed=SEED)


@contextmanager
def _engine() -> Iterator[engines.Engine]:
    """Where to train; asked before anything is computed. A model that it cannot make stays as it was."""
    try:
        engine = engines.configured()
        engine.check()
        yield engine
    except engines.EngineError as problem:
        raise EngineFailed(f"{problem} The model before it stays in use.") from None


def _counts(data: Dataset) -> dict[str, int]:
    return {"people": len(data.user_ids), "films": len(data.movie_ids), "ratings": int(data.feedback.nnz)}


@contextmanager
def _alone() -> Iterator[None]:
    """A lock of the database that goes with the connection: a killed training never blocks the next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyTraining("Another training is running; nothing was done.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


class _Steps:
    def __init__(self, say: Say | None) -> None:
        self.say = say

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        if self.say:
            self.say(name, time.perf_counter() - start)
