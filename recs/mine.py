"""What the person who asks has done with every film: one query a page, read by every card."""

import json
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connection

from recs.models import Interaction

Kind = Interaction.Type

# The marks a card can carry, each a bit, so that a state is small and can be a key of the card cache.
FLAGS: Mapping[str, int] = MappingProxyType(
    {
        Kind.WATCHLIST.value: 1,
        Kind.FAVORITE.value: 2,
        Kind.LIKE.value: 4,
        Kind.DISLIKE.value: 8,
        Kind.NOT_INTERESTED.value: 16,
        Kind.VIEW.value: 32,
    }
)
MARKS = tuple(FLAGS)
# Whoever has done one of these with a film does not want it recommended; a watchlisted film has its own row.
DONE = (Kind.RATING, Kind.VIEW, Kind.LIKE, Kind.FAVORITE, Kind.DISLIKE, Kind.NOT_INTERESTED)


# Read at every page: in plain SQL, which is twice as fast as asking Django to write it.
_DEEDS = """
    SELECT movie_id, interaction_type, rating, NULLIF(metadata::text, 'null'),
           extract(epoch FROM timestamp)::float8 / 86400
    FROM user_movie_interactions
    WHERE user_id = %s ORDER BY timestamp DESC, id DESC
"""


class CardState(NamedTuple):
    """What one card shows of its reader: the rating and a bit for each mark."""

    rating: float | None = None
    flags: int = 0

    def has(self, kind: str) -> bool:
        return bool(self.flags & FLAGS[kind])


UNTOUCHED = CardState()


class Deed(NamedTuple):
    """One row of what a person did, as the database has it; `when` is in days since 1970."""

    movie_id: int
    interaction_type: str
    rating: float | None
    metadata: dict[str, Any] | None
    when: float


class Mine:
    """Everything one person did, loaded on first use; a visitor has done nothing."""

    def __init__(self, user: Any) -> None:
        self.user = user

    @cached_property
    def deeds(self) -> list[Deed]:
        if not self.user.is_authenticated:
            return []
        with connection.cursor() as cursor:
            cursor.execute(_DEEDS, [self.user.pk])
            rows = cursor.fetchall()
        return [
            Deed(film, kind, rating, json.loads(said) if said else None, when)
            for film, kind, rating, said, when in rows
        ]

    @cached_property
    def ratings(self) -> dict[int, float]:
        """The newest first."""
        return {deed.movie_id: deed.rating for deed in self.deeds if deed.rating is not None}

    @cached_property
    def _by_kind(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for deed in self.deeds:
            found.setdefault(deed.interaction_type, set()).add(deed.movie_id)
        return {kind: frozenset(ids) for kind, ids in found.items()}

    @cached_property
    def _flags(self) -> dict[int, int]:
        flags: dict[int, int] = {}
        for kind, bit in FLAGS.items():
            for movie_id in self.ids(kind):
                flags[movie_id] = flags.get(movie_id, 0) | bit
        return flags

    @cached_property
    def done(self) -> frozenset[int]:
        """Never in a recommendation row."""
        return frozenset().union(*(self.ids(kind) for kind in DONE))

    def ids(self, kind: str) -> frozenset[int]:
        return self._by_kind.get(kind, frozenset())

    def has(self, movie_id: int, kind: str) -> bool:
        return movie_id in self.ids(kind)

    def state(self, movie_id: int) -> CardState:
        rating, flags = self.ratings.get(movie_id), self._flags.get(movie_id, 0)
        return CardState(rating, flags) if rating is not None or flags else UNTOUCHED
