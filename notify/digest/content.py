"""What goes into people's digests: fresh picks with their true reasons, a film of the editors, news of the watchlist.

Picked for a batch of people at once, in a handful of queries however many they are, from the stored picks; whoever has
too few fresh ones left among these gets theirs made on the spot.
"""

import datetime
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import User
from catalog.models import EditorsPick
from notify import kinds, reasons
from notify.digest import films, sql
from notify.digest.films import Film, Told
from recs import dataset, feedback, queries, serving, taste
from recs.mine import Mine
from recs.services import picks

logger = logging.getLogger(__name__)
PICKS = 6
FEWEST = 3
REMEMBERED = 8  # digests
REMEMBERED_TOP = 20
WATCHLIST = 5
WEEK = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is to be written to, and what the calendar says where they live."""

    user: User
    today: datetime.date


@dataclass(frozen=True, slots=True)
class DigestContent:
    picks: tuple[Told, ...]
    editors: Film | None = None
    note: str = ""
    watchlist: tuple[Film, ...] = ()
    top: tuple[int, ...] = ()  # the best picks of the moment, told or not: an alert is about what joins them later

    @property
    def is_enough(self) -> bool:
        return len(self.picks) >= FEWEST

    @property
    def data(self) -> dict[str, Any]:
        """What the outbox keeps: enough to know what was told, and to make the mail again with a film less."""
        return {
            "films": [told.film.id for told in self.picks],
            "reasons": {str(told.film.id): told.reason for told in self.picks},
            "editors": self.editors.id if self.editors else None,
            "note": self.note,
            "watchlist": [film.id for film in self.watchlist],
            "top": list(self.top),
        }

    def without(self, gone: Collection[int]) -> "DigestContent":
        """The same, but for these films."""
        has_editors = self.editors is not None and self.editors.id not in gone
        return DigestContent(
            picks=tuple(told for told in self.picks if told.film.id not in gone),
            editors=self.editors if has_editors else None,
            note=self.note if has_editors else "",
            watchlist=tuple(film for film in self.watchlist if film.id not in gone),
            top=self.top,
        )


MOST_STORED = (REMEMBERED + 1) * (PICKS + 1)  # enough where every film of the last digests still stands first


def gather(readers: Sequence[Reader], now: datetime.datetime) -> dict[int, DigestContent]:
    """A content for each reader, by user id; `is_enough` says whether it is worth a mail."""
    people = [reader.user.pk for reader in readers]
    told = sql.sets(sql.TOLD, people=people, kind=kinds.DIGEST, remembered=REMEMBERED)
    fresh = stored(people)
    chosen = _chosen(readers, fresh, told, now)
    editors = _editors(readers, told)
    released = _released(readers, now)
    wanted = {film for found in chosen.values() for film, _reason in found} | {one.movie_id for one in editors.values()}
    known = films.by_ids(wanted | {film for ids in released.values() for film in ids})
    return {
        pk: replace(
            _content(chosen[pk], editors.get(pk), released.get(pk, ()), known), top=tuple(fresh[pk])[:REMEMBERED_TOP]
        )
        for pk in people
    }


def settled(user: User, ids: Collection[int]) -> set[int]:
    """Those of these films that the person has seen, judged, dismissed or put on the watchlist."""
    return sql.sets(sql.SETTLED, people=[user.pk], films=list(ids)).get(user.pk, set())


def from_data(data: Mapping[str, Any]) -> DigestContent:
    """The content of a row of the outbox, without the films that are gone."""
    ids = [*data["films"], *data["watchlist"], *([data["editors"]] if data["editors"] else [])]
    known = films.by_ids(ids)
    editors = known.get(data["editors"])
    return DigestContent(
        picks=tuple(Told(known[film], data["reasons"][str(film)]) for film in data["films"] if film in known),
        editors=editors,
        note=data["note"] if editors else "",
        watchlist=tuple(known[film] for film in data["watchlist"] if film in known),
        top=tuple(data.get("top", ())),
    )


def _content(
    chosen: Iterable[tuple[int, dict[str, Any]]],
    editors: EditorsPick | None,
    released: Iterable[int],
    known: Mapping[int, Film],
) -> DigestContent:
    theirs = known.get(editors.movie_id) if editors else None
    fresh = [Told(known[film], reason) for film, reason in chosen if film in known and known[film] != theirs]
    return DigestContent(
        picks=tuple(fresh[:PICKS]),
        editors=theirs,
        note=editors.note if editors and theirs else "",
        watchlist=tuple(known[film] for film in released if film in known)[:WATCHLIST],
    )


def stored(people: Sequence[int]) -> dict[int, dict[int, str]]:
    """Each person's stored picks that are still fresh, best first, with their reasons as they lie in the database."""
    found: dict[int, dict[int, str]] = {pk: {} for pk in people}
    for pk, film, reason in sql.rows(sql.STORED, people=list(people), limit=MOST_STORED):
        found[pk].setdefault(film, reason)
    return found


