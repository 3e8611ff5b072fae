"""The main pages behind the production server, with 500 and with 10,000 films, against two baselines.

Every round asks each address in turn, so that a noisy neighbour disturbs all alike; a ratio is the median over the
rounds of (page / baseline of the same round). CPU is what the web processes used, database not included.
"""

import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import client
from config import cluster

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var" / "bench"
PORT = 8765
SIZES = (500, 10_000)
ROUNDS, SECONDS, CONNECTIONS = 5, 1.5, 4
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Page:
    """An address, what it is compared with ("empty" or "bare"), the lowest ratio, and the most queries."""

    name: str
    path: str
    against: str
    ratio: float | None = None
    queries: int | None = None


def pages(slug: str) -> list[Page]:
    return [
        Page("home (signed in)", "/", "bare", 0.6, 8),
        Page("browse", "/browse/", "bare", 0.7, 5),
        Page("search", "/search/?q=star+wars", "bare", None, 3),
        Page("suggestions", "/search/suggest/?q=godf", "empty", 0.5),
        Page("film page", f"/film/{slug}/", "bare"),
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


def seeded(server: cluster.Cluster, size: int) -> tuple[dict[str, str], dict[str, str]]:
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
        capture_output=True,
        text=True,
    )
    return values, json.loads(printed.stdout.strip().splitlines()[-1])


@contextlib.contextmanager
def serving(values: dict[str, str]) -> Iterator[int]:
    """The production server on the bench's port; yields its process number."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(PORT), "--workers", "2"]
    command += ["--blocking-threads", "4", "--backpressure", "16", "--log-level", "warning", "config.wsgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, env=values)
    try:
        for _ in range(200):
            time.sleep(0.1)
            with contextlib.suppress(OSError, ConnectionError):
                client.Connection(PORT).get(client.request("/readyz", ""))
                break
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children so far (Linux only; elsewhere 0)."""
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(entry.parent.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def inspect(path: str, cookie: str) -> tuple[int, int]:
    """How many cards a page shows, and how many queries it takes once warm."""
    connection = client.Connection(PORT)
    for _ in range(40):
        connection.get(client.request(path, cookie))
    head, body = connection.get(client.request(path, cookie, "X-Count-Queries: 1"))
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"{path} answered {head.splitlines()[0].decode()}")
    found = re.search(rb"x-queries: (\d+)", head.lower())
    return body.count(b'class="card'), int(found[1]) if found else -1


def measure(pid: int, pages: dict[str, str], cookie: str) -> dict[str, list[tuple[client.Result, float]]]:
    """For each page a list over the rounds of (result, CPU seconds per request)."""
    rounds: dict[str, list[tuple[client.Result, float]]] = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, path in pages.items():
            before = cpu_seconds(pid)
            result = client.load(PORT, path, cookie, connections=CONNECTIONS, seconds=SECONDS)
            rounds[name].append((result, (cpu_seconds(pid) - before) / max(1, len(result.latencies))))
    return rounds


def row(page: Page, cards: int, queries: int, measured: list, baseline: list) -> str:
    ratio = statistics.median(a.per_second / b.per_second for (a, _), (b, _) in zip(measured, baseline, strict=True))
    cpu = statistics.median(cpu for _, cpu in measured) * 1000
    cpu_ratio = statistics.median(b / a if a else 0 for (_, a), (_, b) in zip(measured, baseline, strict=True))
    latencies = sorted(value for result, _ in measured for value in result.latencies)
    p50, p95 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.95))
    speed = statistics.median(result.per_second for result, _ in measured)
    verdict = "" if page.ratio is None else f"≥ {page.ratio}: {'met' if ratio >= page.ratio else 'MISSED'}"
    if page.queries is not None:
        verdict += f" ≤ {page.queries} queries: {'met' if queries <= page.queries else 'MISSED'}"
    failed = sum(result.failed for result, _ in measured)
    return (
        f"{page.name:<18}{cards:>6}{queries:>9}{speed:>9.0f}{cpu:>9.2f}{p50:>8.1f}{p95:>8.1f}"
        f"{ratio:>8.2f}{cpu_ratio:>8.2f} of {page.against:<6} {verdict}" + (f"  {failed} FAILED" if failed else "")
    )


def run(server: cluster.Cluster, size: int) -> dict[str, float]:
    """Measure all pages with so many films; returns CPU per request by page."""
    values, seed = seeded(server, size)
    cookie = seed["cookie"]
    print(f"{seed['films']} films, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s; CPU and latency in ms")
    print(
        f"{'page':<18}{'cards':>6}{'queries':>9}{'req/s':>9}{'CPU':>9}{'p50':>8}{'p95':>8}{'ratio':>8}{'CPU ratio':>8}"
    )
    with serving(values) as pid:
        wanted = pages(seed["slug"])
        looked = {page.name: inspect(page.path, cookie) for page in wanted}
        addresses = {page.name: page.path for page in wanted}
        addresses["empty"] = "/bench/empty/"
        addresses |= {f"bare {cards}": f"/bench/bare/{cards}/" for cards, _ in looked.values()}
        for path in addresses.values():
            inspect(path, cookie)
        rounds = measure(pid, addresses, cookie)
    for page in wanted:
        cards, queries = looked[page.name]
        baseline = rounds["empty"] if page.against == "empty" else rounds[f"bare {cards}"]
        print(row(page, cards, queries, rounds[page.name], baseline), flush=True)
    return {page.name: statistics.median(cpu for _, cpu in rounds[page.name]) for page in wanted}


def main() -> None:
    VAR.mkdir(parents=True, exist_ok=True)
    server = cluster.Cluster(data=VAR / "postgres", bindir=cluster.binaries())
    server.create()
    started = server.start()
    try:
        small, large = (run(server, size) for size in SIZES)
    finally:
        if started:
            server.stop()
    print("\nCPU per request with 10,000 films against 500 (≤ 1.3):")
    for name in small:
        growth = large[name] / small[name] if small[name] else 0.0
        print(f"  {name:<18}{growth:5.2f}  {'met' if growth <= 1.3 else 'MISSED'}")
