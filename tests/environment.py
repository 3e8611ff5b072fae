"""Choose and start the test database before Django reads its settings (loaded by pytest's `-p`).

TEST_DATABASE_URL names a server; without it a private one is started under var/test, by preference with the
distribution's PostgreSQL (the oldest version we are likely to meet), otherwise with the embedded one.
"""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "site")]

os.environ["MARQUEE_MODE"] = "local"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["DEBUG"] = "false"
os.environ.setdefault("MARQUEE_VAR", str(ROOT / "var" / "test"))
# WhiteNoise warns of a missing folder, and here every warning is an error.
(Path(os.environ["MARQUEE_VAR"]) / "static").mkdir(parents=True, exist_ok=True)
# Playwright runs an event loop in the main thread; the tests' own queries are not asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# A worker of the tests for each core: threads of the linear algebra beside them only wait for each other.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
CHOSEN = "DATABASE_URL REDIS_URL SECRET_KEY EMAIL_URL TMDB_API_KEY ALLOWED_HOSTS SITE_URL TRAINING_ENGINE"
CHOSEN += " MAIL_PROVIDER MAIL_EVENT_SOURCE MAIL_PER_MINUTE"
for name in CHOSEN.split():
    os.environ.pop(name, None)

from config import cluster  # noqa: E402

_started: cluster.Cluster | None = None


def _bindir() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[0].parent if installed and "PG_BINDIR" not in os.environ else cluster.binaries()


def _start() -> None:
    global _started
    var = Path(os.environ["MARQUEE_VAR"])
    var.mkdir(parents=True, exist_ok=True)
    bindir = _bindir()
    server = cluster.Cluster(data=var / f"postgres-{bindir.parent.name}", bindir=bindir)
    server.create()
    if server.start("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"):
        _started = server
    server.create_database()
    os.environ["DATABASE_URL"] = f"postgres://marquee@{str(server.socket).replace('/', '%2F')}/marquee"


if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
elif os.environ.get("TEST_CLUSTER_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_CLUSTER_URL"]
else:
    _start()
    os.environ["TEST_CLUSTER_URL"] = os.environ["DATABASE_URL"]  # the parallel workers inherit it


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if _started and not hasattr(config, "workerinput"):
        _started.stop()
