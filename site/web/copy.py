"""Many rows at once, by PostgreSQL's COPY: straight in, by way of a temporary table, or as an upsert.

Rows are sequences in the order of the columns. A JSON value travels as text or wrapped in `psycopg.types.json.Jsonb`.
COPY knows nothing of Django: no defaults of a model, no `auto_now`; the caller names every column that must be filled.
What uses a temporary table must run inside a transaction: the table ends with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper
from psycopg import sql


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def copy_rows(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY the rows into the table; returns how many."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return cursor.rowcount


def copy_into_temporary(
    cursor: CursorWrapper, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> int:
    """Make a temporary table (column name → SQL type) that ends with the transaction, and COPY the rows into it.

    The types come from our own code, never from outside: they are not quoted.
    """
    definition = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()
    )
    name = sql.Identifier(table)
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(name, definition))
    count = copy_rows(cursor, table, list(columns), rows)
    # Nothing is joined by a JSON column, and gathering facts about one takes longer than about all the others.
    plain = [column for column, kind in columns.items() if not kind.startswith("json")]
    cursor.execute(sql.SQL("ANALYZE {} ({})").format(name, _names(plain)))
    return count


def copy_upsert(
    cursor: CursorWrapper,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    conflict: Sequence[str],
    update: Sequence[str] = (),
) -> int:
    """COPY beside the table and insert from there; a row whose `conflict` columns are taken updates the `update`
    columns, or is left as it is when there are none. Returns how many rows were inserted or updated.

    Two rows of one call must not have the same `conflict` columns when `update` is given.
    """
    beside, target, names = sql.Identifier(f"_{table}_new"), sql.Identifier(table), _names(columns)
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            beside, names, target
        )
    )
    copy_rows(cursor, f"_{table}_new", columns, rows)
    action: sql.Composable = sql.SQL("NOTHING")
    if update:
        changes = sql.SQL(", ").join(sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(column)) for column in update)
        action = sql.SQL("UPDATE SET {}").format(changes)
    cursor.execute(
        sql.SQL("INSERT INTO {target} ({names}) SELECT {names} FROM {beside} ON CONFLICT ({keys}) DO {action}").format(
            target=target, names=names, beside=beside, keys=_names(conflict), action=action
        )
    )
    count = cursor.rowcount
    cursor.execute(sql.SQL("DROP TABLE {}").format(beside))
    return count