def _chosen(
    readers: Sequence[Reader],
    fresh: Mapping[int, Mapping[int, str]],
    told: Mapping[int, set[int]],
    now: datetime.datetime,
) -> dict[int, list[tuple[int, dict[str, Any]]]]:
    """Each person's best picks that are new to them, first those of an alert that was one too many; one more than are
    shown, in case the editors have chosen one of them."""
    people = [reader.user.pk for reader in readers]
    folded = sql.sets(sql.FOLDED_IN, people=people, capped=reasons.CAPPED, since=now - WEEK)
    chosen = {}
    for reader in readers:
        pk = reader.user.pk
        old, first = told.get(pk, set()), folded.get(pk, set())
        new = [film for film in fresh[pk] if film not in old]
        order = [film for film in new if film in first] + [film for film in new if film not in first]
        found = [(film, json.loads(fresh[pk][film])) for film in order[: PICKS + 1]]
        chosen[pk] = found if len(found) > PICKS else _topped_up(reader.user, found, old)
    return chosen


def _topped_up(
    user: User, stored: list[tuple[int, dict[str, Any]]], told: set[int]
) -> list[tuple[int, dict[str, Any]]]:
    """Picks made now, behind those that are stored. A failing engine leaves what there is."""
    try:
        deeds = Mine(user).deeds
        left_out = feedback.settled(deeds) | told | {film for film, _reason in stored}
        found = serving.picks(
            feedback.weights(deeds),
            n=PICKS + 1 - len(stored),
            exclude=left_out,
            genres=queries.genre_preferences(user),
            taste=replace(taste.of(user), algorithm=picks.algorithm_for(user)),
            adjustments=queries.adjustments(user),
            groups=dataset.groups_of(user),
            times=feedback.times(deeds),
            checked=False,
        )
    except Exception:
        logger.exception("no picks could be made for the digest of person %s", user.pk)
        return stored
    return stored + [(pick.movie_id, pick.reason) for pick in found]


def _editors(readers: Sequence[Reader], told: Mapping[int, set[int]]) -> dict[int, EditorsPick]:
    """For each person the newest film of the editors that is new to them."""
    days = sorted({reader.today for reader in readers})
    running = {day: list(EditorsPick.objects.on(day)) for day in days}
    films_ = list({pick.movie_id for chosen in running.values() for pick in chosen})
    if not films_:
        return {}
    done = sql.sets(sql.SETTLED, people=[reader.user.pk for reader in readers], films=films_)
    found = {}
    for reader in readers:
        pk = reader.user.pk
        old = done.get(pk, set()) | told.get(pk, set())
        if new := next((pick for pick in running[reader.today] if pick.movie_id not in old), None):
            found[pk] = new
    return found


def _released(readers: Sequence[Reader], now: datetime.datetime) -> dict[int, list[int]]:
    """Films of the watchlist that came out since the last digest, a week ago where there was none; newest first."""
    people = [reader.user.pk for reader in readers]
    last = dict(sql.rows(sql.LAST, people=people, kind=kinds.DIGEST))
    since = {pk: max(last.get(pk, now - WEEK), now - 4 * WEEK).date() for pk in people}
    today = {reader.user.pk: reader.today for reader in readers}
    found: dict[int, list[int]] = {}
    span = {"from": min(since.values(), default=now.date()), "to": max(today.values(), default=now.date())}
    for pk, film, day, _wished in sql.rows(sql.RELEASED, people=people, **span):
        if since[pk] < day <= today[pk]:
            found.setdefault(pk, []).append(film)
    return found
