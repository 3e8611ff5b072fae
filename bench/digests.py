"""Many digests due in the same minute, with the worker as it runs on a site: how fast they are made and handed over,
whether the configured rate is kept, what it costs in memory, and how long an alert waits among them.

The worker is one process with two threads, or `--workers` of these; the mail server is a process of its own on this
machine that takes everything. 3,000 people are due; `--full` has 100,000. `--per-minute` is MAIL_PER_MINUTE.

`python -m bench.digests [--full] [--per-minute 3000] [--workers 1]`
"""

import argparse
import os
import signal
import subprocess
import sys

from bench import ROOT, mailing, pages

NAME = "bench_digests"
PEOPLE, FULL = 3_000, 100_000


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--full", action="store_true", help=f"{FULL:,} people instead of {PEOPLE:,}")
    asked.add_argument("--per-minute", type=int, default=3_000, help="MAIL_PER_MINUTE")
    asked.add_argument("--workers", type=int, default=1, help="processes of the worker")
    options = asked.parse_known_args()[0]
    with pages.running() as server:
        server.drop_database(NAME)
        server.create_database(NAME)
        port = mailing.free_port()
        values = pages.environment(NAME, server, 0) | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_PER_MINUTE": str(options.per_minute),
        }
        sink = start(["-m", "bench.mailing", str(port)], values)
        workers: list[subprocess.Popen[bytes]] = []
        try:
            people = FULL if options.full else PEOPLE
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=values, check=True)
            measure = [sys.executable, "-m", "bench.digests_rounds"]
            subprocess.run([*measure, "seed", str(people)], cwd=ROOT, env=values, check=True)
            command = ["manage.py", "run_huey", "--quiet", "--workers", "2"]
            workers = [start([*command, "--flush-locks"], values)]
            workers += [start([*command, "--no-periodic"], values) for _ in range(options.workers - 1)]
            pids = [str(worker.pid) for worker in workers]
            return subprocess.run([*measure, *pids], cwd=ROOT, env=values, check=False).returncode
        finally:
            for process in workers:
                process.send_signal(signal.SIGINT)
                process.wait()
            sink.terminate()
            sink.wait()
            server.drop_database(NAME)


def start(command: list[str], values: dict[str, str]) -> "subprocess.Popen[bytes]":
    quiet = values | {"PYTHONWARNINGS": "ignore"}
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=quiet, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
