"""What is worth an alert: films that joined somebody's best picks, a pick that trends, a film of the watchlist that is
out. Nothing that a digest or an alert has told before."""

import datetime
import json
from collections.abc import Sequence
from typing import Any

from accounts.models import User
from notify import kinds
from notify.digest import content, films, sql
from notify.digest.films import Told
from recs import serving

STRONG = 12  # the best picks, of which enough must be new
FEWEST, MOST = 3, 4  # new picks in an alert
TRENDING = 10  # films that trend most
LIKELY = 40  # best picks among which a trend suits the person
RELEASED = 7  # days after which a release is no news
REMEMBERED = datetime.timedelta(days=90)


def found(user: User, kind: str, *, now: datetime.datetime, today: datetime.date) -> tuple[Told, ...]:
    """The films to tell about; none where there is no news of this kind. `today` is the person's."""
    told = _told(user, now)
    if kind == kinds.WATCHLIST_RELEASE:
        reasons: dict[int, dict[str, Any]] = {film: {} for film in _released(user, told, today)}
    else:
        stored = content.stored([user.pk])[user.pk]
        chosen = _joined(user, stored, told, now) if kind == kinds.PICKS else _trending(list(stored)[:LIKELY], told)
        reasons = {film: json.loads(stored[film]) for film in chosen}
    known = films.by_ids(reasons)
    return tuple(Told(known[film], reason) for film, reason in reasons.items() if film in known)


def _joined(user: User, stored: dict[int, str], told: set[int], now: datetime.datetime) -> list[int]:
    """Picks among the best that did not stand near the top when the person last heard of us."""
    before = {film for (top,) in sql.rows(sql.LAST_TOP, user=user.pk, since=now - REMEMBERED) for film in top}
    new = [film for film in list(stored)[:STRONG] if film not in before and film not in told]
    return new[:MOST] if len(new) >= FEWEST else []


def _trending(likely: Sequence[int], told: set[int]) -> list[int]:
    """The one that trends most. Where too little is going on here, nothing trends."""
    hot = [pick.movie_id for pick in serving.trending(n=TRENDING, checked=False) if pick.algorithm == "trending"]
    return [film for film in hot[:TRENDING] if film in likely and film not in told][:1]


def _released(user: User, told: set[int], today: datetime.date) -> list[int]:
    """Put on the watchlist before they were out."""
    since = today - datetime.timedelta(days=RELEASED)
    rows = sql.rows(sql.RELEASED, **{"people": [user.pk], "from": since, "to": today})
    return [film for _user, film, day, wished in rows if wished.date() < day and film not in told][:MOST]


def _told(user: User, now: datetime.datetime) -> set[int]:
    digests = sql.sets(sql.TOLD, people=[user.pk], kind=kinds.DIGEST, remembered=content.REMEMBERED)
    alerts = sql.sets(sql.ALERTED, user=user.pk, kinds=list(kinds.ALERTS), since=now - REMEMBERED)
    return digests.get(user.pk, set()) | alerts.get(user.pk, set())
