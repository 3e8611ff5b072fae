"""How sure a mean over people is: standard errors, bootstrapped intervals, and paired differences.

People are what is drawn anew, never single films: two films of one person are no two observations. The same seed
draws the same people for every algorithm, so that differences are paired.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

ROUNDS = 1_000
CHUNK = 50
LEVEL = 0.95
Z = 1.959964  # the normal quantile of 97.5 %


@dataclass(frozen=True)
class Estimate:
    """A measured value, its standard error, and the ends of its 95 % interval."""

    value: float
    error: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 6) for name, value in asdict(self).items()}


def mean(values: np.ndarray, *, seed: int) -> Estimate:
    """The mean of one number a person; NaN stands for a person whom the measure does not concern."""
    return means({"mean": values}, seed=seed)["mean"]


def means(columns: Mapping[str, np.ndarray], *, seed: int) -> dict[str, Estimate]:
    """The mean of each of several numbers a person, drawing people once for all of them."""
    table = np.column_stack(list(columns.values()))
    there = np.isfinite(table)
    if not there.any(axis=0).all():
        raise ValueError("there is nobody to take a mean of")
    rounds = drawn(np.where(there, table, 0.0), there.astype(float), seed=seed)
    return {
        name: Estimate(float(column[own].mean()), _error(column[own]), *_ends(means))
        for name, column, own, means in zip(columns, table.T, there.T, rounds.T, strict=True)
    }


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def ratio(above: np.ndarray, below: np.ndarray, *, seed: int, root: bool = False) -> Estimate:
    """Sum of `above` out of sum of `below`, one number a person each; `root` takes the square root of that."""
    rounds = drawn(above, below, seed=seed)
    value = float(above.sum() / below.sum())
    if root:
        rounds, value = np.sqrt(rounds), value**0.5
    return Estimate(value, float(rounds.std(ddof=1)), *_ends(rounds))


def share_seen(lists: np.ndarray, films: int) -> Estimate:
    """The share of `films` that is on anybody's list (people × depth, -1 for nothing).

    No mean over people, so no bootstrap: a drawn sample repeats people and sees too little. The jackknife without
    one person loses the films that only they were shown (Efron and Tibshirani 1993, ch. 11); the interval is normal.
    """
    people = len(lists)
    seen = np.bincount(lists[lists >= 0], minlength=films)
    alone = np.append(seen == 1, False)[lists].sum(axis=1)
    error = float(np.sqrt((people - 1) / people * ((alone - alone.mean()) ** 2).sum()) / films)
    value = float((seen > 0).mean())
    return Estimate(value, error, max(value - Z * error, 0.0), min(value + Z * error, 1.0))


def drawn(above: np.ndarray, below: np.ndarray, *, seed: int, rounds: int = ROUNDS) -> np.ndarray:
    """The ratio of sums in each of `rounds` draws of as many people as there are, with replacement.

    `above` and `below` hold a number a person, or people × columns; the answer has a row a round.
    """
    random = np.random.default_rng(seed)
    people = len(above)
    found = []
    for start in range(0, rounds, CHUNK):
        draws = [random.integers(people, size=people) for _ in range(min(CHUNK, rounds - start))]
        times = np.stack([np.bincount(draw, minlength=people) for draw in draws]).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append((times @ above) / (times @ below))
    return np.concatenate(found)


def _ends(rounds: np.ndarray) -> tuple[float, float]:
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(rounds, [tail, 100 - tail])
    return float(low), float(high)
