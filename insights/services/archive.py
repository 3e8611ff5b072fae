"""Months of the log that are over for long: exported, read back, and only then dropped.

A file holds every column, but nothing that leads back to a person: files lie about where no closing account reaches.
Each month is one transaction, so that a kill leaves it either in the table or in the register with its file. A file
that no register entry names is the remnant of a killed run and is written anew.
"""

import gzip
import hashlib
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from insights.models import ActivityArchive
from insights.services import lines
from web import partitions

logger = logging.getLogger(__name__)
TABLE = partitions.PartitionedTable("user_activity_logs", "timestamp", "month")
LOCK_SECONDS = 5  # how long the dropping may make others wait
_MONTH = re.compile(r"_y(\d{4})m(\d{2})$")


class Busy(Exception):
    """Another process is archiving."""


class Damaged(Exception):
    """What was read back is not what was written, or the month changed meanwhile; nothing is dropped."""


@dataclass(frozen=True, slots=True)
class Due:
    """A partition that is to go, its rows, and where they are kept."""

    partition: str
    rows: int
    file: Path


def due(*, today: date) -> list[Due]:
    """The partitions whose last day is longer ago than ACTIVITY_RETENTION_DAYS, oldest first."""
    rows = {name: _fingerprint(name)[0] for name in _over(today)}
    for month, count in _late(today).items():
        rows[TABLE.name(month)] = rows.get(TABLE.name(month), 0) + count
    return [Due(name, rows[name], _file(name)) for name in sorted(rows)]


def run(*, today: date) -> Iterator[ActivityArchive]:
    """Archive month after month; raises Busy when another process does, Damaged when a file is not as it should be."""
    while archived := _next(today):
        yield archived


@transaction.atomic
def _next(today: date) -> ActivityArchive | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('archive_activity'))")
        if not cursor.fetchone()[0]:
            raise Busy
    _gather_late_rows(today)
    name = next(iter(_over(today)), None)
    return _archive(name) if name else None


def _over(today: date) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = %s::regclass ORDER BY relname",
            [TABLE.table],
        )
        months = [(name, found) for (name,) in cursor.fetchall() if (found := _MONTH.search(name))]
    return [name for name, found in months if _is_over(date(int(found[1]), int(found[2]), 1), today)]


def _is_over(day: date, today: date) -> bool:
    return TABLE.bounds(day)[1] <= today - timedelta(days=settings.ACTIVITY_RETENTION_DAYS)


def _gather_late_rows(today: date) -> None:
    for month in _late(today):
        partitions.create(TABLE, month)


def _late(today: date) -> dict[date, int]:
    """Months that are over and their rows that wait in the default partition: they came when no partition was there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT date_trunc('month', {TABLE.column} AT TIME ZONE 'UTC')::date, count(*)"
            f" FROM {TABLE.table}_default WHERE {TABLE.column} < %s GROUP BY 1 ORDER BY 1",
            [today - timedelta(days=settings.ACTIVITY_RETENTION_DAYS)],
        )
        return {month: count for month, count in cursor.fetchall() if _is_over(month, today)}


def _archive(name: str) -> ActivityArchive:
    """Export, verify, drop, and write into the register; the caller's transaction holds it together."""
    before, file = _fingerprint(name), _file(name)
    with _beside(file) as scratch:
        written = _export(name, scratch)
        rows, read = _read_back(scratch)
        if (rows, read) != (before[0], written):
            raise Damaged(f"{scratch}: {rows} rows instead of {before[0]}, or another checksum than was written")
    _lock(name)
    if _fingerprint(name) != before:
        raise Damaged(f"{name} was written to meanwhile")
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE {TABLE.table} DETACH PARTITION "{name}"')
        cursor.execute(f'DROP TABLE "{name}"')
    logger.info("archived %s rows of %s", rows, name)
    return ActivityArchive.objects.create(file=file.name, partition=name, rows=rows, sha256=read)


def _lock(name: str) -> None:
    """Nobody waits long for us: rather we try again tomorrow."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute(f'LOCK TABLE {TABLE.table}, "{name}" IN ACCESS EXCLUSIVE MODE')


def _fingerprint(name: str) -> tuple[int, Any]:
    """Changes with every row that comes or goes."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*), sum(id) FROM "{name}"')
        return cursor.fetchone()


def _file(name: str) -> Path:
    """One file for a month; a month that filled up again after it was dropped gets a second one."""
    before = ActivityArchive.objects.filter(partition=name).count()
    return Path(settings.ACTIVITY_ARCHIVE_DIR) / f"{name}{f'-{before + 1}' if before else ''}.csv.gz"


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A scratch file that takes the name, and is on the disk for good, when the block ends well."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = file.with_name(f"{file.name}.part")
    try:
        yield scratch
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _export(name: str, file: Path) -> str:
    """Write the partition as compressed CSV; returns the SHA-256 of what went in."""
    digest = hashlib.sha256()
    with (
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as out,
        connection.cursor() as cursor,
        cursor.copy(_query(name)) as rows,
    ):
        for part in rows:
            digest.update(part)
            out.write(part)
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return digest.hexdigest()


def _query(name: str) -> sql.Composed:
    """Every column in the table's order: those that identify are empty, and so are the words of searches."""
    empty = {column: sql.SQL("NULL AS {}").format(sql.Identifier(column)) for column in lines.IDENTITY}
    said = {**empty, "metadata": sql.SQL("metadata - 'query' AS metadata")}
    columns = [said.get(column, sql.Identifier(column)) for column in ("id", *lines.COLUMNS)]
    return sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(
        sql.SQL(", ").join(columns), sql.Identifier(name)
    )


def _read_back(file: Path) -> tuple[int, str]:
    """Rows (without the header) and SHA-256 of the content. A line break within quotes ends no row."""
    digest, rows, quoted = hashlib.sha256(), 0, False
    with gzip.open(file, "rb") as content:
        for line in content:
            digest.update(line)
            quoted ^= line.count(b'"') % 2 == 1
            rows += not quoted
    return rows - 1, digest.hexdigest()
