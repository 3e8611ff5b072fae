"""Predicted stars: how far off, and how often the interval that was promised to hold 80 % of the ratings holds them.

One rating in ten is hidden, whoever gave it. Beside the model that is asked about, two plain ones show what there is
to gain: the mean of everything, and how high a film and how kind a person usually is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Dataset
from recs.evaluation import intervals
from recs.evaluation.cost import measured
from recs.evaluation.data import TooLittle
from recs.evaluation.report import Report, Say
from recs.evaluation.splits import only

HIDDEN = 0.1
FEWEST_RATINGS = 100
LEVEL = 0.8
BINS = (0, 5, 20, 50, 200)  # the fewest ratings known of each group of people, and of films
FILM_PRIOR, PERSON_PRIOR = 10.0, 5.0


class Predictor(Protocol):
    def predict_many(self, rows: np.ndarray, columns: np.ndarray, stars: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """The stars of each asked pair, and half of its interval: row i of `stars` is what person i has rated."""
        ...


class RatingAlgorithm(Protocol):
    def fit(self, data: Dataset, *, seed: int) -> Predictor: ...


@dataclass(frozen=True)
class Hidden:
    """`train`, whose stars are `known`, and the hidden ratings: a row, a column and stars each, ordered by row."""

    seed: int
    train: Dataset
    known: csr_matrix
    rows: np.ndarray
    columns: np.ndarray
    stars: np.ndarray


def split(data: Dataset, *, seed: int) -> Hidden:
    """Nine ratings of ten to learn from, drawn by `RandomState(seed)`; everything else is left out of `train`."""
    if data.stars is None or data.stars.nnz < FEWEST_RATINGS:
        many = 0 if data.stars is None else data.stars.nnz
        raise TooLittle(f"there are {many} ratings with stars; the rating protocol needs {FEWEST_RATINGS}")
    stars = data.stars.tocsr().sorted_indices()
    hide = np.zeros(stars.nnz, dtype=bool)
    hide[np.random.RandomState(seed).permutation(stars.nnz)[: int(HIDDEN * stars.nnz)]] = True
    asked = only(stars, hide)
    rows = np.repeat(np.arange(stars.shape[0]), np.diff(asked.indptr))
    kept = only(stars, ~hide)
    train = replace(data, feedback=kept.astype(np.float32), stars=kept, known=None, times=None, popularity=None)
    return Hidden(seed, train, kept, rows, asked.indices, asked.data.astype(np.float64))


@dataclass(frozen=True)
class Biases:
    """Mean + what a film is usually above it + what a person is, each shrunk to 0 where little is known (Koren 2010).

    The interval is the same for everybody: what held 80 % of the ratings that were learned from. `personal=False`
    leaves the mean alone.
    """

    personal: bool = True

    def fit(self, data: Dataset, *, seed: int) -> "FittedBiases":
        stars = data.stars if data.stars is not None else csr_matrix(data.feedback.shape)
        mean = float(stars.data.mean())
        rows = np.repeat(np.arange(stars.shape[0]), np.diff(stars.indptr))
        films = np.zeros(stars.shape[1])
        left = stars.data - mean
        if self.personal:
            many = np.bincount(stars.indices, minlength=len(films))
            films = np.bincount(stars.indices, left, len(films)) / (many + FILM_PRIOR)
            left = left - films[stars.indices]
            people = np.bincount(rows, left, stars.shape[0]) / (np.diff(stars.indptr) + PERSON_PRIOR)
            left = left - people[rows]
        return FittedBiases(mean, films, float(np.quantile(np.abs(left), LEVEL)), self.personal)


@dataclass(frozen=True)
class FittedBiases:
    mean: float
    films: np.ndarray
    half_width: float
    personal: bool

    def predict_many(self, rows: np.ndarray, columns: np.ndarray, stars: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        found = np.full(len(rows), self.mean)
        if self.personal:
            owner = np.repeat(np.arange(stars.shape[0]), np.diff(stars.indptr))
            left = np.bincount(owner, stars.data - self.mean - self.films[stars.indices], stars.shape[0])
            found += self.films[columns] + (left / (np.diff(stars.indptr) + PERSON_PRIOR))[rows]
        return np.clip(found, 0.5, 5), np.full(len(rows), self.half_width)


def compare(algorithms: Mapping[str, RatingAlgorithm], hidden: Hidden, *, say: Say) -> Report:
    """Like `report.compare`, for predicted stars."""
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    cost = {}
    for name, algorithm in algorithms.items():
        say(f"{name}: fitting on {hidden.train.feedback.nnz:,} ratings")
        with measured() as fitting:
            model = algorithm.fit(hidden.train, seed=hidden.seed)
        say(f"{name}: {fitting.seconds:.1f} s, {fitting.megabytes:.0f} MB; predicting {len(hidden.stars):,} ratings")
        with measured() as asking:
            found[name] = model.predict_many(hidden.rows, hidden.columns, hidden.known)
        cost[name] = {
            "fit_seconds": round(fitting.seconds, 3),
            "peak_megabytes": round(fitting.megabytes, 1),
            "people_per_second": round(len(np.unique(hidden.rows)) / max(asking.seconds, 1e-9), 1),
        }
    return {"split": counts(hidden), **_summary(found, hidden), "cost": cost}


def counts(hidden: Hidden) -> dict[str, int]:
    return {
        "train_people": hidden.train.feedback.shape[0],
        "train_ratings": int(hidden.train.feedback.nnz),
        "films": hidden.train.feedback.shape[1],
        "test_people": len(np.unique(hidden.rows)),
        "test_ratings": len(hidden.stars),
    }


def _summary(found: Mapping[str, tuple[np.ndarray, np.ndarray]], hidden: Hidden) -> Report:
    errors = {name: np.abs(means - hidden.stars) for name, (means, _) in found.items()}
    rows: list[dict[str, Any]] = []
    for name, (_, halves) in found.items():
        metrics = _metrics(errors[name], halves, hidden.rows, hidden.seed)
        rows.append({"name": name, "settings": None, "metrics": metrics, "bins": _bins(errors[name], halves, hidden)})
    best = winners(rows)
    for row in rows:
        if row["name"] != best["mae"]:
            apart = _per_person(errors[row["name"]] - errors[best["mae"]], hidden.rows)
            row["differences"] = {"mae": {"to": best["mae"], **intervals.ratio(*apart, seed=hidden.seed).as_dict()}}
    return {"algorithms": rows, "best": best}


def winners(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The least error; and the coverage that is nearest to what was promised. A narrow interval alone is no merit."""

    def winner(name: str, aim: float = 0.0) -> str:
        return min(rows, key=lambda row: abs(row["metrics"][name]["value"] - aim))["name"]

    return {"rmse": winner("rmse"), "mae": winner("mae"), "coverage": winner("coverage", LEVEL)}


