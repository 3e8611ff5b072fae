"""Fits algorithms one after another and puts what was measured into a plain dict that JSON can hold."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from recs.algorithms.base import Algorithm, Scorer
from recs.evaluation import intervals
from recs.evaluation.cost import Cost, measured
from recs.evaluation.metrics import Catalogue
from recs.evaluation.protocols import Split
from recs.evaluation.ranking import ACCURACY, Measured, measure

Report = dict[str, Any]
Say = Callable[[str], None]
LOWER_IS_BETTER = frozenset({"popularity@20", "rmse", "mae", "width"})
ORDER = (*ACCURACY, "coverage@20", "novelty@20", "diversity@20", "popularity@20")


def compare(algorithms: Mapping[str, Algorithm], split: Split, *, say: Say) -> Report:
    """Every algorithm on one split. `say` hears of each step, as this may take minutes.

    The answer's parts: `split` (counts), `algorithms` (a dict each with name, settings, metrics, known, differences),
    `best` (measure → name) and `cost` (name → seconds, megabytes, people a second). Only `cost` differs between two
    runs of the same code on the same data with the same seed.
    """
    catalogue = Catalogue.of(split.train.feedback, split.train.genres)
    scorers: dict[str, Scorer] = {}
    found: dict[str, Measured] = {}
    cost: dict[str, dict[str, float]] = {}
    for name, algorithm in algorithms.items():
        say(f"{name}: fitting on {len(split.train.user_ids):,} people, {len(split.train.movie_ids):,} films")
        scorers[name], spent = _fitted(algorithm, split, scorers)
        say(f"{name}: {spent.seconds:.1f} s, {spent.megabytes:.0f} MB; ranking for {len(split.people):,} people")
        found[name] = measure(scorers[name], split, catalogue)
        cost[name] = {
            "fit_seconds": round(spent.seconds, 3),
            "peak_megabytes": round(spent.megabytes, 1),
            "people_per_second": round(found[name].rate, 1),
        }
    return {"split": counts(split), **summary(found, scorers, split), "cost": cost}


def _fitted(algorithm: Algorithm, split: Split, scorers: Mapping[str, Scorer]) -> tuple[Scorer, Cost]:
    """An algorithm that is made of others gets those that are fitted already, and fits only what is missing."""
    more = {"fitted": dict(scorers)} if "fitted" in inspect.signature(algorithm.fit).parameters else {}
    with measured() as cost:
        scorer = algorithm.fit(split.train, seed=split.seed, holdout=split.validation, **more)
    return scorer, cost


def counts(split: Split) -> dict[str, int]:
    return {
        "train_people": len(split.train.user_ids),
        "train_likes": int(split.train.feedback.nnz),
        "films": len(split.train.movie_ids),
        "validation_people": split.validation.folded.shape[0],
        "test_people": len(split.people),
        "test_known": int(split.test.folded.nnz),
        "test_hidden": int(split.test.hidden.nnz),
        "left_out": split.left_out,
    }


def summary(found: Mapping[str, Measured], scorers: Mapping[str, Scorer], split: Split) -> Report:
    films, seed = len(split.train.movie_ids), split.seed
    rows = []
    for name, one in found.items():
        metrics = intervals.means(one.people, seed=seed)
        metrics["coverage@20"] = intervals.share_seen(one.shown, films)
        rows.append(
            {
                "name": name,
                "settings": settings_of(scorers[name]),
                "metrics": {measure: metrics[measure].as_dict() for measure in ORDER if measure in metrics},
                "known": {str(many): _known(one, many, seed) for many in one.known},
            }
        )
    best = winners(rows)
    for row in rows:
        row["differences"] = _differences(row["name"], found, best, seed)
    return {"algorithms": rows, "best": best}


def _known(one: Measured, many: int, seed: int) -> dict[str, Any]:
    values = intervals.means(one.known[many], seed=seed)
    metrics = {name: estimate.as_dict() for name, estimate in values.items()}
    return {"people": len(one.known_people[many]), "metrics": metrics}


def _differences(
    name: str, found: Mapping[str, Measured], best: Mapping[str, str], seed: int
) -> dict[str, dict[str, Any]]:
    """How much an algorithm differs from the best for the same people: far surer than the two means alone."""
    own = found[name].people
    gaps = {
        measure: own[measure] - found[best[measure]].people[measure] for measure in ACCURACY if best[measure] != name
    }
    estimates = intervals.means(gaps, seed=seed) if gaps else {}
    return {measure: {"to": best[measure], **estimate.as_dict()} for measure, estimate in estimates.items()}


def winners(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The algorithm that is best at each measure; of equals the first."""

    def winner(name: str) -> str:
        sign = -1 if name in LOWER_IS_BETTER else 1
        return max(rows, key=lambda row: sign * row["metrics"][name]["value"])["name"]

    return {name: winner(name) for name in (rows[0]["metrics"] if rows else ())}


def settings_of(scorer: Scorer) -> Any:
    """What a model says it was fitted with; of one that says nothing, the plain numbers it is made of."""
    if (own := getattr(scorer, "settings", None)) is not None:
        return plain(own)
    names: list[str] = [part.name for part in fields(scorer)] if is_dataclass(scorer) else []
    values = {name: getattr(scorer, name) for name in names}
    return plain({name: value for name, value in values.items() if isinstance(value, bool | int | float | str)})


def plain(value: Any) -> Any:
    """Settings as JSON can hold them; what is neither number, word nor a collection of such is written out."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value if value is None or isinstance(value, bool | int | str) else repr(value)
