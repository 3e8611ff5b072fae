"""Tables partitioned by time: a migration operation that makes them, and the upkeep of their partitions.

An app names its tables in `apps.py::ready` with `register`; `manage.py create_partitions` and a daily task
keep the coming partitions ready. A default partition takes what falls outside, so that no insert ever fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Sequence(models.Func):
    """`nextval` of a named sequence: a partitioned table cannot have an identity column before PostgreSQL 17."""

    function = "nextval"
    output_field = models.BigIntegerField()

    def __init__(self, name: str | models.Value) -> None:
        super().__init__(name if isinstance(name, models.Value) else models.Value(name))


class CreatePartitionedModel(migrations.CreateModel):
    """CreateModel for a table PARTITION BY RANGE (options["partition_by"]), with its id sequence and a default."""

    def __init__(self, *args, partition_by: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.partition_by = partition_by

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, list(args), {**kwargs, "partition_by": self.partition_by}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        quote = schema_editor.quote_name
        schema_editor.execute(f"CREATE SEQUENCE {quote(f'{table}_id_seq')} AS bigint")
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{plain} PARTITION BY RANGE ({quote(self.partition_by)})"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
        schema_editor.execute(f"ALTER SEQUENCE {quote(f'{table}_id_seq')} OWNED BY {quote(table)}.id")
        schema_editor.execute(f"CREATE TABLE {quote(f'{table}_default')} PARTITION OF {quote(table)} DEFAULT")


@dataclass(frozen=True)
class PartitionedTable:
    """A table, the column it is cut by, and how long a partition is ("month", "quarter" or "year")."""

    table: str
    column: str
    every: str
    ahead: int = 3

    def bounds(self, day: date) -> tuple[date, date]:
        """First day of the partition that holds `day`, and first day of the next."""
        months = MONTHS[self.every]
        start = date(day.year, (day.month - 1) // months * months + 1, 1)
        following = start.month + months
        return start, date(start.year + (following > 12), (following - 1) % 12 + 1, 1)

    def name(self, day: date) -> str:
        start, _ = self.bounds(day)
        suffix = {
            "month": f"y{start:%Ym%m}",
            "quarter": f"{start.year}q{(start.month + 2) // 3}",
            "year": f"{start.year}",
        }
        return f"{self.table}_{suffix[self.every]}"

    def coming(self, today: date) -> Iterator[date]:
        """A day inside the current partition and inside each of the next `ahead` ones."""
        day = today
        for _ in range(self.ahead + 1):
            yield day
            day = self.bounds(day)[1]


_registered: dict[str, PartitionedTable] = {}


def register(table: PartitionedTable) -> None:
    _registered[table.table] = table


def registered() -> list[PartitionedTable]:
    return sorted(_registered.values(), key=lambda table: table.table)


def create(table: PartitionedTable, day: date) -> bool:
    """Make the partition that holds `day`; rows that wait in the default partition move in. False if it is there."""
    start, end = table.bounds(day)
    name, default = table.name(day), f"{table.table}_default"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [table.table])
        cursor.execute("SELECT to_regclass(%s)", [f'"{name}"'])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(f'LOCK TABLE "{table.table}" IN SHARE ROW EXCLUSIVE MODE')
        cursor.execute(f'CREATE TABLE "{name}" (LIKE "{table.table}" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)')
        cursor.execute(
            f'WITH moved AS (DELETE FROM "{default}" WHERE "{table.column}" >= %s AND "{table.column}" < %s'
            f' RETURNING *) INSERT INTO "{name}" SELECT * FROM moved',
            [start, end],
        )
        cursor.execute(
            f'ALTER TABLE "{table.table}" ATTACH PARTITION "{name}" FOR VALUES FROM (%s) TO (%s)',
            [start.isoformat(), end.isoformat()],
        )
    return True


def create_coming(today: date) -> list[str]:
    """Make every coming partition of every registered table; returns the names of the new ones."""
    return [table.name(day) for table in registered() for day in table.coming(today) if create(table, day)]
