"""What an experiment says, and what to do now. Decided by rule from the results alone; said in the reader's language.

B may be shipped if and only if its goal is significantly better, every guardrail is shown to be no worse, nothing is
wrong with the experiment, and it had a week and its people. Chances to win are a reading aid and decide nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from insights.experiments import sentences

if TYPE_CHECKING:
    from insights.models import ExperimentSnapshot
    from recs.models import Experiment

LEAST_DAYS = 7

NO_DATA, COLLECTING, UNHEALTHY = "no_data", "collecting", "unhealthy"
A_BETTER, B_BETTER, NO_DIFFERENCE, INCONCLUSIVE = "a_better", "b_better", "no_difference", "inconclusive"
STATES = (NO_DATA, COLLECTING, UNHEALTHY, NO_DIFFERENCE, A_BETTER, B_BETTER, INCONCLUSIVE)


@dataclass(frozen=True)
class Verdict:
    """`sentences` say what to do and why, first things first; `unmet` what is missing before B may be shipped."""

    state: str
    headline: str
    sentences: list[str]
    numbers: Mapping[str, Any]
    ship_allowed: bool = False
    unmet: list[str] = field(default_factory=list)


def decide(design: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """The rule. What it says stands in the snapshot, and never depends on anything that does not."""
    state = _state(design, results)
    unmet = list(_unmet(design, results, state))
    return {"state": state, "ship_allowed": not unmet, "unmet": unmet}


def _state(design: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    goal = results["goal"]
    if sum(results["people"]) == 0:
        return NO_DATA
    if _blocked(results):
        return UNHEALTHY
    if _few(design, results) or _young(design):
        return INCONCLUSIVE if design["over"] else COLLECTING
    if _significant(design, goal):
        return B_BETTER if goal["effect"] > 0 else A_BETTER
    small = goal["mde_planned"]
    if goal["known"] and small is not None and max(-goal["low"], goal["high"]) <= small:
        return NO_DIFFERENCE
    return INCONCLUSIVE


def _blocked(results: Mapping[str, Any]) -> bool:
    return any(finding["level"] == "block" for finding in results["health"])


def _few(design: Mapping[str, Any], results: Mapping[str, Any]) -> bool:
    return min(results["goal"]["n"]) < design["minimum"]


def _young(design: Mapping[str, Any]) -> bool:
    return design["days"] < LEAST_DAYS


def _significant(design: Mapping[str, Any], goal: Mapping[str, Any]) -> bool:
    p = goal.get("p_adjusted", goal["p"])
    return p is not None and p < 1 - design["confidence"]


def _unmet(design: Mapping[str, Any], results: Mapping[str, Any], state: str) -> Iterator[str]:
    if design["is_aa"]:
        yield "aa"
    if design["kind"] == "interleaving":
        yield "interleaving"
    if not (_significant(design, results["goal"]) and results["goal"]["effect"] > 0):
        yield "goal"
    if _blocked(results) or state == NO_DATA:
        yield "health"
    if _few(design, results):
        yield "people"
    if _young(design):
        yield "days"
    for guardrail in results["guardrails"]:
        if guardrail["state"] != "ok":
            yield f"guardrail {guardrail['code']} {guardrail['state']}"


def verdict(experiment: "Experiment", snapshot: "ExperimentSnapshot") -> Verdict:
    """The verdict of one of the experiment's snapshots in words; raises ValueError for another's snapshot."""
    if snapshot.experiment_id != experiment.pk:
        raise ValueError("this snapshot is of another experiment")
    design, results = snapshot.sums["design"], snapshot.results
    decided = decide(design, results)
    if experiment.is_for_show:
        decided |= {"ship_allowed": False, "unmet": ["simulated", *decided["unmet"]]}
    told = sentences.Told(design, results, decided["state"], decided["ship_allowed"], experiment.is_for_show)
    return Verdict(
        state=decided["state"],
        headline=sentences.headline(told),
        sentences=sentences.all_of(told),
        numbers=numbers(design, results),
        ship_allowed=decided["ship_allowed"],
        unmet=[sentences.unmet(code) for code in decided["unmet"]],
    )


def numbers(design: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """What the card shows beside the words."""
    goal = results["goal"]
    kept = ("effect", "low", "high", "p", "n", "means", "mde_planned", "further", "chance_to_win")
    return {
        **{name: goal.get(name) for name in kept},
        "decided_by": results["decided_by"],
        "confidence": design["confidence"],
        "days": design["days"],
        "minimum": design["minimum"],
    }
