"""Sums of made-up people, as `metrics.measured` gives them for rows of the log; nothing here needs a database."""

from typing import Any

import numpy as np

from insights.experiments import columns as names

DESIGN: dict[str, Any] = {
    "kind": "ab",
    "phase": 1,
    "algorithm_a": "popular",
    "algorithm_b": "hybrid",
    "is_aa": False,
    "split": 0.5,
    "minimum": 500,
    "confidence": 0.95,
    "metric": "ctr",
    "tuning": 1000,
    "days": 14,
    "per_day": 100.0,
    "final": False,
    "over": False,
    "waiting": False,
}
NAMES = [*names.SHOWN, *names.MIXED, *names.ACTS, *names.VISITS]
PRODUCTS = [*names.SHOWN_PRODUCTS, *names.ACTS_PRODUCTS, *names.VISITS_PRODUCTS]


def arm(people: int, *, took: np.ndarray | None = None, **columns: Any) -> dict[str, Any]:
    """An arm of so many people from an array (or one number) of each thing they did."""
    values = {name: np.broadcast_to(np.asarray(columns.get(name, 0.0), float), (people,)) for name in NAMES}
    found: dict[str, Any] = {"n": people, "complete": people, "back": 0, "acts_cap": 0, "seconds_cap": 0}
    found.update({key: value for key, value in columns.items() if key in ("complete", "back")})
    for one, other in [(name, name) for name in NAMES] + PRODUCTS:
        found[f"{one}*{other}"] = float(values[one] @ values[other])
    found.update({name: float(values[name].sum()) for name in NAMES})
    found["took"] = None if took is None else np.quantile(took, names.LATENCY_LEVELS).tolist()
    return found


def readers(people: int, rate: float, *, seed: int, slow: float = 1.0, **columns: Any) -> dict[str, Any]:
    """People who see lists of ten and click each film with this chance; answers take some 20 milliseconds."""
    if not people:
        return arm(0)
    random = np.random.default_rng(seed)
    lists = random.integers(1, 6, people)
    took = slow * random.lognormal(3, 0.3, (people, 5))
    seen = np.arange(5) < lists[:, None]
    limit = np.quantile(took[seen], 0.95)
    said = {
        "clicks": random.binomial(lists * 10, rate),
        "impressions": lists * 10,
        "lists": lists,
        "timed": lists,
        "quick": ((took <= limit) & seen).sum(axis=1),
        **columns,
    }
    return arm(people, took=took[seen], **said)


def sums(
    a: dict[str, Any], b: dict[str, Any], *, daily: list[list[int]] | None = None, **design: Any
) -> dict[str, Any]:
    design.setdefault("over", design.get("final", False))
    counts = daily if daily is not None else even(a["n"], b["n"])
    return {"design": {**DESIGN, **design}, "arms": {"a": a, "b": b}, "days": counts, "simulated": 0}


def even(first: int, second: int) -> list[list[int]]:
    """Two arms that filled evenly over ten days."""
    return [
        [first // 10 + (first % 10 if day == 0 else 0), second // 10 + (second % 10 if day == 0 else 0)]
        for day in range(10)
    ]


def mixed(lead: np.ndarray, *, competitive: float = 0.6, **design: Any) -> dict[str, Any]:
    """People who clicked so many more films of B than of A."""
    columns = {
        "preference": np.sign(lead),
        "lead": lead,
        "clicks_a": np.maximum(-lead, 0),
        "clicks_b": np.maximum(lead, 0),
        "mixed": 1,
        "competitive": competitive,
    }
    both = arm(len(lead), **columns)
    said = {**DESIGN, "kind": "interleaving", **design}
    return {"design": said, "arms": {"both": both}, "days": [[len(lead)]], "simulated": 0}
