"""Before an experiment: what can be seen with our own traffic? From days to the smallest effect, not the other way.

What people do, how differently they do it, and how many come is taken from our own last 28 days, with everybody counted
from the first sign of them as an experiment would count them from their first exposure. Counting that is heavy, and
changes little in a day: it is done once a day, by the worker before somebody asks.
"""

import datetime
import math
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights.experiments import analysis, metrics, populations, sentences
from insights.statistics import power as planning
from recs.models.experiment import TargetMetric
from web.cache import get_or_build

DAY = datetime.timedelta(days=1)
HISTORY_DAYS = 28
# Somebody who was counted for so many days stands for an experiment of as many or some more.
WINDOWS = (1, 3, 7, 14, 21, HISTORY_DAYS)
USUAL = (7, 14, HISTORY_DAYS)
KEPT_SECONDS = 24 * 3600
# These look at a fixed time after the first sign of a person; the others at all the time the experiment lasts.
FIXED_WINDOW = ("conversion", "retention")


@dataclass(frozen=True)
class Plan:
    """`mde`: the smallest relative effect that is seen with `power` at the end; `mde_running`: at a look on the way.

    Both are None where there is nothing to plan with. `people` are those of both arms together.
    """

    metric: str
    days: int
    split: float
    confidence: float
    power: float
    people: int
    daily_people: float
    mean: float
    variance: float
    mde: float | None
    mde_running: float | None

    @property
    def per_arm(self) -> tuple[int, int]:
        return round(self.people * self.split), round(self.people * (1 - self.split))

    def needed(self, effect: float) -> int | None:
        """People of both arms together that show this relative effect; None where nothing is known of the metric."""
        if not self.mean or not self.variance or not effect:
            return None
        weights = (self.split, 1 - self.split)
        size = planning.sample_size(
            self.variance, self.mean * effect, alpha=1 - self.confidence, power=self.power, weights=weights
        )
        return math.ceil(size)

    @property
    def text(self) -> str:
        said = {"days": self.days, "metric": str(TargetMetric(self.metric).label)}
        if self.mde is None:
            return _("%(metric)s: the last 28 days have too little of it to plan with.") % said
        said["change"] = sentences.percent(self.mde)
        return (
            ngettext(
                "%(metric)s: with your traffic, in %(days)s day you can see a change of ±%(change)s or more.",
                "%(metric)s: with your traffic, in %(days)s days you can see a change of ±%(change)s or more.",
                self.days,
            )
            % said
        )


def plan(
    metric: str,
    *,
    days: int,
    split: float = 0.5,
    confidence: float = 0.95,
    power: float = 0.8,
    at: datetime.datetime | None = None,
    simulated: bool = False,
) -> Plan:
    """What an experiment of so many days can see; raises ValueError for a metric or days that cannot be."""
    if metric not in analysis.METRICS:
        raise ValueError(f"no such metric: {metric}")
    if days < 1 or not 0 < split < 1:
        raise ValueError("an experiment lasts a day at least, and both arms have people")
    lately = _lately(HISTORY_DAYS, at, simulated)
    people, pace = _people(lately["days"], days)
    window = HISTORY_DAYS if metric in FIXED_WINDOW else max(window for window in WINDOWS if window <= days)
    arm = analysis.arm_of(metric, _lately(window, at, simulated)["arm"])
    level, spread, alpha = float(arm.mean), float(arm.variance), 1 - confidence
    even = 2 * people * split * (1 - split)
    return Plan(
        metric=metric,
        days=days,
        split=split,
        confidence=confidence,
        power=power,
        people=round(people),
        daily_people=pace,
        mean=level,
        variance=spread,
        mde=analysis.detectable(level, spread, even, alpha=alpha, power=power),
        mde_running=analysis.detectable(level, spread, even, alpha=alpha, power=power, tuning=max(people, 1)),
    )


def prepare(*, now: datetime.datetime) -> None:
    """Count what the usual plans of today will ask for."""
    for days in USUAL:
        _counted(days, now, simulated=False)


def _lately(days: int, at: datetime.datetime | None, simulated: bool) -> dict[str, Any]:
    """What everybody did in these days up to a moment, or as it was counted today: `days` who came, `arm` the sums."""
    return _counted(days, timezone.now(), simulated=simulated) if at is None else _count(days, at, simulated)


def _counted(days: int, now: datetime.datetime, *, simulated: bool) -> dict[str, Any]:
    today = now.astimezone(datetime.UTC).date()
    key = f"insights:plan:{today}:{days}:{simulated}"
    return get_or_build(key, lambda: _count(days, now, simulated), seconds=KEPT_SECONDS, cache="default")


def _count(days: int, at: datetime.datetime, simulated: bool) -> dict[str, Any]:
    population = populations.active(first=at - days * DAY, at=at, simulated=simulated)
    found = metrics.measured(population)
    return {"days": found.days, "arm": found.arms[populations.ONE_ARM]}


def _people(arrived: list[list[int]], days: int) -> tuple[float, float]:
    """How many different people come in so many days, and how many new ones a day in the end.

    On the first day everybody is new, later fewer and fewer: beyond 28 days it goes on as in the last week.
    """
    new = [float(sum(day)) for day in arrived]
    tail = new[-7:]
    pace = sum(tail) / len(tail) if tail else 0.0
    return sum(new[:days]) + max(days - HISTORY_DAYS, 0) * pace, pace
