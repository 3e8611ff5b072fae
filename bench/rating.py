"""The measurement of `bench.instant`, in a process that knows the bench's database."""

import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import django

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as config.wsgi has it
django.setup()

from django.test import Client  # noqa: E402

from catalog.models import Movie  # noqa: E402
from recs import stock  # noqa: E402

WARMING, TIMES = 20, 300
RATED_ANEW = 60  # films that the ratings go round: the history keeps its length
MOST_MS = 100.0


class Taken(NamedTuple):
    """From the request to the whole answer; the CPU is free of what a noisy neighbour adds."""

    seconds: float
    cpu: float


def main(cookie: str) -> None:
    headers = {"cookie": cookie, "hx-request": "true", "hx-current-url": "http://localhost/"}
    client = Client(SERVER_NAME="localhost", headers=headers)
    films = list(Movie.objects.best_known()[:RATED_ANEW])
    turns = itertools.cycle([(film, stars) for stars in (5, 4, 3) for film in films])
    rate, write = _asking(client, "/film/{}/rate/", turns), _asking(client, "/bench/write/{}/", turns)
    for _ in range(WARMING):
        rate(), write()
    seconds = [(rate(), write()) for _ in range(TIMES)]
    known = {name: len(model.movie_ids) for name, model in stock.shelf().models.items()}
    print(f"{known.get('hybrid', 0)} films in the model; {TIMES} ratings in turn with {TIMES} bare writes; ms")
    _report(*zip(*seconds, strict=True))


def _asking(client, address: str, turns: Iterator[tuple[Movie, int]]) -> Callable[[], Taken]:  # type: ignore[no-untyped-def]
    def ask() -> Taken:
        film, stars = next(turns)
        there = address.format(film.slug)
        start, cpu = time.perf_counter(), time.process_time()
        answer = client.post(there, {"rating": stars, f"{film.pk}-rating": stars})
        taken = Taken(time.perf_counter() - start, time.process_time() - cpu)
        if answer.status_code not in (200, 204):
            raise SystemExit(f"{there} answered {answer.status_code}")
        if answer.status_code == 200 and b'id="row-top-list"' not in answer.content:
            raise SystemExit("the answer to a rating brings no top picks")
        return taken

    return ask


def _report(rating: tuple[Taken, ...], writing: tuple[Taken, ...]) -> None:
    for name, taken in (("rate and rank anew", rating), ("write the row only", writing)):
        p50, p95 = _percentile(taken, 0.5), _percentile(taken, 0.95)
        cpu = statistics.mean(one.cpu for one in taken) * 1000
        print(f"{name:<20} p50 {p50:7.1f}  p95 {p95:7.1f}  CPU of the web process {cpu:6.1f}")
    ratio = statistics.median(a.seconds / b.seconds for a, b in zip(rating, writing, strict=True))
    p95 = _percentile(rating, 0.95)
    print(f"ratio {ratio:.1f} (median of pairs);  p95 ≤ {MOST_MS:.0f} ms: {'met' if p95 <= MOST_MS else 'MISSED'}")


def _percentile(taken: tuple[Taken, ...], share: float) -> float:
    return sorted(one.seconds for one in taken)[int(len(taken) * share)] * 1000


if __name__ == "__main__":
    main(sys.argv[1])
