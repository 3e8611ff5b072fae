"""From the commit of a new line to its event in an open stream, with a thousand streams on one process.

The process is the one that `make run` starts, on its own, with a database of its own. A thousand people have a stream
open each; for some of them lines are written, one by one and in bursts, and the seconds from the commit to the event in
the socket are taken. Memory is what the process holds with and without the streams, CPU what it uses while they idle.
What the database alone needs to wake a listener (a bare NOTIFY) is the baseline.
"""

import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import ROOT, pages

STREAMS = 1_000
LINES, BURST = 200, 100
MOST_SECONDS = 1.0
PORT = 8766


def main() -> None:
    with pages.running() as server:
        values, _seed = pages.seeded(server, 500)
        command = [sys.executable, "-m", "bench.inbox_rounds"]
        subprocess.run(command, cwd=ROOT, env=values, check=True)


@contextmanager
def process() -> Iterator[int]:
    """The stream process; yields the number of its worker."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(PORT)]
    command += ["--backpressure", "20000", "--workers-kill-timeout", "5s", "--log-level", "warning"]
    values = {**os.environ, "EVENTS_PORT": str(PORT)}
    server = subprocess.Popen([*command, "config.asgi:application"], cwd=ROOT, env=values)
    try:
        wait_until_it_answers()
        yield worker_of(server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_until_it_answers() -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the stream process did not start")


def worker_of(parent: int) -> int:
    """The child that serves (Linux); elsewhere the parent, of which nothing is read."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    found = children.read_text().split() if children.exists() else []
    return int(found[-1]) if found else parent


def memory(pid: int) -> float:
    """Resident MB of a process (Linux; elsewhere 0)."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


class Streams:
    """Open streams, read by one thread; remembers when each socket last brought an event."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.heard: dict[int, tuple[float, int]] = {}

    def open(self, number: int, cookie: str) -> None:
        there = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        there.sendall(f"GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
        there.setblocking(False)
        self.selector.register(there, selectors.EVENT_READ, number)

    def read(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
            if not data:
                raise SystemExit("a stream was closed")
            for line in data.split(b"\n"):
                if line.startswith(b"data: {"):
                    self.heard[key.data] = time.perf_counter(), json.loads(line[6:])["unseen"]

    def wait_for(self, number: int, unseen: int, seconds: float = 10) -> float:
        """When this stream said that so many are unseen."""
        deadline = time.perf_counter() + seconds
        while self.heard.get(number, (0.0, -1))[1] != unseen:
            self.read(0.5)
            if time.perf_counter() > deadline:
                raise SystemExit(f"stream {number} was not told within {seconds} s")
        return self.heard[number][0]


def told(name: str, seconds: list[float]) -> str:
    ranked = sorted(seconds)
    p50, p95, p99 = (1000 * ranked[int(len(ranked) * share)] for share in (0.5, 0.95, 0.99))
    worst = 1000 * ranked[-1]
    return f"{name:<44}p50 {p50:7.1f}   p95 {p95:7.1f}   p99 {p99:7.1f}   max {worst:7.1f} ms"


def verdict(seconds: list[float]) -> str:
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return f"p95 from commit to event ≤ {MOST_SECONDS:.0f} s: {'met' if p95 <= MOST_SECONDS else 'MISSED'}"
