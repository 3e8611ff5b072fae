"""Experiments with people in them, and rows of the log as the site writes them."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from catalog.models import Movie
from insights.models import ActivityLog
from recs.models import Assignment, Experiment
from tests import factories

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_pages = itertools.count(1)


def experiment(**fields: Any) -> Experiment:
    return Experiment.objects.create(
        **{
            "name": f"Trial {next(_pages)}",
            "algorithm_a": "popular",
            "algorithm_b": "hybrid",
            "start_date": START,
            "end_date": START + 28 * DAY,
            "target_metric": "ctr",
            "status": "running",
            "minimum_sample_size": 2,
            **fields,
        }
    )


def people(
    trial: Experiment, variant: str, count: int = 1, *, since: datetime | None = START, **who: Any
) -> list[User]:
    """So many new people in an arm, exposed at that time."""
    numbers = [next(_pages) for _ in range(count)]
    made = User.objects.bulk_create(
        User(username=f"t{n}", email=f"t{n}@example.org", **{"data_usage_consent": True, **who}) for n in numbers
    )
    Assignment.objects.bulk_create(
        Assignment(experiment=trial, user=user, phase=trial.phase, variant=variant, bucket=1, first_exposed_at=since)
        for user in made
    )
    return made


def person(trial: Experiment, variant: str, **said: Any) -> User:
    return people(trial, variant, 1, **said)[0]


def log(
    user: User, action: str, *, at: datetime = START, metadata: Mapping[str, Any] | None = None, **row: Any
) -> None:
    ActivityLog.objects.create(user=user, action_type=action, timestamp=at, metadata=metadata, **row)


def place(trial: Experiment, variant: str, **said: Any) -> dict[str, Any]:
    algorithm = trial.algorithm_a if variant == "a" else trial.algorithm_b
    tag = {"experiment": trial.pk, "phase": trial.phase, "arm": variant, "algorithm": algorithm}
    return {"row": "for-you", "page": f"v{next(_pages)}", "served": algorithm, "took_ms": 12, **tag, **said}


def catalogue(count: int) -> list[int]:
    have = list(Movie.objects.order_by("pk").values_list("pk", flat=True)[:count])
    return have + [factories.movie().pk for _ in range(count - len(have))]


def visit(trial: Experiment, user: User, variant: str, *, films: int = 10, clicks: int = 0, **row: Any) -> None:
    """A page with one list, and so many of its films clicked."""
    at = row.pop("at", START)
    said = place(trial, variant, **row)
    shown = catalogue(films)
    rows = [("recommendation_impression", None, {**said, "films": shown})]
    rows += [("recommendation_click", shown[number], said) for number in range(clicks)]
    ActivityLog.objects.bulk_create(
        ActivityLog(user=user, action_type=action, movie_id=film, metadata=metadata, timestamp=at)
        for action, film, metadata in rows
    )
