"""The main pages behind the production server, with 500 and with 10,000 films, against two baselines.

Every round asks each address in turn over the same connections, so that a noisy neighbour disturbs all alike; a ratio
is the median over the rounds of (page / baseline of the same round). CPU is what the web processes used, database not
included; requests/s include everything.

Suggestions are measured for words that nobody asked for before (each costs a search) and for one word over and over
(remembered for a minute). The target is held to the first.
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT, client
from config import cluster

VAR = ROOT / "var" / "bench"
PORT = 8765
SIZES = (500, 10_000)
ROUNDS, SECONDS, CONNECTIONS = 12, 0.6, 4
MOST_GROWTH = 1.3
TICKS = os.sysconf("SC_CLK_TCK")
EMPTY = "empty"


@dataclass(frozen=True)
class Page:
    """Addresses asked in turn, what they are compared with, the lowest ratio, and the most queries.

    `own`: the limit is on what the page itself asks; finding out who is there (what the empty view asks) comes on top.
    """

    name: str
    paths: list[str]
    against: str
    ratio: float | None = None
    queries: int | None = None
    own: bool = False


@dataclass(frozen=True)
class Looked:
    cards: int
    queries: int


@dataclass(frozen=True)
class Round:
    result: client.Result
    cpu: float

    @property
    def cpu_each(self) -> float:
        return self.cpu / max(1, len(self.result.latencies))


def pages(slug: str, words: list[str]) -> list[Page]:
    suggest = "/search/suggest/?q="
    return [
        Page("home (signed in)", ["/"], "bare", 0.6, 8),
        Page("browse", ["/browse/"], "bare", 0.7, 5),
        Page("search", ["/search/?q=star+wars"], "bare", None, 3, own=True),
        Page("suggestions, new", [suggest + word for word in words], EMPTY, 0.5, 1),
        Page("suggestions, known", [suggest + "godf"], EMPTY),
        Page("film page", [f"/film/{slug}/"], "bare"),
    ]


def environment(database: str, server: cluster.Cluster, size: int) -> dict[str, str]:
    host = str(server.socket).replace("/", "%2F")
    return {
        **os.environ,
        "MARQUEE_MODE": "local",
        "MARQUEE_VAR": str(VAR / str(size)),
        "DATABASE_URL": f"postgres://marquee@{host}/{database}",
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
    }


def seeded(server: cluster.Cluster, size: int) -> tuple[dict[str, str], dict]:
    """A database with `size` films, filled anew; returns its environment and what the seed printed."""
    database = f"bench_{size}"
    shutil.rmtree(VAR / str(size), ignore_errors=True)
    server.drop_database(database)
    server.create_database(database)
    values = environment(database, server, size)
    for command in (
        ["manage.py", "migrate", "--verbosity", "0"],
        ["manage.py", "collectstatic", "--no-input", "-v", "0"],
    ):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=values, check=True)
    printed = subprocess.run(
        [sys.executable, "-m", "bench.seed", str(size)],
        cwd=ROOT,
        env=values,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return values, json.loads(printed.stdout.strip().splitlines()[-1])


@contextlib.contextmanager
def serving(values: dict[str, str]) -> Iterator[int]:
    """The production server on the bench's port; yields its process number."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(PORT), "--workers", "2"]
    command += ["--blocking-threads", "4", "--backpressure", "16", "--workers-kill-timeout", "10s"]
    process = subprocess.Popen([*command, "--log-level", "warning", "config.wsgi:application"], cwd=ROOT, env=values)
    try:
        wait_until_ready()
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_ready() -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=5):
            return
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children so far (Linux only; elsewhere 0)."""
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(entry.parent.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


@contextlib.contextmanager
def connected() -> Iterator[list[client.Connection]]:
    connections = [client.Connection(PORT) for _ in range(CONNECTIONS)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def look(paths: list[str], cookie: str) -> Looked:
    """How many cards a page shows, and how many queries it takes once every worker is warm."""
    *others, path = paths
    warming = itertools.cycle([client.request(other, cookie) for other in (others or paths)])
    for _ in range(4):
        with connected() as connections:
            client.load(connections, warming, seconds=0.3)
    with contextlib.closing(client.Connection(PORT)) as connection:
        head, body = connection.get(client.request(path, cookie, "X-Count-Queries: 1"))
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"{path} answered {head.splitlines()[0].decode()}")
    found = re.search(rb"x-queries: (\d+)", head.lower())
    return Looked(len(re.findall(rb'<article class="card[ "]', body)), int(found[1]) if found else -1)


def measure(pid: int, addresses: dict[str, list[str]], cookie: str) -> dict[str, list[Round]]:
    asked = {
        name: itertools.cycle([client.request(path, cookie) for path in paths]) for name, paths in addresses.items()
    }
    rounds: dict[str, list[Round]] = {name: [] for name in addresses}
    for _ in range(ROUNDS):
        with connected() as connections:
            for name, requests in asked.items():
                before = cpu_seconds(pid)
                result = client.load(connections, requests, seconds=SECONDS)
                rounds[name].append(Round(result, cpu_seconds(pid) - before))
    return rounds


def cpu_per_request(rounds: list[Round]) -> float:
    return sum(one.cpu for one in rounds) / max(1, sum(len(one.result.latencies) for one in rounds))


def verdict(page: Page, ratio: float, queries: int, shared: int) -> str:
    said = ""
    if page.ratio is not None:
        said += f"≥ {page.ratio}: {'met' if ratio >= page.ratio else 'MISSED'}  "
    if page.queries is not None:
        counted = queries - shared if page.own else queries
        meaning = f" of its own ({counted})" if page.own else ""
        said += f"≤ {page.queries} queries{meaning}: {'met' if counted <= page.queries else 'MISSED'}"
    return said


def row(page: Page, looked: Looked, shared: int, measured: list[Round], baseline: list[Round]) -> str:
    ratio = statistics.median(
        a.result.per_second / b.result.per_second for a, b in zip(measured, baseline, strict=True)
    )
    cpu = cpu_per_request(measured)
    latencies = sorted(value for one in measured for value in one.result.latencies)
    p50, p95 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.95))
    speed = statistics.median(one.result.per_second for one in measured)
    failed = sum(one.result.failed for one in measured)
    return (
        f"{page.name:<19}{looked.cards:>6}{looked.queries:>8}{speed:>8.0f}{cpu * 1000:>8.2f}{p50:>8.1f}{p95:>8.1f}"
        f"{ratio:>7.2f}{cpu_per_request(baseline) / cpu if cpu else 0:>7.2f} of {page.against:<6} "
        f"{verdict(page, ratio, looked.queries, shared)}" + (f"  {failed} FAILED" if failed else "")
    )


def run(server: cluster.Cluster, size: int) -> dict[str, float]:
    """Measure all pages with so many films; returns CPU per request by page."""
    values, seed = seeded(server, size)
    cookie = seed["cookie"]
    print(f"{seed['films']} films, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s; CPU and latency in ms")
    print(f"{'page':<19}{'cards':>6}{'queries':>8}{'req/s':>8}{'CPU':>8}{'p50':>8}{'p95':>8}{'ratio':>7}{'of CPU':>7}")
    with serving(values) as pid:
        wanted = pages(seed["slug"], seed["words"])
        looked = {page.name: look(page.paths, cookie) for page in wanted}
        shared = look(["/bench/empty/"], cookie).queries
        addresses = {page.name: page.paths for page in wanted} | {EMPTY: ["/bench/empty/"]}
        baselines = {
            page.name: EMPTY if page.against == EMPTY else f"bare {looked[page.name].cards}" for page in wanted
        }
        for name in set(baselines.values()) - {EMPTY}:
            addresses[name] = [f"/bench/{name.replace(' ', '/')}/"]
            look(addresses[name], cookie)
        rounds = measure(pid, addresses, cookie)
    for page in wanted:
        print(row(page, looked[page.name], shared, rounds[page.name], rounds[baselines[page.name]]), flush=True)
    for name in sorted({*baselines.values()}):
        speed = statistics.median(one.result.per_second for one in rounds[name])
        print(f"  baseline {name:<22}{speed:>8.0f}{cpu_per_request(rounds[name]) * 1000:>8.2f}")
    return {page.name: cpu_per_request(rounds[page.name]) for page in wanted}


@contextlib.contextmanager
def running() -> Iterator[cluster.Cluster]:
    """The benches' own database server."""
    VAR.mkdir(parents=True, exist_ok=True)
    server = cluster.Cluster(data=VAR / "postgres", bindir=cluster.binaries())
    server.create()
    started = server.start()
    try:
        yield server
    finally:
        if started:
            server.stop()


def main() -> None:
    with running() as server:
        small, large = (run(server, size) for size in SIZES)
    print(f"\nCPU per request with 10,000 films against 500 (≤ {MOST_GROWTH}):")
    for name in small:
        growth = large[name] / small[name] if small[name] else 0.0
        print(f"  {name:<19}{growth:5.2f}  {'met' if growth <= MOST_GROWTH else 'MISSED'}")
