"""Who is counted, and from when: the people of an experiment's phase, or everybody, as if they had just begun.

A population is a query for `user_id, variant, since`, and what must be true of a person `u` to count. What somebody did
counts from `since`. Left out in both arms alike are staff, and people without consent: of them the log keeps no rows
(docs/activity-log.md).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ONE_ARM = "both"  # interleaved lists have no arms: everybody sees both algorithms

_EXPOSED = """
    SELECT s.user_id, {variant} AS variant, s.first_exposed_at AS since FROM experiment_assignments s
    WHERE s.experiment_id = %(experiment)s AND s.phase = %(phase)s AND s.first_exposed_at < %(until)s
"""
_ACTIVE = """
    SELECT l.user_id, 'both'::text AS variant, min(l.timestamp) AS since FROM user_activity_logs l
    WHERE l.timestamp >= %(begin)s AND l.timestamp < %(until)s AND l.user_id IS NOT NULL
      AND coalesce(l.metadata->>'crowd', '') NOT IN ('bot', 'staff')
    GROUP BY l.user_id
"""
_CONSENTED = "u.data_usage_consent AND NOT u.is_staff"
_HERE = f"{_CONSENTED} AND u.is_active AND (NOT u.is_simulated OR %(with_simulated)s)"


@dataclass(frozen=True)
class Population:
    """`until`: later events count in windows only; `at`: nothing later was known. `tagged`: of lists and clicks only
    those count that say that they are of this experiment and phase."""

    exposures: str
    who: str
    arms: tuple[str, ...]
    until: datetime.datetime
    at: datetime.datetime
    tagged: bool
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mixed(self) -> bool:
        """Whether lists were mixed of both algorithms."""
        return self.tagged and ONE_ARM in self.arms

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
    said = {"experiment": experiment, "phase": phase, "tag": str(experiment), "tag_phase": str(phase)}
    said |= {"algorithm_a": algorithms[0], "algorithm_b": algorithms[1]}
    return Population(_EXPOSED.format(variant=variant), _CONSENTED, arms, until, at, tagged=True, said=said)


def active(*, first: datetime.datetime, at: datetime.datetime, simulated: bool = False) -> Population:
    """Everybody who was there, each from the first sign of them since `first`: what a new experiment would meet."""
    said = {"begin": first, "with_simulated": simulated, "algorithm_a": None, "algorithm_b": None}
    return Population(_ACTIVE, _HERE, (ONE_ARM,), at, at, tagged=False, said=said)
