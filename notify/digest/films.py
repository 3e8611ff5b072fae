"""The facts of a film that a mail shows, read for many people at once."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from catalog import cards
from catalog.models import Genre
from web.cache import get_or_build

DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Film:
    """`genre` is the slug of the first one."""

    id: int
    slug: str
    title: str
    year: int | None
    poster_path: str
    genre: str
    runtime: int | None
    director: str


@dataclass(frozen=True, slots=True)
class Told:
    """A film with the reason for it, as data (see recs.explain)."""

    film: Film
    reason: dict[str, Any]


_FILMS = f"""
    SELECT m.id, m.slug, m.title, {cards.YEAR.format("m")}, m.poster_path, {cards.GENRE.format("m")}, m.runtime,
        COALESCE(m.director, '')
    FROM movies m WHERE m.id = ANY(%s) AND NOT m.adult
"""


def by_ids(ids: Collection[int]) -> dict[int, Film]:
    """Those of these films that exist and that everybody may be shown; one query."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FILMS, [list(ids)])
        return {row[0]: Film(*row) for row in cursor.fetchall()}


def genre_names() -> dict[str, str]:
    """The English name of each genre by its slug."""
    return get_or_build("notify:genres", lambda: dict(Genre.objects.values_list("slug", "name")), seconds=DAY)
