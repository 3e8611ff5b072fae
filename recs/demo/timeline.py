"""When people join, how long they stay, and in which evenings they rate."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DAY = 86_400
HISTORY = 3 * 365  # days: the site opened three years before `today`
GROWTH = 1.3  # above 1, more people join of late than at first
STAY_SHARE = 0.5  # still here; the others lapse after a while
STAY_MEAN = 160  # days that a lapsing person stays, on average
RECENT = 21  # days: whoever is still here was last seen within these
FIRST_SITTING = 20  # ratings given in the first evening, on average
SITTING = 6  # ratings given in a later evening, on average
EVENING, EVENING_SPREAD = 20.5, 2.0  # hour of the local day when a sitting starts
PACE = 45  # seconds between two ratings of a sitting, on average
AFTER_RELEASE = 30  # days: a film rated "too early" is rated within so many days after its release instead


@dataclass(frozen=True)
class Lives:
    """First and last day of each person (days since 1970), and who still comes."""

    joined: Ints
    last: Ints
    here: NDArray[np.bool_]


def day_number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def newest(today: date) -> int:
    """The last day on which anything may happen: two days off, so that no time zone sees the future."""
    return day_number(today) - 2


def lives(random: np.random.Generator, count: int, *, today: date) -> Lives:
    end = newest(today)
    joined = end - np.floor(HISTORY * random.random(count) ** GROWTH).astype(np.int64)
    here = (random.random(count) < STAY_SHARE) | (joined > end - RECENT)
    stayed = joined + np.ceil(random.exponential(STAY_MEAN, count)).astype(np.int64)
    lapsed = np.minimum(stayed, end - RECENT - 1)
    lately = end - random.integers(0, RECENT, count)
    return Lives(joined=joined, last=np.maximum(joined, np.where(here, lately, lapsed)), here=here)


def _sittings(random: np.random.Generator, counts: Ints) -> tuple[Ints, Ints, Ints]:
    """For each act of each person in turn: the person, the number of the sitting, the place in the sitting."""
    person = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = 5 + random.poisson(FIRST_SITTING - 5, len(counts))[person]
    size = 2 + random.poisson(SITTING - 2, len(counts))[person]
    later = place - first
    return person, np.where(later < 0, 0, 1 + later // size), np.where(later < 0, place, later % size)


def moments(random: np.random.Generator, who: Lives, counts: Ints) -> Ints:
    """Seconds since 1970 of every act, person by person, ascending: evenings from the first day to the last."""
    person, sitting, place = _sittings(random, counts)
    evenings = np.zeros(len(counts), dtype=np.int64)
    np.maximum.at(evenings, person, sitting + 1)
    owner = np.repeat(np.arange(len(counts)), evenings)
    start = np.cumsum(evenings) - evenings
    share = random.random(len(owner))
    share[start[evenings > 0]] = 0.0  # the first evening is the first day …
    share = share[np.lexsort((share, owner))]
    ends = (start + evenings - 1)[evenings > 1]
    share[ends] = 1.0  # … and the last evening the last
    day = who.joined[owner] + np.floor(share * (who.last - who.joined)[owner]).astype(np.int64)
    hour = (random.normal(EVENING, EVENING_SPREAD, len(owner)) + random.uniform(-8, 8, len(counts))[owner]) % 24
    began = day * DAY + (hour * 3600).astype(np.int64)
    spent = place * PACE + random.integers(0, PACE, len(place))
    return began[start[person] + sitting] + spent


def not_before_release(random: np.random.Generator, at: Ints, released: Ints, *, today: date) -> Ints:
    """Nobody rates a film that is not out yet."""
    earliest = (released + 1) * DAY + random.integers(0, AFTER_RELEASE * DAY, len(at))
    moved = np.where(at < (released + 1) * DAY, earliest, at)
    return np.minimum(moved, (newest(today) + 1) * DAY)
