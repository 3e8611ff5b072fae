"""A snapshot as the page of an experiment shows it: every number already in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from insights import experiment_pictures as pictures
from insights import experiment_rows as rows
from insights import experiment_segments as segments
from insights.experiment_pictures import Band, Bar, Moment
from insights.experiments import health, sentences, verdicts
from insights.experiments.sentences import number, percent
from insights.experiments.verdicts import Verdict
from insights.models import ExperimentSnapshot
from recs.models import Experiment

MOST_MOMENTS = 2000
SIGNS: Mapping[str, str] = {
    verdicts.B_BETTER: "up",
    verdicts.A_BETTER: "down",
    verdicts.NO_DIFFERENCE: "minus",
    verdicts.UNHEALTHY: "alert",
    verdicts.COLLECTING: "clock",
    verdicts.NO_DATA: "clock",
    verdicts.INCONCLUSIVE: "info",
}
LEVELS: Mapping[str, str | Promise] = {
    health.BLOCK: gettext_lazy("Nothing may be concluded"),
    health.WARN: gettext_lazy("To be known"),
    health.NOTE: gettext_lazy("Good to know"),
}
DECIDED_BY: Mapping[str, str | Promise] = {
    "always_valid": gettext_lazy("always valid: you may look every day"),
    "welch": gettext_lazy("Welch’s test at the planned end"),
}


@dataclass(frozen=True)
class Finding:
    level: str
    said: str
    sentence: str


@dataclass(frozen=True)
class Arrivals:
    """New people of one day; shares of the fullest day for the bars."""

    day: int
    counts: list[tuple[str, int]]


@dataclass(frozen=True)
class Report:
    snapshot: ExperimentSnapshot
    verdict: Verdict

    @property
    def design(self) -> Mapping[str, Any]:
        return self.snapshot.sums["design"]

    @property
    def results(self) -> Mapping[str, Any]:
        return self.snapshot.results

    @property
    def sign(self) -> str:
        return SIGNS[self.verdict.state]

    @property
    def is_mixed(self) -> bool:
        return self.design["kind"] == Experiment.Kind.INTERLEAVING

    @property
    def decided_by(self) -> str:
        return str(DECIDED_BY[self.results["decided_by"]])

    @property
    def chance(self) -> str:
        chance = self.verdict.numbers.get("chance_to_win")
        return "" if chance is None else percent(chance)

    @property
    def lines(self) -> list[rows.Line]:
        """The goal first."""
        metrics, goal = self.results["metrics"], self.design["metric"]
        known = [(found["low"], found["high"]) for found in metrics.values() if found["known"]]
        far = pictures.reach(known)
        names = sorted(metrics, key=lambda name: name != goal)
        return [rows.line(name, metrics[name], is_goal=name == goal, far=far) for name in names]

    @property
    def adjusted(self) -> list[rows.Line]:
        return [line for line in self.lines if line.plain]

    @property
    def parts(self) -> list[segments.Part]:
        return segments.parts(self.results.get("segments", []), told_p=rows.told_p)

    @property
    def rails(self) -> list[rows.Rail]:
        return [rows.rail(found) for found in self.results["guardrails"]]

    @property
    def findings(self) -> list[Finding]:
        return [
            Finding(one["level"], str(LEVELS[one["level"]]), sentences.finding(one)) for one in self.results["health"]
        ]

    @property
    def balance(self) -> str:
        """The people of both arms against what the split promised."""
        srm = self.results["srm"]
        if not srm or not sum(self.results["people"]):
            return ""
        said = {name: number(count) for name, count in zip("ab", self.results["people"], strict=True)}
        said |= {f"x{name}": number(count) for name, count in zip("ab", srm["expected"], strict=True)}
        return _("%(a)s people with A and %(b)s with B; the split promises %(xa)s and %(xb)s (p = %(p)s).") % {
            **said,
            "p": rows.told_p(srm["p"]),
        }

    @property
    def arrivals(self) -> list[Arrivals]:
        days = self.snapshot.sums["days"]
        most = max((count for day in days for count in day), default=0) or 1
        return [
            Arrivals(number_of + 1, [(number(count), round(100 * count / most)) for count in day])
            for number_of, day in enumerate(days)
        ]

    @property
    def preference(self) -> Mapping[str, str] | None:
        """Of mixed lists: who was preferred, by how many, and whether there was anything to tell apart."""
        if not self.is_mixed:
            return None
        goal, arm = self.results["goal"], self.snapshot.sums["arms"]["both"]
        said = {"people": number(arm.get("n", 0)), "p": rows.told_p(goal["p"]), "effect": "–", "low": "–", "high": "–"}
        if goal["known"]:
            said |= {name: percent(goal[name], signed=True) for name in ("effect", "low", "high")}
        clicks = {f"clicks_{name}": number(arm.get(f"clicks_{name}", 0)) for name in "ab"}
        untold = max(arm.get("clicks", 0) - arm.get("clicks_a", 0) - arm.get("clicks_b", 0), 0)
        share = goal["competitive"]
        return {
            **said,
            **clicks,
            "clicks_tied": number(untold),
            "competitive": "–" if share is None else percent(share),
        }

    @property
    def preference_bar(self) -> Bar | None:
        goal = self.results["goal"]
        if not (self.is_mixed and goal["known"]):
            return None
        return pictures.bar(
            goal["effect"], goal["low"], goal["high"], reach=pictures.reach([(goal["low"], goal["high"])])
        )


def report(experiment: Experiment, snapshot: ExperimentSnapshot | None) -> Report | None:
    return Report(snapshot, verdicts.verdict(experiment, snapshot)) if snapshot else None


def course(experiment: Experiment) -> list[Moment]:
    """The goal's effect in the phase that runs: the last snapshot of each day."""
    keys = ("effect", "low", "high")
    stored = (
        experiment.snapshots.filter(sums__design__phase=experiment.phase)
        .order_by("-at", "-id")
        .values_list("at", *(f"results__goal__{key}" for key in keys))[:MOST_MOMENTS]
    )
    by_day: dict[Any, Moment] = {}
    for at, *values in stored:
        if None not in values:
            by_day.setdefault(at.date(), Moment(at, *values))
    return sorted(by_day.values(), key=lambda moment: moment.at)


def band_of(moments: list[Moment]) -> Band | None:
    return pictures.band(moments, told=lambda share: percent(share, signed=True) if share else "0")


def told_by_day(moments: list[Moment]) -> list[tuple[datetime, str, str, str]]:
    """The newest first."""

    def told(share: float) -> str:
        return percent(share, signed=True)

    return [(one.at, told(one.effect), told(one.low), told(one.high)) for one in reversed(moments)]


def agrees(verdict: Verdict | None, outcome: str) -> bool:
    """Whether the figures say the same as the person who concludes; otherwise a reason is asked for."""
    if verdict is None:
        return False
    if outcome == "b":
        return verdict.ship_allowed
    return outcome == {
        verdicts.A_BETTER: "a",
        verdicts.NO_DIFFERENCE: "none",
        verdicts.UNHEALTHY: "invalid",
        verdicts.NO_DATA: "invalid",
    }.get(verdict.state)


def suggested(verdict: Verdict | None) -> str:
    """The outcome that the figures say; "" where they say none."""
    return next((outcome for outcome in ("b", "a", "none", "invalid") if agrees(verdict, outcome)), "")
