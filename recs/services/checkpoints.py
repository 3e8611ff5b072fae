"""Where a long load got to: one small file, replaced after every commit, so that a killed run goes on from there."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.db import connection


@dataclass(slots=True)
class Progress:
    """What has been done up to `line`. `log_bytes` is how far the list of skipped lines is true."""

    line: int = 0
    loaded: int = 0
    already: int = 0
    left_out: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    first_lines: dict[str, list[str]] = field(default_factory=dict)
    log_bytes: int = 0


class Checkpoint:
    """Only good for the database that it was written for: a new one of the same name starts from the beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = _database()

    def read(self) -> Progress:
        try:
            kept = json.loads(self.path.read_text())
            return Progress(**kept["progress"]) if kept["database"] == self._database else Progress()
        except (OSError, ValueError, KeyError, TypeError):
            return Progress()

    def write(self, progress: Progress) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"database": self._database, "progress": asdict(progress)}))
        os.replace(fresh, self.path)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname || ' ' || oid FROM pg_database WHERE datname = current_database()")
        return str(cursor.fetchone()[0])
