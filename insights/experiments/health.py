"""What makes an experiment's figures doubtful, and how much: each finding has a code, a level and its numbers.

`block`: nothing may be concluded. `warn`: to be known by whoever decides. `note`: good to know.
"""

from collections.abc import Mapping
from typing import Any

from insights.statistics import srm

BLOCK, WARN, NOTE = "block", "warn", "note"
MOST_CROSSED = 0.01
MOST_FALLBACK = 0.05
LEAST_COMPETITIVE = 0.3
LOSS_WORTH_SEEING = 0.05

Finding = dict[str, Any]


def findings(sums: Mapping[str, Any], results: Mapping[str, Any]) -> list[Finding]:
    """All findings, what blocks first."""
    arms = sums["arms"]
    found = [*_ratio(results["srm"]), *_crossed(arms), *_fallback(results["guardrails"]), *_simulated(sums)]
    if sums["design"]["kind"] == "interleaving":
        found += _competitive(results["goal"]["competitive"])
    else:
        found.append({"code": "shared_training", "level": NOTE})
        if sums["design"]["metric"] == "rating":
            found.append({"code": "raters_choose", "level": WARN})
    return sorted(found, key=lambda finding: (BLOCK, WARN, NOTE).index(finding["level"]))


def _ratio(found: Mapping[str, Any] | None) -> list[Finding]:
    if found is None:
        return []
    if found["p"] < srm.ALARM:
        return [{"code": "ratio", "level": BLOCK, "p": found["p"]}]
    if found["smallest_loss"] and found["smallest_loss"] > LOSS_WORTH_SEEING:
        return [{"code": "ratio_blind", "level": NOTE, "loss": found["smallest_loss"]}]
    return []


def _crossed(arms: Mapping[str, Any]) -> list[Finding]:
    """People who saw the other arm's list: that cannot be, unless a cache or the assignment is broken."""
    people = sum(arm["crossed"] for arm in arms.values())
    everybody = sum(arm["n"] for arm in arms.values())
    if not people:
        return []
    level = BLOCK if people > MOST_CROSSED * everybody else WARN
    return [{"code": "crossed", "level": level, "people": int(people)}]


def _fallback(guardrails: list[Mapping[str, Any]]) -> list[Finding]:
    levels: list[float] = next((found["levels"] for found in guardrails if found["code"] == "fallback"), [])
    return [
        {"code": "fallback", "level": WARN, "arm": arm, "share": level}
        for arm, level in zip("ab", levels, strict=False)
        if level > MOST_FALLBACK
    ]


def _competitive(share: float | None) -> list[Finding]:
    if share is None or share >= LEAST_COMPETITIVE:
        return []
    return [{"code": "overlap", "level": WARN, "share": share}]


def _simulated(sums: Mapping[str, Any]) -> list[Finding]:
    people = sums.get("simulated", 0)
    return [{"code": "simulated", "level": WARN, "people": people}] if people else []
