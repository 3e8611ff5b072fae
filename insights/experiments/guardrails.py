"""What must not get worse while the goal gets better: shown to be no worse than a margin, and not seen to be worse.

Non-inferiority without correction for their number, and a look for deterioration besides (Schultzberg, Ankargren and
Frånberg 2024, arXiv 2402.11609). Shares of bad things are turned round: the share of lists with films must not fall by
more than the margin. A relative margin on a share of one in a thousand could never be shown to hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from insights.experiments.columns import LATENCY_LEVELS, P95
from insights.experiments.moments import others, ratio
from insights.statistics import comparing, sequential
from insights.statistics.arms import Arm, Proportion

MARGIN = 0.02
UNNOTICED_MS = 10.0  # nobody notices ten milliseconds, however large a part of a fast answer they are
Z = 1.96

OK, WORSE, OPEN, NOTHING = "ok", "worse", "open", "nothing"


@dataclass(frozen=True)
class Quantile:
    """A quantile of an arm's requests; its variance is seen as that of one person's part, like any other."""

    n: float
    mean: float
    variance: float

    @property
    def observed_mean(self) -> float:
        return self.mean

    def scaled_variance(self, by: float) -> float:
        return by * by * self.variance


def p95(arm: Mapping[str, Any]) -> Quantile:
    """The 95th percentile of milliseconds. Its error takes people as the unit (Deng, Knoblich and Lu 2018): how the
    share below it varies between people, carried over to milliseconds by the quantiles just below and above."""
    levels = arm["took"] or [0.0] * len(LATENCY_LEVELS)
    below = ratio(arm, "quick", "timed")
    wide = Z * float(np.sqrt(below.variance / max(arm["n"], 1)))
    low, high = LATENCY_LEVELS[P95] - wide, LATENCY_LEVELS[P95] + wide
    if wide == 0 or low < LATENCY_LEVELS[0] or high > LATENCY_LEVELS[-1]:
        return Quantile(arm["n"], levels[P95], 0.0)  # too few to tell
    around = np.interp([low, high], LATENCY_LEVELS, levels)
    error = float(around[1] - around[0]) / (2 * Z)
    return Quantile(arm["n"], levels[P95], error * error * arm["n"])


def mailed(arm: Mapping[str, Any]) -> Proportion:
    return Proportion(arm["n"], arm["n"] - arm["left_mail"])


@dataclass(frozen=True)
class Guardrail:
    """`bad` and `of`: what is counted, as names of sums. `arm`: what is compared."""

    code: str
    arm: Callable[[Mapping[str, Any]], Arm]
    bad: str
    of: str
    lower_is_better: bool = False


def _share(code: str, bad: str, of: str) -> Guardrail:
    return Guardrail(code, lambda arm: others(arm, bad, of), bad, of)


GUARDRAILS = (
    Guardrail("latency", p95, "timed", "timed", lower_is_better=True),
    _share("empty", "empty", "lists"),
    _share("not_interested", "unwanted", "impressions"),
    Guardrail("unsubscribed", mailed, "left_mail", "n"),
    _share("fallback", "fallback", "lists"),
)


def judged(design: Mapping[str, Any], arms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each guardrail with both arms' levels, the harm to it as an interval, and how it stands."""
    return [_judge(guardrail, design, arms["a"], arms["b"]) for guardrail in GUARDRAILS]


def _judge(guardrail: Guardrail, design: Mapping[str, Any], a: Mapping, b: Mapping) -> dict[str, Any]:
    control, treatment = guardrail.arm(a), guardrail.arm(b)
    low, high = _harm(guardrail, control, treatment, design)
    margin, levels = MARGIN, [float(control.mean), float(treatment.mean)]
    if guardrail.lower_is_better:
        margin = max(margin, UNNOTICED_MS / levels[0]) if levels[0] > 0 else margin
    else:
        levels = [1 - level if arm[guardrail.of] else 0.0 for level, arm in zip(levels, (a, b), strict=True)]
    if min(a[guardrail.of], b[guardrail.of]) == 0:
        state = NOTHING
    elif not (a[guardrail.bad] or b[guardrail.bad]):
        state = OK  # it never happened
    elif low is not None and low > (margin if guardrail.lower_is_better else 0):
        state = WORSE
    else:
        state = OK if high is not None and high < margin else OPEN
    return {"code": guardrail.code, "levels": levels, "margin": margin, "low": low, "high": high, "state": state}


def _harm(
    guardrail: Guardrail, control: Arm, treatment: Arm, design: Mapping[str, Any]
) -> tuple[float | None, float | None]:
    """How much worse B is, relative to A, from and to; None where that cannot be told."""
    alpha = 1 - design["confidence"]
    if design["final"]:  # each bound at alpha: both questions have one side
        found = comparing.welch(control, treatment, alpha=2 * alpha)
    else:
        found = sequential.always_valid(control, treatment, tuning=design["tuning"], alpha=alpha)
    if not np.isfinite(found.low) or float(control.mean) == 0:
        return None, None
    low, high = float(found.low), float(found.high)
    return (low, high) if guardrail.lower_is_better else (-high, -low)
