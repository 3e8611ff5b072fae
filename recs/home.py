"""What stands on a person's home page: rows of films, no film twice, each row knowing why it is there."""

import datetime
import hashlib
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from catalog.cards import MovieCard
from recs import explain, exposure, queries, taste, traits
from recs.drafts import FEW_RATINGS, OTHERS, SLOTS, TOP, Draft, Drafts, best_first, kinds, person_of, served_by
from recs.http import Request
from recs.mine import Mine
from recs.services import defaults, picks
from recs.services.enrolment import Arm, Standing
from web.cache import get_or_build

__all__ = ["OTHERS", "TOP", "Item", "Row", "best_first", "page", "person_of", "served_by"]

NAMED = 2
REMEMBERED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Item:
    """`explained` items offer "Why this?"; the caption says the reason where the row's title does not."""

    card: MovieCard
    caption: str = ""
    explained: bool = False
    engine: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the page shows it. An empty one keeps its place, so that a later swap finds it."""

    key: str
    title: str = ""
    film: str = ""
    note: str = ""
    items: list[Item] = field(default_factory=list)
    competitive: float | None = None


def page(request: Request, *, today: datetime.date | None = None) -> dict[str, Any]:
    """The context of the home page and of the pieces of it that an act replaces."""
    user: User = request.user  # type: ignore[assignment]
    began, mine = time.perf_counter(), request.mine
    standing = exposure.standing(request)
    stored = _stored(user, standing)
    rows = _rows(_drafts(user, mine, stored, today or timezone.localdate(), standing.arm))
    took_ms = (time.perf_counter() - began) * 1000
    return {
        "rows": rows,
        "stamp": exposure.shown(request, rows, standing.arm, took_ms=took_ms),
        "is_empty": not any(row.items for row in rows),
        "rated": len(mine.ratings),
        "to_go": max(0, FEW_RATINGS - len(mine.ratings)),
        "enough": FEW_RATINGS,
        "updated_at": stored[0].generated_at if stored else None,
        "model": stored[0].model_version if stored else "",
        "algorithm": stored[0].algorithm if stored else "",
        "welcome": not user.onboarding_completed or len(mine.ratings) < FEW_RATINGS,
    }


def _stored(user: User, standing: Standing) -> list[queries.StoredPick]:
    """The picks that this person is to see; made anew where another algorithm's are left from before."""
    if standing.arm and standing.arm.preview:
        return []
    stored = queries.stored_picks(user)
    wanted = standing.arm.algorithm if standing.arm and not standing.arm.mixes else taste.of(user).algorithm
    changes = (standing.since, None if taste.chosen(user) else defaults.current().since)
    since = max((at for at in changes if at), default=None)
    if not (stored and since and stored[0].generated_at < since and stored[0].algorithm != wanted):
        return stored
    return queries.stored_picks(user) if picks.follow(user=user) else stored


def _drafts(
    user: User, mine: Mine, stored: list[queries.StoredPick], today: datetime.date, arm: Arm | None
) -> list[Draft]:
    """Remembered for a minute while nothing changes: every act and every setting makes the stored picks anew."""

    def build() -> list[Draft]:
        return Drafts(user, mine, stored, today, arm).made()

    if not stored:
        return build()
    last = max((deed.when for deed in mine.deeds), default=0.0)
    acts = f"{len(mine.deeds)}:{last}:{stored[0].generated_at.isoformat()}"
    key = f"recs:home:{user.pk}:{today}:{get_language()}:{acts}:{taste.of(user)}:{arm and arm.tag}"
    return get_or_build(hashlib.blake2s(key.encode()).hexdigest(), build, seconds=REMEMBERED_SECONDS)


def _rows(drafts: list[Draft]) -> list[Row]:
    shown = _cards(drafts)
    rows = {draft.key: _row(draft, shown) for draft in drafts[1:]}
    rows["top"] = _captioned(drafts[0], shown)
    return [rows.get(key, Row(key)) for key in SLOTS]


def _cards(drafts: list[Draft]) -> dict[int, MovieCard]:
    ids = {candidate.movie_id for draft in drafts for candidate in draft.candidates}
    ids |= {draft.seed for draft in drafts if draft.seed}
    return queries.cards(ids | explain.film_ids(one.reason for one in drafts[0].candidates))


def _row(draft: Draft, shown: dict[int, MovieCard]) -> Row:
    items = [
        Item(shown[one.movie_id], explained=draft.seed is not None, engine=one.engine, team=one.team)
        for one in draft.candidates
        if one.movie_id in shown
    ]
    film = shown[draft.seed].title if draft.seed in shown else ""
    return Row(draft.key, draft.label, film, draft.note, items, draft.competitive)


def _captioned(draft: Draft, shown: dict[int, MovieCard]) -> Row:
    """The first row, where each film has a reason of its own; what is only popular needs no such line."""
    if kinds(draft.candidates) <= {"popular"}:
        return _row(draft, shown)
    titles = {pk: card.title for pk, card in shown.items()}
    made_of = explain.feature_names(one.reason for one in draft.candidates)
    words = traits.words(made_of) if made_of else {}
    say = partial(explain.sentence, titles=titles, genres=queries.genre_names(), words=words)
    items = [
        Item(shown[one.movie_id], say(_short(one.reason)), True, one.engine, one.team)
        for one in draft.candidates
        if one.movie_id in shown
    ]
    return Row(draft.key, draft.label, "", draft.note, items, draft.competitive)


def _short(reason: explain.Reason) -> explain.Reason:
    """The two strongest films are enough under a card; "Why this?" names them all."""
    return {**reason, **{part: reason[part][:NAMED] for part in ("films", "features") if part in reason}}
