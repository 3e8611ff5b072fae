"""What an import does to one film, decided without touching anything.

"Keep mine" means that nothing the person did here changes or goes: what the file adds beside it comes in, what
contradicts it stays out. "Take theirs" lets the file win.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recs.models import Interaction
from recs.services.interactions import REPLACES

Kind = Interaction.Type
# A film that was seen here has no place on a watchlist that was written elsewhere before.
SEEN = (Kind.RATING, Kind.VIEW, Kind.LIKE, Kind.DISLIKE, Kind.FAVORITE)


class Told(NamedTuple):
    """One act as the upload keeps it: JSON, so that it can be stored beside the film."""

    kind: str
    rating: float | None
    at: str | None
    metadata: dict[str, Any] | None = None
    comment: str = ""


class Here(NamedTuple):
    """A row of the person's interactions as it is."""

    rating: float | None
    feedback_type: str | None
    feedback_comment: str | None
    metadata: dict[str, Any] | None
    source: str
    timestamp: datetime.datetime

    def saved(self) -> dict[str, Any]:
        return {**self._asdict(), "timestamp": self.timestamp.isoformat()}


@dataclass(slots=True)
class Plan:
    """`writes` come in, `removes` go; `kept` are kinds where the person's own word stands, `already` what is there."""

    writes: list[Told] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    already: int = 0


def plan(told: Iterable[Told], here: Mapping[str, Here], *, theirs: bool) -> Plan:
    """What to do with what the file says of a film, given the rows that are there by kind."""
    told = list(told)
    said = {act.kind for act in told}
    made = Plan()
    for act in told:
        present = here.get(act.kind)
        if present and (act.rating is None or present.rating == act.rating):
            made.already += 1
            continue
        replaced = {kind for kind in REPLACES.get(act.kind, ()) if kind in here and kind not in said}
        if theirs:
            made.writes.append(act)
            made.removes += replaced - set(made.removes)
        elif present or _clashes(act.kind, replaced, here, said):
            made.kept.append(act.kind)
        else:
            made.writes.append(act)
    return made


def _clashes(kind: str, replaced: set[str], here: Mapping[str, Here], said: set[str]) -> bool:
    """A rating or "seen" stands beside a watchlist of one's own; everything else that would replace, contradicts."""
    if kind == Kind.WATCHLIST:
        return bool(replaced or any(one in here and one not in said for one in SEEN))
    return bool(replaced - {Kind.WATCHLIST})