def _metrics(errors: np.ndarray, halves: np.ndarray, rows: np.ndarray, seed: int) -> dict[str, dict[str, float]]:
    """RMSE and MAE in stars, the share inside the interval, and its mean half width; people are drawn for intervals."""
    values = {"rmse": errors**2, "mae": errors, "coverage": (errors <= halves).astype(float), "width": halves}
    return {
        name: intervals.ratio(*_per_person(value, rows), seed=seed, root=name == "rmse").as_dict()
        for name, value in values.items()
    }


def _per_person(values: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sum of each person's values, and how many there are."""
    _, person = np.unique(rows, return_inverse=True)
    return np.bincount(person, values), np.bincount(person).astype(float)


def _bins(errors: np.ndarray, halves: np.ndarray, hidden: Hidden) -> dict[str, list[dict[str, Any]]]:
    """By how many ratings of the person, and of the film, are known: is the promise kept where little is known?"""
    stars = hidden.known
    of_person = np.diff(stars.indptr)[hidden.rows]
    of_film = np.bincount(stars.indices, minlength=stars.shape[1])[hidden.columns]
    return {"person": _by(of_person, errors, halves), "film": _by(of_film, errors, halves)}


def _by(known: np.ndarray, errors: np.ndarray, halves: np.ndarray) -> list[dict[str, Any]]:
    found = []
    for fewest, above in zip(BINS, (*BINS[1:], None), strict=True):
        inside = (known >= fewest) & (True if above is None else known < above)
        if inside.any():
            found.append(
                {
                    "from": fewest,
                    "to": None if above is None else above - 1,
                    "ratings": int(inside.sum()),
                    "rmse": round(float(np.sqrt((errors[inside] ** 2).mean())), 6),
                    "coverage": round(float((errors <= halves)[inside].mean()), 6),
                    "width": round(float(halves[inside].mean()), 6),
                }
            )
    return found
