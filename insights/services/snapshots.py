"""What an experiment looked like at one moment: its sums, what they say, and the code that said it. Never changed.

A snapshot writes p-value, effect and significance to its experiment while that is undecided. It never names a winner:
people do.
"""

import hashlib
import logging
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Min
from django.utils import timezone

from insights.experiments import analysis, metrics, persons, populations, verdicts
from insights.models import ExperimentSnapshot
from recs.models import Experiment

logger = logging.getLogger(__name__)

Status = Experiment.Status
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# How long after the planned end there is still something to wait for.
WINDOWS = {"conversion": persons.CONVERSION_DAYS * DAY, "retention": persons.RETENTION_DAYS[1] * DAY}
PACE_DAYS = 7
ENDING = ("stop", "conclude")  # whichever comes first: one that runs is stopped by its conclusion
CODE = ("experiments", "statistics")


def take(experiment: Experiment, *, at: datetime | None = None) -> ExperimentSnapshot:
    """Measure the experiment's current phase as it was known at this moment, and keep what came out."""
    at = at or timezone.now()
    sums = measure(experiment, at=at)
    results = analysis.analyse(sums)
    srm_p = results["srm"]["p"] if results["srm"] else None
    snapshot = ExperimentSnapshot.objects.create(
        experiment=experiment, at=at, sums=sums, results=results, srm_p=srm_p, code_version=code_version()
    )
    _tell(experiment, snapshot)
    return snapshot


def measure(experiment: Experiment, *, at: datetime) -> dict[str, Any]:
    """The sums, with everything of the experiment that the results depend on beside them."""
    ended = stopped_at(experiment)
    until = min(at, experiment.end_date, ended or at)
    goal = None if experiment.kind == Experiment.Kind.INTERLEAVING else experiment.target_metric
    found = metrics.measured(population(experiment, until=until, at=at), goal=goal)
    return {
        "design": _design(experiment, at=at, ended=ended, began=found.began, days=found.days),
        "arms": found.arms,
        "days": found.days,
        "simulated": found.simulated,
        "segments": found.segments,
    }


def stopped_at(experiment: Experiment) -> datetime | None:
    """When it was taken off the pages; None while it is on them. What people do later is no work of its arms.

    One that was stopped can go on with a new phase: what ended before that began is over.
    """
    endings = experiment.events.filter(action__in=ENDING, at__gte=experiment.start_date)
    return endings.aggregate(at=Min("at"))["at"]


def population(experiment: Experiment, *, until: datetime, at: datetime) -> populations.Population:
    """The people of the current phase, as `metrics` takes them."""
    return populations.exposed(
        experiment=experiment.pk,
        phase=experiment.phase,
        algorithms=(experiment.algorithm_a, experiment.algorithm_b),
        interleaved=experiment.kind == Experiment.Kind.INTERLEAVING,
        until=until,
        at=at,
    )


def _design(
    experiment: Experiment,
    *,
    at: datetime,
    ended: datetime | None,
    began: datetime | None,
    days: list[list[int]],
) -> dict[str, Any]:
    early = ended is not None and ended < min(at, experiment.end_date)
    until = min(at, experiment.end_date, ended or at)
    waits_until = experiment.end_date + WINDOWS.get(experiment.target_metric, timedelta())
    mixed = experiment.kind == Experiment.Kind.INTERLEAVING
    smaller = 1.0 if mixed else min(experiment.traffic_split, 1 - experiment.traffic_split)
    recent = days[-PACE_DAYS:]
    return {
        "kind": experiment.kind,
        "phase": experiment.phase,
        "algorithm_a": experiment.algorithm_a,
        "algorithm_b": experiment.algorithm_b,
        "is_aa": experiment.is_aa_test,
        "split": experiment.traffic_split,
        "minimum": experiment.minimum_sample_size,
        "confidence": experiment.confidence_level,
        "metric": experiment.target_metric,
        "start": experiment.start_date.isoformat(),
        "end": experiment.end_date.isoformat(),
        "at": at.isoformat(),
        # The always-valid interval is narrowest at the planned number of people: it must not depend on who came.
        "tuning": math.ceil(experiment.minimum_sample_size / smaller),
        "days": (until - began) // DAY if began else 0,
        "per_day": sum(map(sum, recent)) / len(recent) if recent else 0.0,
        # Who stops early has looked before: the interval for looks goes on deciding.
        "final": at >= waits_until and not early,
        "over": at >= waits_until or early,
        "waiting": experiment.end_date <= at < waits_until and not early,
    }


def _tell(experiment: Experiment, snapshot: ExperimentSnapshot) -> None:
    if experiment.snapshots.filter(at__gt=snapshot.at).exists():
        return  # a look back
    goal, design = snapshot.results["goal"], snapshot.sums["design"]
    significant = goal["p"] is not None and goal["p"] < 1 - design["confidence"]
    told = {
        "p_value": goal["p"],
        "effect_size": goal["effect"],
        "statistical_significance": None if goal["p"] is None else float(significant),
    }
    undecided = Experiment.objects.filter(pk=experiment.pk, status__in=[Status.RUNNING, Status.STOPPED])
    if undecided.filter(phase=design["phase"]).update(**told):
        for name, value in told.items():
            setattr(experiment, name, value)


def take_running(*, now: datetime) -> int:
    """A snapshot of every experiment that runs, the first after its end included; returns how many there are."""
    lately = Experiment.objects.filter(status=Status.RUNNING, start_date__lte=now, end_date__gt=now - HOUR)
    return _take_all(lately, now)


def take_nightly(*, now: datetime) -> int:
    """Of every one that waits for its decision, whether it runs or not, until all windows have been complete once."""
    waiting = Experiment.objects.filter(status__in=[Status.RUNNING, Status.STOPPED], start_date__lte=now)
    return _take_all([experiment for experiment in waiting if not _settled(experiment)], now)


def _settled(experiment: Experiment) -> bool:
    last = latest(experiment)
    ended = min(experiment.end_date, stopped_at(experiment) or experiment.end_date)
    return last is not None and last.at >= ended + persons.RETENTION_DAYS[1] * DAY


def _take_all(experiments: Iterable[Experiment], now: datetime) -> int:
    taken = 0
    for experiment in experiments:
        try:
            take(experiment, at=now)
            taken += 1
        except Exception:  # one that cannot be measured must not hide the others
            logger.exception("experiment %s could not be measured", experiment.pk)
    return taken


def recomputed(snapshot: ExperimentSnapshot) -> dict[str, Any]:
    """What today's code says to the sums of a snapshot: the same, or the code has changed."""
    return analysis.analyse(snapshot.sums)


def latest(experiment: Experiment) -> ExperimentSnapshot | None:
    """The newest snapshot of the phase that runs."""
    return experiment.snapshots.filter(sums__design__phase=experiment.phase).order_by("-at", "-id").first()


def verdict_of(experiment: Experiment) -> verdicts.Verdict | None:
    """The newest verdict; None before the first snapshot."""
    snapshot = latest(experiment)
    return verdicts.verdict(experiment, snapshot) if snapshot else None


@cache
def code_version() -> str:
    """A fingerprint of the code that measures and judges: the same code gives the same results from the same sums."""
    home = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(file for part in CODE for file in (home / part).glob("*.py")):
        digest.update(file.relative_to(home).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
