"""Random logs near everything that matters to an experiment, as rows that hypothesis can shrink."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as some

from accounts.models import User
from insights.models import ActivityLog
from recs.models import Experiment
from tests.insights import trials
from tests.insights.trials import DAY, START

ACTS = ("rating_submit", "favorite_add", "watchlist_add", "like_add", "dislike_add", "seen_add")
ACTIONS = (
    "recommendation_impression",
    "recommendation_click",
    *ACTS,
    "not_interested_add",
    "unsubscribe",
    "movie_view",
    "email_open",
)
END, AT = START + 20 * DAY, START + 30 * DAY
MINUTE = timedelta(minutes=1)
NO_SENSE = 7
ODD = ({}, {"films": "all", "took_ms": "soon", "rating": None, "competitive": True}, None)
PEOPLE = [("ab"[number % 2], START + number * DAY) for number in range(3)]


class Happened(NamedTuple):
    person: int
    action: str
    minutes: int  # from the person's exposure
    film: int
    page: int
    flavour: int
    number: int


def some_log() -> some.SearchStrategy[list[Happened]]:
    """Rows near everything that matters: exposure, the minute before, seven days, fourteen, the end, 28 days before."""
    near = [-28 * 1440, -31, -30, -1, 0, 1, 29, 30, 31, 7 * 1440, 14 * 1440, 20 * 1440, 30 * 1440]
    moments = some.builds(int.__add__, some.sampled_from(near), some.integers(-2, 2))
    row = some.builds(
        Happened,
        person=some.integers(0, 2),
        action=some.sampled_from(ACTIONS),
        minutes=moments,
        film=some.integers(0, 1),
        page=some.integers(0, 2),
        flavour=some.integers(0, NO_SENSE),
        number=some.integers(0, 40),
    )
    return some.lists(row, min_size=15, max_size=60)


def said(trial: Experiment, row: Happened, films: list[int]) -> dict[str, Any] | None:
    """Mostly what the site writes; sometimes of another phase, of a program, or no sense at all."""
    if row.flavour == NO_SENSE:
        return ODD[row.number % 3]
    tag = {"experiment": trial.pk, "phase": trial.phase + (row.flavour == 6), "arm": "ab"[row.flavour == 5]}
    place = {"page": f"p{row.page}", "row": "for-you", "served": ("popular", "hybrid")[row.flavour == 4], **tag}
    place |= {"films": films[: row.number % 4], "took_ms": row.number, "team": "ab"[row.number % 2]}
    place |= {"rating": row.number / 8, **({"crowd": "bot"} if row.flavour == 3 else {})}
    return place


def people(trial: Experiment) -> list[User]:
    return [trials.person(trial, variant, since=since) for variant, since in PEOPLE]


def logged(trial: Experiment, users: Sequence[User], rows: Sequence[Happened]) -> list[ActivityLog]:
    """The rows as they stand in the log, written in this order."""
    films = trials.catalogue(3)
    made = [
        ActivityLog(
            user=users[row.person],
            action_type=row.action,
            timestamp=moment(row),
            movie_id=films[row.film],
            session_id=(None, "s", "t")[row.page],
            metadata=said(trial, row, films),
        )
        for row in rows
    ]
    return ActivityLog.objects.bulk_create(made)


def moment(row: Happened) -> datetime:
    return PEOPLE[row.person][1] + row.minutes * MINUTE
