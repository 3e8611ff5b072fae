"""The goal in parts of the people: exploration. It decides nothing, and its p-values are corrected together by Holm.

Segments are of what was so before the experiment (language, how long somebody has been here, how much they did):
what it changes itself would choose different people in the two arms. Of few people nothing is shown.
"""

from collections.abc import Callable, Mapping
from typing import Any

from insights.statistics import multiplicity

FEWEST = 20  # people in each arm; languages of fewer are looked at together
OTHERS = "others"
KEPT = ("known", "effect", "low", "high", "p", "n", "means")

Arms = Mapping[str, Mapping[str, Any]]
Compared = Callable[[str, Mapping[str, Any], Arms], Mapping[str, Any]]


def explored(
    design: Mapping[str, Any], segments: Mapping[str, Mapping[str, Arms]], compared: Compared
) -> list[dict[str, Any]]:
    """Each segment with both arms compared as the goal is; none where an arm has too few people in it."""
    found = [
        {"by": by, "of": of, **{key: told[key] for key in KEPT}}
        for by, parts in segments.items()
        for of, arms in _large(by, parts).items()
        for told in [compared(design["metric"], design, arms)]
    ]
    known = [one for one in found if one["p"] is not None]
    for one, p in zip(known, multiplicity.holm([one["p"] for one in known]) if known else [], strict=True):
        one["p_adjusted"] = float(p)
    return found


def _large(by: str, parts: Mapping[str, Arms]) -> dict[str, Arms]:
    kept = {of: arms for of, arms in parts.items() if _fewest(arms) >= FEWEST}
    small = [arms for of, arms in parts.items() if of not in kept]
    if by == "language" and len(small) > 1:
        together = {arm: _added([arms[arm] for arms in small]) for arm in small[0]}
        if _fewest(together) >= FEWEST:
            kept[OTHERS] = together
    return kept


def _fewest(arms: Arms) -> float:
    return min(arm["n"] for arm in arms.values())


def _added(arms: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: sum(arm[name] for arm in arms) for name in arms[0]}
