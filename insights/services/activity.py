"""The log of what happened on the site (docs/activity-log.md).

`record` is the one door. Whatever goes wrong behind it is logged, and the page that called it never notices.
"""

import datetime
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from insights.models import ActivityLog, ActivitySpool
from insights.services import flusher, visitors
from insights.services.lines import Row
from recs.clicks import ArmSeen
from recs.models import Interaction
from recs.services.enrolment import Arm

logger = logging.getLogger(__name__)
Action = ActivityLog.Action
Kind = Interaction.Type

ADDED: Mapping[str, str] = {
    Kind.RATING: Action.RATING_SUBMIT,
    Kind.FAVORITE: Action.FAVORITE_ADD,
    Kind.WATCHLIST: Action.WATCHLIST_ADD,
    Kind.LIKE: Action.LIKE_ADD,
    Kind.DISLIKE: Action.DISLIKE_ADD,
    Kind.NOT_INTERESTED: Action.NOT_INTERESTED_ADD,
    Kind.VIEW: Action.SEEN_ADD,
}
# These are committed when we hear of them: they happened, whatever becomes of the page. The rest is seen or it is not.
ACTS = frozenset(ADDED.values())
LONGEST_QUERY = 100
NAMES_KEPT = datetime.timedelta(days=7)
# An address or a number that somebody typed into the search box is nobody's film.
_PERSONAL = re.compile(r"\S*@\S*|\S*\d{7}\S*|\+?\d(?:[\s()/.-]?\d){8,}")


@dataclass(slots=True)
class Happened:
    """What happened during one request; written at its end, all at once."""

    request: HttpRequest
    rows: list[Row] = field(default_factory=list)
    succeeded: bool = False


_now: ContextVar[Happened | None] = ContextVar("activity", default=None)


@contextmanager
def during(request: HttpRequest) -> Iterator[Happened]:
    """Gather what happens within; whoever opens it says at the end whether the answer `succeeded`."""
    happened = Happened(request)
    token = _now.set(happened)
    try:
        yield happened
    finally:
        _now.reset(token)
        _write([row for row in happened.rows if happened.succeeded or row["action_type"] in ACTS])


def record(
    *,
    action: str,
    movie_id: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    request: HttpRequest | None = None,
    user: User | None = None,
    source: str = "web",
) -> None:
    """One thing that happened. Without `request` the one that is being answered counts, without `user` its person."""
    record_all(action=action, films=[(movie_id, metadata)], request=request, user=user, source=source)


def record_all(
    *,
    action: str,
    films: Iterable[tuple[int | None, Mapping[str, Any] | None]],
    request: HttpRequest | None = None,
    user: User | None = None,
    source: str = "web",
) -> None:
    """The same thing for several films at once, each with its own metadata: the picks of a page, say."""
    try:
        happened = _now.get()
        request = request or (happened.request if happened else None)
        rows = _rows(action, films, request, user, source)
        if happened and happened.request is request:
            happened.rows += rows
        else:
            _write(rows)
    except Exception:
        logger.exception("%s could not be recorded", action)


def picks_shown(
    *,
    request: HttpRequest,
    page: str,
    row: str,
    films: list[int],
    arm: Arm | None,
    served: str | None,
    took_ms: float,
    teams: str = "",
    competitive: float | None = None,
) -> None:
    """A row of picks stood on a page: one row of the log for all its films. `algorithm` is the one that it was to be
    made by, `served` the one that did."""
    assigned = (f"{arm.algorithm}+{arm.rival}" if arm.mixes else arm.algorithm) if arm else served
    mixed = {"teams": teams, "competitive": competitive} if teams else {}
    said = {"row": row, "page": page, "films": films, "algorithm": assigned, "served": served, "took_ms": took_ms}
    record(action=Action.RECOMMENDATION_IMPRESSION, request=request, metadata={**said, **mixed, **tagged(arm)})


