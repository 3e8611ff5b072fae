"""Processes of our own that write to a spool and the test database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from insights.models import ActivityLog

ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """What makes another process work on the test database and this test's folders."""
    database = connection.settings_dict
    host = database["HOST"].replace("/", "%2F") + (f":{database['PORT']}" if database["PORT"] else "")
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{database['USER']}@{host}/{database['NAME']}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ACTIVITY_SPOOL_DIR": str(settings.ACTIVITY_SPOOL_DIR),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
    }


@contextmanager
def writer(
    first: int, count: int = 0, *, pause: float = 0.001, seconds: float = 0
) -> "Iterator[subprocess.Popen[str]]":
    """See tests/insights/writer.py; whatever the test does, the process is gone at the end."""
    command = [sys.executable, "-m", "tests.insights.writer", str(first), str(count), str(pause), str(seconds)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: "subprocess.Popen[str]", wanted: str) -> None:
    for line in process.stdout:
        if line.strip() == wanted:
            return
    raise AssertionError(f"the writer ended before it said {wanted}")


def kill(process: "subprocess.Popen[str]") -> list[int]:
    """End it without warning; returns the numbers that it had recorded for sure."""
    process.kill()
    return [int(line) for line in process.stdout.read().split() if line.isdigit()]


def numbers() -> list[int]:
    """The numbers that stand in the table."""
    return sorted(said["n"] for said in ActivityLog.objects.values_list("metadata", flat=True) if said)
