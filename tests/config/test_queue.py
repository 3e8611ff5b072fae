"""Tasks run in a real worker process, from the queue in PostgreSQL, also after the connection was lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection

from web import heartbeat
from web.tasks import worker_heartbeat

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db) -> Iterator[None]:
    settings.HUEY.immediate = False
    settings.HUEY.flush()
    caches["default"].clear()
    yield
    settings.HUEY.flush()
    settings.HUEY.storage.close()


def worker() -> "subprocess.Popen[bytes]":
    database = connection.settings_dict
    host = database["HOST"].replace("/", "%2F")
    port = f":{database['PORT']}" if database["PORT"] else ""
    address = f"postgres://{database['USER']}@{host}{port}/{database['NAME']}"
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "run_huey", "--workers", "1", "--flush-locks", "--no-periodic", "--quiet"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def wait_for(condition, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_a_task_enqueued_here_runs_in_the_worker_and_sigint_ends_it_in_good_order():
    process = worker()
    try:
        assert not heartbeat.is_alive()
        worker_heartbeat()
        assert wait_for(heartbeat.is_alive)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_the_first_enqueue_after_the_connection_was_cut_succeeds():
    worker_heartbeat()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    worker_heartbeat()
    assert settings.HUEY.pending_count() == 2
