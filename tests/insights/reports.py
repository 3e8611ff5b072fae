"""Made-up evaluations, as `manage.py evaluate` stores them."""

from datetime import UTC, datetime, timedelta

from recs import evaluations

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def estimate(value: float) -> dict:
    return {"value": value, "error": 0.01, "low": value - 0.02, "high": value + 0.02}


def report(*, protocol: str = "strong", data: str = "a1" * 32, seed: int = 1, **values: float) -> dict:
    """A run in which each named algorithm reaches this NDCG@100."""
    rows = [
        {
            "name": name,
            "settings": {},
            "metrics": {"ndcg@100": estimate(value), "popularity@20": estimate(90 * value)},
            "known": {"1": {"people": 9, "metrics": {"ndcg@100": estimate(value / 2)}}},
        }
        for name, value in values.items()
    ]
    best = max(values, key=lambda name: values[name])
    return {
        "format": evaluations.FORMAT,
        "made_at": WHEN.isoformat(),
        "protocol": protocol,
        "seed": seed,
        "times": True,
        "command": f"python manage.py evaluate --data 'my films' --seed {seed}",
        "code": {"sources": "c0de"},
        "data": {"name": "tiny", "hash": data, "people": 90, "films": 40, "acts": 900},
        "split": {"train_people": 72, "test_people": 9, "films": 38},
        "algorithms": rows,
        "best": {"ndcg@100": best},
        "cost": {name: {"fit_seconds": 1.25, "peak_megabytes": 8.0, "people_per_second": 1e4} for name in values},
    }


def store(found: dict, *, days: int = 0) -> str:
    return evaluations.save(found, now=WHEN + timedelta(days=days)).stem
