"""The catalogue in memory, as matching needs it."""

from collections.abc import Sequence

from django.db import connection

from recs.history.matching import Entry, Index, Match, match_all
from recs.history.records import Film
from web.cache import get_or_build

SECONDS = 10 * 60
_FILMS = """
    SELECT id, title, original_title, extract(year FROM release_date)::int, coalesce(omdb_id, ''), tmdb_id, slug,
           popularity_score
    FROM movies WHERE NOT adult ORDER BY id
"""


def matches(films: Sequence[Film]) -> list[Match]:
    return match_all(index(), films)


def index() -> Index:
    return get_or_build("history:index", _read, seconds=SECONDS)


def _read() -> Index:
    with connection.cursor() as cursor:
        cursor.execute(_FILMS)
        return Index(Entry(*row) for row in cursor.fetchall())
