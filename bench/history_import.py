"""How soon the first picks of a history of 2,000 films are there after its upload, and how fast it is taken over."""

import subprocess
import sys

from bench import pages

FILMS = 10_000


def main() -> int:
    with pages.running() as server:
        values, _seed = pages.seeded(server, FILMS)
        command = [sys.executable, "-m", "bench.history_rounds"]
        return subprocess.run(command, cwd=pages.ROOT, env=values, check=False).returncode
