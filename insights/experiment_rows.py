"""The rows of an experiment's tables, in the reader's words: a metric in both arms, and a guardrail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from insights import experiment_pictures as pictures
from insights.experiment_pictures import Bar
from insights.experiments import sentences
from insights.experiments.sentences import number, percent
from recs.models.experiment import TargetMetric

SHARES = ("ctr", "conversion", "retention")
STATES: Mapping[str, str | Promise] = {
    "ok": gettext_lazy("Shown to be no worse"),
    "worse": gettext_lazy("Worse with B"),
    "open": gettext_lazy("Not settled yet"),
    "nothing": gettext_lazy("Nothing measured"),
}


@dataclass(frozen=True)
class Line:
    """A metric in both arms."""

    name: str
    is_goal: bool
    people: list[str]
    means: list[str]
    lift: str
    low: str
    high: str
    p: str
    adjusted_p: str
    bar: Bar | None
    plain: str  # the effect as it is without what was before; empty where nothing is adjusted by that
    explained: str


@dataclass(frozen=True)
class Rail:
    name: str
    levels: list[str]
    state: str
    said: str
    interval: str
    margin: str


def line(name: str, found: Mapping[str, Any], *, is_goal: bool, far: float) -> Line:
    known = found["known"]
    return Line(
        name=str(TargetMetric(name).label),
        is_goal=is_goal,
        people=[number(count) for count in found["n"]],
        means=[level(name, mean) if count else "–" for mean, count in zip(found["means"], found["n"], strict=True)],
        lift=percent(found["effect"], signed=True) if known else "–",
        low=percent(found["low"], signed=True) if known else "",
        high=percent(found["high"], signed=True) if known else "",
        p=told_p(found["p"]),
        adjusted_p=told_p(found.get("p_adjusted")),
        bar=pictures.bar(found["effect"], found["low"], found["high"], reach=far) if known else None,
        plain=_plain(found["plain"]) if known and found.get("explained", 0) > 0 else "",
        explained=percent(found.get("explained") or 0),
    )


def _plain(found: Mapping[str, Any]) -> str:
    said = {name: percent(found[name], signed=True) for name in ("effect", "low", "high")}
    return _("%(effect)s (%(low)s to %(high)s)") % said


def level(metric: str, mean: float) -> str:
    """A mean in the unit of its metric."""
    if metric in SHARES:
        return percent(mean)
    if metric == "rating" and not mean:
        return "–"  # nobody rated: no film has no stars
    if metric == "time_spent":
        minutes = timedelta(seconds=mean).total_seconds() / 60
        return _("%(minutes)s min") % {"minutes": number(minutes, 1)}
    return number(mean, 2)


def told_p(value: float | None) -> str:
    if value is None:
        return "–"
    return _("under %(number)s") % {"number": number(0.001, 3)} if value < 0.001 else number(value, 3)


def rail(found: Mapping[str, Any]) -> Rail:
    milliseconds = found["code"] == "latency"

    def told(value: float) -> str:
        return _("%(number)s ms") % {"number": number(value)} if milliseconds else percent(value)

    interval = ""
    if found["low"] is not None and found["high"] is not None:
        interval = _("%(low)s to %(high)s") % {key: percent(found[key], signed=True) for key in ("low", "high")}
    return Rail(
        name=str(sentences.GUARDRAILS[found["code"]]),
        levels=[told(value) for value in found["levels"]],
        state=found["state"],
        said=str(STATES[found["state"]]),
        interval=interval,
        margin=percent(found["margin"]),
    )
