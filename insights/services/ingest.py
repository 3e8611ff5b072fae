"""From lines to the table: every file once, whatever happens in between."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils import timezone

from insights.models import ActivitySpool
from insights.services import lines
from insights.services.lines import Row
from web import copy

logger = logging.getLogger(__name__)
TABLE = "user_activity_logs"
# COPY speaks psycopg's own exceptions, everything else Django's.
UNREACHABLE = (DatabaseError, psycopg.Error)
_REFUSED = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError)
_LARGEST_ID = 2**63 - 1


def load(*, name: str, data: bytes) -> int:
    """Bring the lines of a spool file into the table, and the file's name into the register, in one transaction.

    Returns how many rows went in: none when this name is in the register already, because whoever loaded the
    file was killed before removing it. Raises one of UNREACHABLE and changes nothing when the database is away.
    """
    found = lines.decode(data)
    if found.bad:
        logger.warning("%s lines of the spool file %s cannot be read and are left out", found.bad, name)
    with transaction.atomic():
        if not _register(name, found):
            return 0
        return insert(found.rows)


def _register(name: str, found: lines.Read) -> bool:
    entry = ActivitySpool(
        name=name, rows=len(found.rows), bad=found.bad, dropped=found.dropped, loaded_at=timezone.now()
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def insert(rows: Sequence[Row]) -> int:
    """COPY the rows; who has left or withdrawn their consent since is forgotten, and so is a film that is gone."""
    if not rows:
        return 0
    with transaction.atomic():
        fit = _as_it_is_now(rows)
        try:
            with transaction.atomic():
                return _copy(fit)
        except _REFUSED as problem:
            logger.warning("a batch of %s activity rows was refused (%s); now one by one", len(fit), problem)
            return sum(map(_copy_one, fit))


def _copy(rows: Iterable[Row]) -> int:
    with connection.cursor() as cursor:
        return copy.copy_rows(cursor, TABLE, lines.COLUMNS, lines.values(rows))


def _copy_one(row: Row) -> int:
    try:
        with transaction.atomic():
            return _copy([row])
    except _REFUSED as problem:
        logger.error("an activity row is left out, for the database refuses it: %s", problem)
        return 0


def _as_it_is_now(rows: Sequence[Row]) -> list[Row]:
    people = _locked("SELECT id FROM users WHERE data_usage_consent AND id = ANY(%s)", "user_id", rows)
    films = _locked("SELECT id FROM movies WHERE id = ANY(%s)", "movie_id", rows)
    return [_checked(row, people, films) for row in rows]


def _checked(row: Row, people: set[Any], films: set[Any]) -> Row:
    if row.get("user_id") is not None and row["user_id"] not in people:
        row = lines.anonymous(row)
    if row.get("movie_id") is not None and row["movie_id"] not in films:
        row = {**row, "movie_id": None}
    return row


def _locked(query: str, column: str, rows: Iterable[Row]) -> set[int]:
    """Which of the ids stand. They cannot go before we commit: an account that is being closed waits for us, or we
    for it (`activity.anonymise` locks the other way round)."""
    ids = {row.get(column) for row in rows}
    fit = sorted(one for one in ids if isinstance(one, int) and 0 < one <= _LARGEST_ID)
    if not fit:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY id FOR KEY SHARE", [fit])
        return {one for (one,) in cursor.fetchall()}
