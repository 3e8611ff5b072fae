"""From sums to results: pure, so that what stands in a snapshot can be worked out again from its own sums.

While an experiment runs, only intervals count that may be looked at any day; at its planned end Welch's test decides,
once. Both are in the results, with which of them decided.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from insights.experiments import guardrails, health, segments, verdicts
from insights.experiments.moments import mean, ratio
from insights.statistics import bayesian, comparing, cuped, multiplicity, sequential, srm
from insights.statistics.arms import Adjusted, Arm, Mean, Proportion, divided
from insights.statistics.comparing import Comparison
from insights.statistics.power import further_people, minimum_detectable_effect, widening

Sums = Mapping[str, Any]
Results = dict[str, Any]

RATIOS = {"ctr": ("clicks", "impressions"), "rating": ("stars", "rated")}
WITH_BEFORE = {"engagement": "acts", "time_spent": "seconds", "conversion": "converted"}
METRICS = ("ctr", "engagement", "time_spent", "conversion", "retention", "rating")
GRADED = 0.8  # the power that all sizes are planned with


def analyse(sums: Sums) -> Results:
    """Everything that the pages show; numbers that are not known (endless intervals, no people) are None."""
    design, arms = sums["design"], sums["arms"]
    one = interleaved(design, arms) if design["kind"] == "interleaving" else None
    found: Results = {
        "people": [arm.get("n", 0) for arm in arms.values()],
        "decided_by": "welch" if design["final"] else "always_valid",
        "metrics": {} if one else {name: compared(name, design, arms) for name in METRICS},
        "guardrails": [] if one else guardrails.judged(design, arms),
        "srm": None if one else ratio_mismatch(design, sums["days"]),
    }
    found["segments"] = [] if one else segments.explored(design, sums.get("segments", {}), compared)
    found["goal"] = one or found["metrics"][design["metric"]]
    _correct(found["metrics"], design["metric"])
    found["health"] = health.findings(sums, found)
    found["verdict"] = verdicts.decide(design, found)
    return finite(found)


def arm_of(metric: str, arm: Mapping[str, Any]) -> Arm:
    """One arm of a metric as it was observed."""
    if metric in RATIOS:
        return ratio(arm, *RATIOS[metric])
    if metric == "retention":
        return Proportion(arm["complete"], arm["back"])
    name = WITH_BEFORE[metric]
    return Proportion(arm["n"], arm[name]) if metric == "conversion" else mean(arm, name)


def adjusted(metric: str, arms: Mapping[str, Any]) -> tuple[Arm, Arm]:
    """Both arms with what the 28 days before explain taken out, where the metric has a time before."""
    control, treatment = arms["a"], arms["b"]
    if metric in WITH_BEFORE:
        return cuped.adjusted(_before(metric, control), _before(metric, treatment))
    if metric in RATIOS:
        past = f"{RATIOS[metric][1]}_before"
        if control.get(past) and treatment.get(past):  # a ratio of nothing says nothing about anybody
            return cuped.adjusted_ratios(_ratio_before(metric, control), _ratio_before(metric, treatment))
    return arm_of(metric, control), arm_of(metric, treatment)


def _before(metric: str, arm: Mapping[str, Any]) -> cuped.Before:
    name = WITH_BEFORE[metric]
    earlier = f"{name}_before"
    pre = Proportion(arm["n"], arm[earlier]) if metric == "conversion" else mean(arm, earlier)
    post = Proportion(arm["n"], arm[name]) if metric == "conversion" else mean(arm, name)
    return cuped.Before(post, pre, arm[f"{name}*{earlier}"])


def _ratio_before(metric: str, arm: Mapping[str, Any]) -> cuped.RatioBefore:
    top, bottom = RATIOS[metric]
    return cuped.RatioBefore(
        post=ratio(arm, top, bottom),
        pre=ratio(arm, f"{top}_before", f"{bottom}_before"),
        num_num=arm[f"{top}*{top}_before"],
        den_den=arm[f"{bottom}*{bottom}_before"],
        num_post_den_pre=arm[f"{top}*{bottom}_before"],
        den_post_num_pre=arm[f"{bottom}*{top}_before"],
    )


def compared(metric: str, design: Mapping[str, Any], arms: Mapping[str, Any]) -> Results:
    """A metric in both arms: means, relative effect both ways, reading aids, and what it takes to see more."""
    plain = arm_of(metric, arms["a"]), arm_of(metric, arms["b"])
    control, treatment = adjusted(metric, arms)
    alpha, tuning = 1 - design["confidence"], design["tuning"]
    looked = sequential.always_valid(control, treatment, tuning=tuning, alpha=alpha)
    ended = comparing.welch(control, treatment, alpha=alpha)
    believed = bayesian.posterior(control, treatment, alpha=alpha)
    chosen = ended if design["final"] else looked
    known = bool(np.isfinite(looked.low)) and float(control.observed_mean) != 0
    theta = control.theta if isinstance(control, Adjusted) else 0.0
    if design["final"]:
        unadjusted = comparing.welch(*plain, alpha=alpha)
    else:
        unadjusted = sequential.always_valid(*plain, tuning=tuning, alpha=alpha)
    return {
        **_judged(chosen, known),
        "n": [int(arm.n) for arm in plain],
        "means": [float(arm.mean) for arm in plain],
        "deviations": [math.sqrt(float(arm.variance)) for arm in plain],
        "theta": float(theta),
        "plain": {"effect": float(unadjusted.effect) if known else None, **_interval(unadjusted, known)},
        "explained": float(1 - divided(np.square(chosen.se), np.square(unadjusted.se))) if known and theta else 0.0,
        "always_valid": _interval(looked, known),
        "welch": _interval(ended, known),
        "chance_to_win": float(believed.chance_to_win) if known else None,
        "risk": [float(value) for value in believed.risk] if known else None,
        **_reach(control, chosen, plain, design, known),
    }


def _judged(found: Comparison, known: bool) -> Results:
    return {"known": known, "effect": float(found.effect) if known else None, **_interval(found, known)}


def _interval(found: Comparison, known: bool) -> Results:
    if not known:
        return {"low": None, "high": None, "p": None}
    return {"low": float(found.low), "high": float(found.high), "p": float(found.p)}


def _reach(control: Arm, found: Comparison, plain: tuple[Arm, Arm], design: Mapping[str, Any], known: bool) -> Results:
    """The smallest effect that can be seen now and with the planned people; how many more this effect would take."""
    alpha, n = 1 - design["confidence"], float(plain[0].n + plain[1].n)
    tuning = None if design["final"] else design["tuning"]
    level, spread = float(control.observed_mean), float(control.variance)
    further = further_people(float(found.effect), float(found.se), n, tuning=tuning, alpha=alpha) if known else 0
    even = 2 / (1 / plain[0].n + 1 / plain[1].n) if min(plain[0].n, plain[1].n) > 0 else 0.0
    planned = 2 * design["tuning"] * design["split"] * (1 - design["split"])
    return {
        "mde_now": detectable(level, spread, even, alpha=alpha, tuning=tuning),
        "mde_planned": detectable(level, spread, planned, alpha=alpha),
        "further": further * n if known else None,
    }


def detectable(
    level: float,
    variance: float,
    per_arm: float,
    *,
    alpha: float,
    tuning: float | None = None,
    power: float = GRADED,
) -> float | None:
    """The smallest relative effect seen with this power, with `tuning` at a look on the way; None where none is large
    enough, or nothing varies."""
    wider = 1.0 if tuning is None or per_arm <= 0 else float(widening(2 * per_arm, alpha=alpha, tuning=tuning))
    found = minimum_detectable_effect(level, variance, per_arm, alpha=alpha, power=power, widening=wider)
    return found if math.isfinite(found) and found > 0 else None


def ratio_mismatch(design: Mapping[str, Any], days: list[list[int]]) -> Results:
    """Do the arms have the people that the split promised? Sequentially while it runs, by chi-square at the end."""
    weights = [design["split"], 1 - design["split"]]
    counts = np.cumsum(np.asarray(days, dtype=np.float64).reshape(-1, 2), axis=0)
    total = float(counts[-1].sum()) if len(counts) else 0.0
    looks = float(srm.sequential_p(counts, weights)) if len(counts) else 1.0
    once = srm.p_value(counts[-1].tolist(), weights) if len(counts) else 1.0
    z = comparing.ndtri(1 - srm.ALARM / 2) + comparing.ndtri(GRADED)
    visible = z / math.sqrt(total * weights[0] * weights[1]) if total else None
    return {
        "p": once if design["final"] else looks,
        "sequential_p": looks,
        "chi_square_p": once,
        "expected": [round(total * weight, 1) for weight in weights],
        "smallest_loss": min(float(visible), 1.0) if visible else None,
    }


def interleaved(design: Mapping[str, Any], arms: Mapping[str, Any]) -> Results:
    """Whose films people clicked more often: the mean over people of the sign of (clicks of B - clicks of A)."""
    arm = arms["both"]
    people = mean(arm, "preference")
    n, level = float(people.n), float(people.mean)
    se = math.sqrt(float(people.variance) / n) if n > 1 else 0.0
    known, alpha, tuning = se > 0, 1 - design["confidence"], design["tuning"]
    nobody = Mean(people.n, 0.0, 0.0)
    ended = comparing.welch(nobody, people, alpha=alpha, relative=False)  # against a constant: the one-sample t-test
    wide = float(sequential.half_width(se or 1.0, max(n, 1.0), alpha=alpha, tuning=tuning))
    p = float(sequential.two_sided_p(level, se or 1.0, max(n, 1.0), alpha=alpha, tuning=tuning))
    looked = Comparison(level, se, level - wide, level + wide, p)
    chosen = ended if design["final"] else looked
    believed = bayesian.posterior(nobody, people, relative=False, alpha=alpha)
    within = None if design["final"] else tuning
    further = further_people(level, se, n, tuning=within, alpha=alpha) * n if known and level else None
    return {
        **_judged(chosen, known),
        "n": [int(n)],
        "means": [float(arm["clicks_a"]), float(arm["clicks_b"])],
        "lead": float(mean(arm, "lead").mean),
        "always_valid": _interval(looked, known),
        "welch": _interval(ended, known),
        "chance_to_win": float(believed.chance_to_win) if known else None,
        "competitive": arm["competitive"] / arm["mixed"] if arm["mixed"] else None,
        "mde_planned": _least_preference(people, tuning, alpha),
        "further": further,
    }


def _least_preference(people: Mean, planned: float, alpha: float) -> float | None:
    z = comparing.ndtri(1 - alpha / 2) + comparing.ndtri(GRADED)
    return float(z * math.sqrt(float(people.variance) / planned)) or None


def _correct(metrics: Results, goal: str) -> None:
    """Holm within the goals (one here) and, as an aid to reading, within what is looked at besides."""
    for names in ([name for name in metrics if name == goal], [name for name in metrics if name != goal]):
        known = [name for name in names if metrics[name]["p"] is not None]
        together: Iterable[float] = multiplicity.holm([metrics[name]["p"] for name in known]) if known else []
        for name, p in zip(known, together, strict=True):
            metrics[name]["p_adjusted"] = float(p)
        for name in names:
            metrics[name]["exploratory"] = name != goal


def finite(value: Any) -> Any:
    """The same with None for numbers that JSON cannot hold."""
    if isinstance(value, dict):
        return {key: finite(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [finite(held) for held in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
