"""The whole site as `make run` starts it: own folder, own database, real processes."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = "60"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], Any], seconds: float) -> bool:
    """Asks often at first: most of what a test waits for takes no tenth of a second."""
    deadline, pause = time.monotonic() + seconds, 0.005
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(pause)
        pause = min(2 * pause, 0.1)
    return False


class Site:
    """One folder and the runs in it. What a run prints is kept in `run.log` beside the folder."""

    def __init__(self, home: Path) -> None:
        self.var, self.log, self.port = home / "var", home / "run.log", free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        unset = {"DATABASE_URL", "REDIS_URL", "PORT", "HOST"}
        self.environment = {name: value for name, value in os.environ.items() if name not in unset}
        self.environment |= {"MARQUEE_MODE": "local", "MARQUEE_VAR": str(self.var), "PYTHONUNBUFFERED": "1"}

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", "run", "--port", str(self.port), "--people", PEOPLE, *arguments]

    def start(self, *arguments: str) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command(*arguments), cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def once(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A run that is expected to end by itself."""
        return subprocess.run(
            self._command(*arguments), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )

    def said(self, text: str) -> bool:
        return text in self.log.read_text()

    def wait_until_ready(self) -> None:
        assert wait_for(lambda: self.said("Marquee is ready") or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.log.read_text()

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=40)

    def left(self) -> list[str]:
        """Processes of this folder or port that still run."""
        shown = subprocess.run(["ps", "-eww", "-o", "stat=,command="], capture_output=True, text=True, check=True)
        mine = (f"{self.var}/", f"--port {self.port} ")
        lines = (line.split(None, 1) for line in shown.stdout.splitlines())
        return [command for stat, command in lines if stat[0] != "Z" and any(mark in f"{command} " for mark in mine)]


@contextmanager
def site(prepared: Path | None = None) -> Iterator[Site]:
    """In an empty folder, or in a copy of one that a run has prepared."""
    # PostgreSQL runs as another account when we are root, so the folder above its data must be passable.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = Site(Path(folder))
        if prepared:
            copy(prepared, made.var)
        try:
            yield made
        finally:
            if made.process and made.process.poll() is None:
                made.end()


def copy(folder: Path, to: Path) -> None:
    """With the accounts that own the files: PostgreSQL takes no other's."""
    subprocess.run(["cp", "-a", folder, to], check=True)


class Answer(NamedTuple):
    status: int
    headers: Any
    text: str
    seconds: float


class _Here(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Browser:
    """Asks one address at a time and keeps its cookies; follows nothing."""

    def __init__(self, address: str) -> None:
        self.address, self.token = address, ""
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(_Here, urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path: str, data: dict[str, str], **headers: str) -> Answer:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token, **data}).encode()
        return self._ask(urllib.request.Request(self.address + path, body, headers))

    def log_in(self, var: Path) -> None:
        email, password = next(iter(json.loads((var / "demo_logins.json").read_text()).items()))
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"login": email, "password": password})
        assert answer.status == 302, answer.text
        self.get("/settings/")

    def _ask(self, request: urllib.request.Request) -> Answer:
        started = time.monotonic()
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as problem:
            answer = problem
        with answer:
            text = answer.read().decode(errors="replace")
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text):
            self.token = found[1]
        return Answer(answer.status, answer.headers, text, time.monotonic() - started)
