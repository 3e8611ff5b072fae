"""Measures the recommenders on a data set or on this site's own people, and keeps what was found."""

import hashlib
import inspect
import platform
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy
from django.utils import timezone

from recs import dataset, evaluations
from recs.algorithms import ALGORITHMS, Algorithm, Dataset
from recs.algorithms.ratings import Ratings
from recs.evaluation import ratings, report
from recs.evaluation.data import fingerprint
from recs.evaluation.protocols import PROTOCOLS, SEED
from recs.evaluation.report import Report, Say
from recs.services import movielens_dataset

RATING = "rating"
NAMES = (*PROTOCOLS, RATING)
LARGEST_SEED = 2**32 - 1
RATING_ALGORITHMS: dict[str, ratings.RatingAlgorithm] = {
    "ratings": Ratings(),
    "biases": ratings.Biases(),
    "mean": ratings.Biases(personal=False),
}
# What a data set must hold for an algorithm to have anything to say.
NEEDS = {"demographic": "groups", "trending": "times", "genre_based": "genres", "content_based": "features"}
CODE = ("algorithms", "evaluation")
FILES = ("dataset.py", "features.py", "feedback.py", "services/movielens_dataset.py")

__all__ = ["LARGEST_SEED", "NAMES", "SEED", "Asked", "Refused", "keep", "run"]


class Refused(Exception):
    """What was asked cannot be done; the text says why in one line."""


@dataclass(frozen=True)
class Asked:
    """`path` is None for this site's own people; no `algorithms` means all that have something to say. Without `times`
    models hear neither when people liked what nor how they rated what they liked less, as in published figures; the
    temporal protocol cannot do without.
    """

    path: Path | None
    protocol: str
    algorithms: tuple[str, ...]
    seed: int = SEED
    times: bool = True


def run(*, asked: Asked, say: Say = lambda step: None) -> Report:
    """Read, divide, fit, measure. `say` hears of each step.

    Raises Refused, `Unusable` (files that are no data set) or `TooLittle` (too few people), each with one line.
    """
    known: Iterable[str] = RATING_ALGORITHMS if asked.protocol == RATING else ALGORITHMS
    if strange := [name for name in asked.algorithms if name not in known]:
        raise Refused(f"unknown algorithm {', '.join(strange)}; there are {', '.join(known)}")
    name, data = _data(asked.path, say)
    say(f"{len(data.user_ids):,} people, {len(data.movie_ids):,} films, {data.feedback.nnz:,} acts")
    found = _rating(data, asked, say) if asked.protocol == RATING else _ranking(data, asked, say)
    return {
        "format": evaluations.FORMAT,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "protocol": asked.protocol,
        "seed": asked.seed,
        "times": asked.times,
        "command": _command(asked, [row["name"] for row in found["algorithms"]]),
        "code": _code(),
        "data": {
            "name": name,
            "hash": fingerprint(data),
            "people": len(data.user_ids),
            "films": len(data.movie_ids),
            "acts": int(data.feedback.nnz),
        },
        **found,
    }


def keep(*, report: Report, copy: Path | None = None) -> Path:
    """Store it for the staff page, and a copy where somebody wants one; returns where the page's is."""
    try:
        if copy is not None:
            evaluations.write(report, copy)
        return evaluations.save(report, now=timezone.now())
    except OSError as problem:
        raise Refused(f"{problem.filename or copy} cannot be written: {problem.strerror}") from problem


def _data(path: Path | None, say: Say) -> tuple[str, Dataset]:
    if path is None:
        say("reading what this site's people did")
        return "", dataset.load()
    say(f"reading {path}")
    return movielens_dataset.read(path=path, watch=_percent(say))


def _percent(say: Say) -> Callable[[int, int], None]:
    """A line for every tenth of a large file, none for a small one."""
    done_before = 0

    def watch(done: int, total: int) -> None:
        nonlocal done_before
        tenth = 10 * done // max(total, 1)
        if total > 1_000_000 and tenth > done_before:
            done_before = tenth
            say(f"{done:,} of {total:,} lines read")

    return watch


def _ranking(data: Dataset, asked: Asked, say: Say) -> Report:
    if not asked.times:
        data = replace(data, times=None)
    able = {name: one for name, one in ALGORITHMS.items() if getattr(data, NEEDS.get(name, "feedback")) is not None}
    if missing := [name for name in asked.algorithms if name not in able]:
        raise Refused(f"these data have no {NEEDS[missing[0]]}, which {missing[0]} lives on")
    chosen = [name for name in able if not asked.algorithms or name in asked.algorithms]
    order = sorted(chosen, key=lambda name: _is_made_of_others(able[name]))
    split = PROTOCOLS[asked.protocol](data, seed=asked.seed)
    if not asked.times:
        split = replace(split, train=replace(split.train, stars=None))
    return report.compare({name: able[name] for name in order}, split, say=say)


def _is_made_of_others(algorithm: Algorithm) -> bool:
    return "fitted" in inspect.signature(algorithm.fit).parameters


def _rating(data: Dataset, asked: Asked, say: Say) -> Report:
    chosen = {name: one for name, one in RATING_ALGORITHMS.items() if not asked.algorithms or name in asked.algorithms}
    return ratings.compare(chosen, ratings.split(data, seed=asked.seed), say=say)


def _command(asked: Asked, names: list[str]) -> str:
    data = ["--data", str(asked.path)] if asked.path is not None else []
    words = [*data, "--protocol", asked.protocol, "--algorithms", ",".join(names), "--seed", str(asked.seed)]
    words += [] if asked.times else ["--no-times"]
    return shlex.join(["python", "manage.py", "evaluate", *words])


def _code() -> dict[str, str]:
    """What the figures depend on beside the data: our own sources, by their content, and the libraries that count."""
    home = Path(__file__).resolve().parents[1]
    files = sorted(file for part in CODE for file in (home / part).rglob("*.py")) + [home / file for file in FILES]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(home).as_posix().encode() + b"\0" + file.read_bytes())
    return {
        "sources": digest.hexdigest()[:16],
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