def pick_clicked(
    *,
    request: HttpRequest,
    movie_id: int,
    page: str,
    row: str,
    rank: int,
    algorithm: str,
    arm: ArmSeen | None,
    team: str = "",
) -> None:
    """The link of a pick was followed."""
    said = {"row": row, "rank": rank, "algorithm": algorithm, "page": page, **({"team": team} if team else {})}
    record(action=Action.RECOMMENDATION_CLICK, movie_id=movie_id, request=request, metadata={**said, **tagged(arm)})


def tagged(arm: Arm | ArmSeen | None) -> dict[str, Any]:
    """What makes a row of the log an experiment's."""
    return {"experiment": arm.experiment_id, "phase": arm.phase, "arm": arm.variant} if arm else {}


def _rows(
    action: str,
    films: Iterable[tuple[int | None, Mapping[str, Any] | None]],
    request: HttpRequest | None,
    user: User | None,
    source: str,
) -> list[Row]:
    if request is not None and action not in ACTS and not visitors.looks(request):
        return []
    person = user or (visitors.signed_in(request) if request is not None else None)
    crowd = visitors.crowd(person, visitors.agent(request) if request is not None else None)
    if not visitors.counts(action, crowd):
        return []
    shared: Row = {
        "action_type": str(action),
        "timestamp": timezone.now().isoformat(),
        "source": source,
        **({"referer": visitors.referer(request)} if request is not None else {}),
        **visitors.identity(request, person),
    }
    mark = {"crowd": crowd} if crowd else {}
    return [{**shared, "movie_id": movie, "metadata": {**(said or {}), **mark} or None} for movie, said in films]


def _write(rows: list[Row]) -> None:
    if rows:
        try:
            flusher.mine().write(rows)
        except Exception:
            logger.exception("%s activity rows are lost", len(rows))


def viewed(*, request: HttpRequest, movie_id: int) -> None:
    record(action=Action.MOVIE_VIEW, request=request, movie_id=movie_id)


def searched(*, request: HttpRequest, query: str, results: int) -> None:
    """A search, once: neither its further pages nor an empty box."""
    if query and request.GET.get("page", "1") in ("", "1"):
        words = " ".join(_PERSONAL.sub(" ", query).split())[:LONGEST_QUERY]
        record(action=Action.MOVIE_SEARCH, request=request, metadata={"query": words, "results": results})


def acted(*, user: User, movie_id: int, kind: str, on: bool, rating: float | None, source: str | None) -> None:
    """Somebody did something with a film. What they bring along from elsewhere did not happen here."""
    if on and kind in ADDED and source != "import":
        said = {"rating": rating} if rating is not None else None
        record(action=ADDED[kind], user=user, movie_id=movie_id, metadata=said, source=source or "web")


def unsubscribed(*, user: User) -> None:
    """Said on their behalf by a mail program, as a rule: nothing of its request is theirs."""
    token = _now.set(None)
    try:
        record(action=Action.UNSUBSCRIBE, user=user, source="email")
    finally:
        _now.reset(token)


def flush() -> int:
    """Bring everything that waits into the table now; returns how many rows that were."""
    return flusher.mine().flush()


def adopt() -> int:
    """Bring in what killed processes left behind; returns how many rows that were."""
    return flusher.mine().adopt()


def forget_loaded_files(*, now: datetime.datetime) -> int:
    """Files are gone for good soon after they are loaded; their names may go after a week, but for what was lost."""
    old = ActivitySpool.objects.filter(loaded_at__lt=now - NAMES_KEPT, bad=0, dropped=0)
    return old.delete()[0]


@transaction.atomic
def anonymise(*, user: User) -> int:
    """Keep what was counted and nothing that leads back to the person; returns how many rows that were.

    What still waits in spools follows when it is loaded: by then the person is gone, or has withdrawn their consent.
    The lock makes a load that is under way finish first.
    """
    User.objects.select_for_update().filter(pk=user.pk).first()
    return ActivityLog.objects.filter(user=user).update(
        user=None, session_id=None, ip_address=None, user_agent=None, referer=None, metadata=None
    )
