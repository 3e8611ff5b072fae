"""The stream process as it runs for real, and readers of its streams."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from tests.running import ROOT, free_port, wait_for

PATIENCE = 15


class Process:
    """Granian with our ASGI application, on the test's database."""

    def __init__(self, site_port: int) -> None:
        self.port, self.site_port = free_port(), site_port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        ours = {
            "DATABASE_URL": _database(),
            "SECRET_KEY": settings.SECRET_KEY,
            "PORT": str(self.site_port),
            "EVENTS_PORT": str(self.port),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(self.port)]
        command += ["--backpressure", "20000", "--workers-kill-timeout", "5s", "--log-level", "warning"]
        self.process = subprocess.Popen([*command, "config.asgi:application"], cwd=ROOT, env={**os.environ, **ours})
        assert wait_for(self.answers, PATIENCE)

    def answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return ask(self.port, "/healthz").status == 200
        return False

    def stop(self) -> float:
        """Ends it in good order; the seconds that took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=20)
        return time.monotonic() - started


def _database() -> str:
    told = connection.get_connection_params()
    who = quote(str(told.get("user", "")), safe="")
    word = f":{quote(told['password'], safe='')}" if told.get("password") else ""
    port = f":{told['port']}" if told.get("port") else ""
    return f"postgres://{who}{word}@{quote(str(told.get('host', '')), safe='')}{port}/{told['dbname']}"


@contextlib.contextmanager
def running(site_port: int = 8000) -> Iterator[Process]:
    made = Process(site_port)
    try:
        made.start()
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.stop()


def cookie(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def ask(port: int, path: str = "/events", **headers: str) -> http.client.HTTPResponse:
    there = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    there.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return there.getresponse()


class Reader:
    """An open stream; reads one event after the other."""

    def __init__(self, port: int, cookie: str, **headers: str) -> None:
        self.answer = ask(port, headers.pop("path", "/events"), Cookie=cookie, **headers)

    def event(self) -> dict[str, Any]:
        """The next event but beats, as its fields; empty when the stream has ended."""
        while True:
            fields = self._fields()
            if fields.get("event") != "beat":
                return fields

    def told(self) -> dict[str, Any]:
        return json.loads(self.event()["data"])

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        return self._fields() if set(fields) == {"retry"} else fields

    def close(self) -> None:
        self.answer.close()
