"""Who is counted, and from when: the people of an experiment's phase, or everybody, as if they had just begun.

A population is a query for `user_id, variant, since, simulated`. What somebody did counts from `since`.
Left out in both arms alike are staff, and people without consent: of them the log keeps no rows (docs/activity-log.md).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ONE_ARM = "both"  # interleaved lists have no arms: everybody sees both algorithms

_EXPOSED = """
    SELECT s.user_id, {variant} AS variant, s.first_exposed_at AS since, u.is_simulated AS simulated
    FROM experiment_assignments s JOIN users u ON u.id = s.user_id
    WHERE s.experiment_id = %(experiment)s AND s.phase = %(phase)s AND s.first_exposed_at < %(until)s
      AND u.data_usage_consent AND NOT u.is_staff
"""
_ACTIVE = """
    SELECT l.user_id, 'both' AS variant, min(l.timestamp) AS since, bool_or(u.is_simulated) AS simulated
    FROM user_activity_logs l JOIN users u ON u.id = l.user_id
    WHERE l.timestamp >= %(begin)s AND l.timestamp < %(until)s
      AND u.data_usage_consent AND NOT u.is_staff AND u.is_active AND (NOT u.is_simulated OR %(with_simulated)s)
      AND coalesce(l.metadata->>'crowd', '') NOT IN ('bot', 'staff')
    GROUP BY l.user_id
"""


@dataclass(frozen=True)
class Population:
    """`until`: later events count in windows only; `at`: nothing later was known."""

    people: str
    arms: tuple[str, ...]
    until: datetime.datetime
    at: datetime.datetime
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        return {"until": self.until, "at": self.at, **self.said}


def exposed(
    *,
    experiment: int,
    phase: int,
    algorithms: tuple[str, str],
    interleaved: bool,
    until: datetime.datetime,
    at: datetime.datetime,
) -> Population:
    """The people who saw the experiment in this phase, each from their first exposure."""
    variant = f"'{ONE_ARM}'::text" if interleaved else "s.variant"
    arms = (ONE_ARM,) if interleaved else ("a", "b")
    said = {"experiment": experiment, "phase": phase, **_tagged(str(experiment), str(phase), *algorithms)}
    return Population(_EXPOSED.format(variant=variant), arms, until, at, said)


def active(*, first: datetime.datetime, at: datetime.datetime, simulated: bool = False) -> Population:
    """Everybody who was there, each from the first sign of them since `first`: what a new experiment would meet."""
    return Population(_ACTIVE, (ONE_ARM,), at, at, {"begin": first, "with_simulated": simulated, **_tagged()})


def _tagged(*said: str) -> dict[str, str | None]:
    """What rows of the log carry that belong to an experiment; nothing when all rows count."""
    names = ("tag", "tag_phase", "algorithm_a", "algorithm_b")
    return dict(zip(names, said or [None] * len(names), strict=True))
