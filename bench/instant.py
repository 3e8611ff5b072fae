"""From a rating to new picks: the POST that rates a film on the home page and answers with all its rows ranked anew.

Measured inside the server, from the request to the last byte of the answer: no network and no other request beside
it. The member of the bench rates films of 10,000, the history is folded into the model in use, the stored picks are
replaced and the rows are rendered. The baseline is a POST that writes the same row and answers with nothing; both
take turns, so that a noisy neighbour disturbs both alike.
"""

import subprocess
import sys

from bench import ROOT, pages

FILMS = 10_000


def main() -> None:
    with pages.running() as server:
        values, seed = pages.seeded(server, FILMS)
        command = [sys.executable, "-m", "bench.rating", seed["cookie"]]
        subprocess.run(command, cwd=ROOT, env=values, check=True)
