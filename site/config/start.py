"""What must be true before the site can serve, each step shown with its time; safe to repeat after a kill."""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from config import cluster
from web import partitions

STOPPED = 130


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Print what begins, and how long it took; what the step itself has to say stands between the two."""
    sys.stdout.write(f"- {text}\n")
    sys.stdout.flush()
    started = time.monotonic()
    yield
    sys.stdout.write(f"    {time.monotonic() - started:.1f} s\n")
    sys.stdout.flush()


def port_is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, first: int) -> int:
    """The first free port from this one on; 0 when there is none near, and then nothing streams."""
    near = range(first, min(first + 50, 65_536))
    return next((port for port in near if port_is_free(host, port)), 0)


def start_database() -> cluster.Cluster | None:
    """The private server, started; None when DATABASE_URL names one."""
    if os.environ.get("DATABASE_URL"):
        return None
    server = cluster.local(settings.VAR)
    if not (server.data / "PG_VERSION").exists():
        with step("Making a private PostgreSQL under var/"):
            server.create()
    with step("Starting PostgreSQL"):
        server.create()  # refuses a data directory of another version
        is_ours = server.start()
        server.create_database()
        if not is_ours:
            server.end_connections()
    return server


def prepare(*, data: str, people: int | None = None) -> None:
    """Tables, partitions, static files, and on the first start films, people and a trained model."""
    with step("Bringing the tables up to date"):
        call_command("migrate", verbosity=0, interactive=False)
        partitions.create_coming(timezone.localdate())
    with step("Collecting static files and translations"):
        call_command("compile_translations", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
    _load_community(data, people)
    community = _community(data)
    if not community.get("trained") or not (settings.MODELS_DIR / "collaborative" / "current.json").exists():
        with step("Training the recommender"):
            call_command("train")
        # Only now: a model may stand while the picks of a killed training are still missing.
        community = {**community, "trained": True}
        _remember(community)
    if settings.LOCAL and community["source"] == "demo" and not community.get("traffic"):
        with step("Making the demo's traffic and experiments (simulated people)"):
            call_command("load_demo_traffic", verbosity=0)
            call_command("load_demo_inbox", verbosity=0)
        _remember({**community, "traffic": True})


def _load_community(data: str, people: int | None) -> None:
    """What cannot be read is forgotten again, or every later start would stumble over it."""
    before = _memory().read_bytes() if _memory().exists() else None
    community = _community(data)
    if community["loaded"]:
        return
    try:
        _first_load(community, people)
    except CommandError as problem:
        if problem.returncode == STOPPED:  # by the person at the keyboard: the next start goes on with it
            raise
        _memory().unlink() if before is None else _memory().write_bytes(before)
        raise


def _first_load(community: dict[str, Any], people: int | None) -> None:
    with step("Loading the starter catalogue"):
        call_command("load_catalogue", verbosity=0)
    if community["source"] == "demo":
        with step("Making the demo community (simulated people and ratings)"):
            call_command("load_demo", verbosity=0, **({"people": people} if people else {}))
    else:
        with step(f"Importing {community['source']}"):
            call_command("import_movielens", community["source"], train=False)
    _remember({**community, "loaded": True})


def _community(data: str) -> dict[str, Any]:
    """Where the people and ratings come from: what was begun is finished; a new DATA folder is added once."""
    with contextlib.suppress(OSError, ValueError):
        remembered = json.loads(_memory().read_text())
        if not data or remembered["source"] == str(Path(data).resolve()):
            return remembered
    community = {"source": str(Path(data).resolve()) if data else "demo", "loaded": False}
    _remember(community)
    return community


def _remember(community: dict[str, Any]) -> None:
    scratch = _memory().with_suffix(".new")
    scratch.write_text(json.dumps(community))
    scratch.replace(_memory())


def _memory() -> Path:
    return settings.VAR / "community.json"
