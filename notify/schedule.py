"""When a weekly digest is due: a day and a wall-clock time in a person's own zone, as instants in UTC.

The wall clock wins over the length of a week, which is 167 to 169 hours where clocks change. A time that the clocks
skip comes later by as much as they skip, a time that they show twice counts at its first showing (PEP 495, fold 0).
Only Python's zoneinfo is asked: PostgreSQL has a zone database of its own and takes the second showing.
"""

import datetime as dt
import hashlib
import zoneinfo
from dataclasses import dataclass

WEEK = dt.timedelta(days=7)
JITTER_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class Due:
    """An instant in UTC, and the local ISO week it stands for ("2026-W43"): one digest a week, whatever is changed."""

    at: dt.datetime
    week: str


def zone(name: str) -> dt.tzinfo:
    """The zone of this name; UTC for one that is not known (any more)."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def is_lost(name: str) -> bool:
    """Whether this zone is none (any more), so that UTC stands in."""
    return zone(name) is dt.UTC


def next_due(after: dt.datetime, *, day: int, time: dt.time, timezone: str) -> Due:
    """The first due instant behind `after` (aware); `day` 0 is Monday, `time` is the wall clock's."""
    local = zone(timezone)
    around = after.astimezone(local).date()
    first = around - dt.timedelta(days=(around.weekday() - day) % 7) - WEEK
    for weeks in range(4):
        found = on(first + weeks * WEEK, time=time, timezone=timezone)
        if found.at > after:
            return found
    raise AssertionError("a week is longer than three weeks in no zone")


def on(date: dt.date, *, time: dt.time, timezone: str) -> Due:
    """The due instant of one local date."""
    wall = dt.datetime.combine(date, time.replace(tzinfo=None, fold=0), tzinfo=zone(timezone))
    year, week, _day = date.isocalendar()
    return Due(wall.astimezone(dt.UTC), f"{year}-W{week:02}")


def jitter(user_id: int) -> dt.timedelta:
    """Up to ten minutes either way, the same every week for the same person: everybody's nine o'clock is spread out."""
    number = int.from_bytes(hashlib.sha256(f"digest:{user_id}".encode()).digest()[:8], "big")
    return dt.timedelta(seconds=number % (2 * JITTER_SECONDS + 1) - JITTER_SECONDS)


def digest_key(user_id: int, week: str) -> str:
    """The idempotency key of somebody's digest of one local week."""
    return f"digest:{user_id}:{week}"


def week_of(moment: dt.datetime, timezone: str) -> str:
    """The local ISO week in which an instant lies ("2026-W43")."""
    year, week, _day = moment.astimezone(zone(timezone)).date().isocalendar()
    return f"{year}-W{week:02}"
