"""Everything people do with films goes through here: one row each, undoable, told to whoever cares."""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import Movie
from recs import signals
from recs.models import Interaction
from recs.services import picks

Kind = Interaction.Type
UNDO_SECONDS = 60 * 60

# What setting one of these takes away: a film that was seen is no longer to be watched, and nobody
# likes and dislikes a film at once.
REPLACES: Mapping[str, tuple[str, ...]] = {
    Kind.RATING: (Kind.WATCHLIST,),
    Kind.VIEW: (Kind.WATCHLIST,),
    Kind.LIKE: (Kind.DISLIKE, Kind.NOT_INTERESTED),
    Kind.DISLIKE: (Kind.LIKE,),
    Kind.FAVORITE: (Kind.NOT_INTERESTED,),
    Kind.WATCHLIST: (Kind.NOT_INTERESTED,),
    Kind.NOT_INTERESTED: (Kind.WATCHLIST,),
}
FEEDBACK: Mapping[str, str] = {
    Kind.LIKE: "positive",
    Kind.FAVORITE: "positive",
    Kind.WATCHLIST: "positive",
    Kind.DISLIKE: "negative",
    Kind.NOT_INTERESTED: "negative",
}
SAVED = ("rating", "feedback_type", "feedback_comment", "metadata", "source", "timestamp")


class UndoError(ValueError):
    """The token is not ours, not this person's, of another film, or too old."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back: a signed copy of the rows that the act touched, as they were before."""

    token: str


def rate(*, user: User, movie: Movie, rating: float, source: str = "web") -> Undo:
    return _set(user, movie, Kind.RATING, source, rating=rating)


def unrate(*, user: User, movie: Movie, source: str = "web") -> Undo:
    return _clear(user, movie, Kind.RATING, source)


def mark(*, user: User, movie: Movie, kind: str, on: bool, source: str = "web") -> Undo:
    return _set(user, movie, kind, source) if on else _clear(user, movie, kind, source)


def undo(*, user: User, movie: Movie, token: str) -> None:
    """Put back what one act changed; what was done to the film since then by other acts stays."""
    before = _read(user, movie, token)
    with _alone(user, movie):
        user.interactions.filter(movie=movie, interaction_type__in=before).delete()
        rows = {kind: _revive(user, movie, kind, saved) for kind, saved in before.items() if saved}
        Interaction.objects.bulk_create(rows.values())
        for kind in before:
            _tell(user, movie, kind, rows.get(kind), "web")
    picks.follow(user=user)


def _set(user: User, movie: Movie, kind: str, source: str, *, rating: float | None = None) -> Undo:
    touched = (kind, *REPLACES.get(kind, ()))
    with _alone(user, movie):
        before = _rows(user, movie, touched)
        replaced = before.keys() - {kind}
        user.interactions.filter(movie=movie, interaction_type__in=replaced).delete()
        if rating is not None or kind not in before:
            row = _write(user, movie, kind, source, rating)
            _tell(user, movie, kind, row, source)
        for other in replaced:
            _tell(user, movie, other, None, source)
    picks.follow(user=user)
    return _sign(user, movie, touched, before)


def _clear(user: User, movie: Movie, kind: str, source: str) -> Undo:
    with _alone(user, movie):
        before = _rows(user, movie, (kind,))
        if before:
            before[kind].delete()
            _tell(user, movie, kind, None, source)
    picks.follow(user=user)
    return _sign(user, movie, (kind,), before)


def _write(user: User, movie: Movie, kind: str, source: str, rating: float | None) -> Interaction:
    feedback = FEEDBACK.get(kind) if rating is None else feedback_of(rating)
    row = Interaction(
        user=user, movie=movie, interaction_type=kind, rating=rating, feedback_type=feedback, source=source
    )
    row.timestamp = timezone.now()
    Interaction.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["user", "movie", "interaction_type"],
        update_fields=["rating", "feedback_type", "source", "timestamp"],
    )
    return row


def feedback_of(rating: float) -> str:
    """What a rating says on the coarse scale."""
    return "positive" if rating >= 3.5 else "negative" if rating <= 2 else "neutral"


@contextmanager
def _alone(user: User, movie: Movie) -> Iterator[None]:
    """One act at a time on one person's rows of one film: two tabs then come one after the other.

    The upsert alone would keep the rows single, but not a like in one tab from meeting a dislike in another.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0)),"
                " pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [_all_of(user.pk), f"deed:{user.pk}:{movie.pk}"],
            )
        yield


def hold_all(user_id: int) -> None:
    """Let nobody else touch the rows of one person until the transaction ends: acts on the site wait that long.

    For what reads and writes many films in one step; it must be short, as somebody may be pressing a button.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_all_of(user_id)])


def _all_of(user_id: int) -> str:
    return f"deeds:{user_id}"


def _rows(user: User, movie: Movie, kinds: tuple[str, ...]) -> dict[str, Interaction]:
    found = user.interactions.filter(movie=movie, interaction_type__in=kinds)
    return {row.interaction_type: row for row in found}


def _tell(user: User, movie: Movie, kind: str, row: Interaction | None, source: str) -> None:
    """After the commit, so that nobody counts what was rolled back."""
    facts = {"kind": kind, "on": row is not None, "rating": row.rating if row else None, "source": source}
    transaction.on_commit(
        lambda: signals.interaction_recorded.send_robust(Interaction, user=user, movie_id=movie.pk, **facts)
    )


def _salt(user: User) -> str:
    return f"recs.undo.{user.pk}"


def _sign(user: User, movie: Movie, touched: tuple[str, ...], before: Mapping[str, Interaction]) -> Undo:
    saved = {kind: _saved(before[kind]) if kind in before else None for kind in touched}
    return Undo(signing.dumps([movie.pk, saved], salt=_salt(user), compress=True))


def _saved(row: Interaction) -> list[Any]:
    return [*(getattr(row, field) for field in SAVED[:-1]), row.timestamp.isoformat()]


def _read(user: User, movie: Movie, token: str) -> dict[str, list[Any] | None]:
    try:
        movie_id, before = signing.loads(token, salt=_salt(user), max_age=UNDO_SECONDS)
    except signing.BadSignature as problem:
        raise UndoError from problem
    if movie_id != movie.pk:
        raise UndoError
    return before


def _revive(user: User, movie: Movie, kind: str, saved: list[Any]) -> Interaction:
    fields = dict(zip(SAVED, saved, strict=True))
    fields["timestamp"] = datetime.datetime.fromisoformat(fields["timestamp"])
    return Interaction(user=user, movie=movie, interaction_type=kind, **fields)
