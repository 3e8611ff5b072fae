"""What the log of activity costs: rows/s from `record` to the table, against a bare COPY of the same rows into a table
without an index, and the CPU that a film page spends on it, against the same page without.
"""

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time
from unittest import mock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402

from accounts.models import User  # noqa: E402
from catalog.models import Movie  # noqa: E402
from insights.models import ActivityLog  # noqa: E402
from insights.services import activity, ingest, lines  # noqa: E402
from web import copy  # noqa: E402

ROWS, ROUNDS = 20_000, 5
PAGES, PAGE_ROUNDS = 40, 12
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NAME = "bench-activity"


class Undone(Exception):
    """Ends a transaction that must leave nothing behind."""


def stage() -> tuple[User, list[Movie], Client]:
    user = User(username=NAME, email=f"{NAME}@example.org", data_usage_consent=True, onboarding_completed=True)
    user.save()
    movies = Movie.objects.bulk_create(
        Movie(title=f"Bench film {number}", slug=f"{NAME}-{number}", overview="It is measured.") for number in range(50)
    )
    client = Client(headers={"user-agent": BROWSER, "referer": "http://testserver/browse/"})
    client.force_login(user)
    return user, movies, client


def whole_path(user: User, movies: list[Movie], client: Client) -> tuple[float, float]:
    """Seconds for recording, each row as a request of its own, and for bringing them into the table."""
    request = RequestFactory().get("/", headers={"user-agent": BROWSER})
    request.user, request.session = user, client.session
    start = perf_counter()
    for number in range(ROWS):
        with activity.during(request) as happened:
            activity.viewed(request=request, movie_id=movies[number % len(movies)].pk)
            happened.succeeded = True
    recorded = perf_counter() - start
    start = perf_counter()
    if activity.flush() != ROWS:
        raise RuntimeError("not every row arrived")
    return recorded, perf_counter() - start


def bare_copy(user: User) -> float:
    names = [field.column for field in ActivityLog._meta.concrete_fields if field.column in lines.COLUMNS]
    rows = lines.values(
        dict(zip(names, row, strict=True))
        for row in ActivityLog.objects.filter(user=user).order_by("-id")[:ROWS].values_list(*names)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bench_copy AS SELECT * FROM {ingest.TABLE} WITH NO DATA")
        start = perf_counter()
        copy.copy_rows(cursor, "bench_copy", lines.COLUMNS, rows)
        took = perf_counter() - start
        cursor.execute("DROP TABLE bench_copy")
    return took


def nothing(**_said: object) -> None:
    """In the place of the log."""


def pages(client: Client, movies: list[Movie]) -> tuple[float, float]:
    """CPU seconds a film page in this thread, and in the whole process with the thread that empties the spool."""
    thread, process = thread_time(), process_time()
    for number in range(PAGES):
        answer = client.get(movies[number % len(movies)].get_absolute_url())
        if answer.status_code != 200:
            raise RuntimeError(f"the film page answered {answer.status_code}")
    return (thread_time() - thread) / PAGES, (process_time() - process) / PAGES


def a_request(client: Client, movies: list[Movie]) -> None:
    pages(client, movies)
    with_log, without = [], []
    for _ in range(PAGE_ROUNDS):
        with_log.append(pages(client, movies)[0])
        with mock.patch.object(activity, "record_all", new=nothing):
            without.append(pages(client, movies)[0])
    added = median(a - b for a, b in zip(with_log, without, strict=True))
    ratio = median(a / b for a, b in zip(with_log, without, strict=True))
    print(f"film page {median(with_log) * 1e6:>9,.0f} µs of CPU with the log, {median(without) * 1e6:,.0f} without")
    print(f"          {added * 1e6:>9,.0f} µs added, ratio {ratio:.3f} (medians of {PAGE_ROUNDS} rounds)")


def measure(user: User, movies: list[Movie], client: Client) -> None:
    rounds = []
    for _ in range(ROUNDS):
        recorded, loaded = whole_path(user, movies, client)
        rounds.append((recorded, loaded, bare_copy(user)))
    recorded, loaded, bare = (median(times) for times in zip(*rounds, strict=True))
    print(f"record    {ROWS / recorded:>9,.0f} rows a second, {recorded / ROWS * 1e6:.1f} µs each, one write() each")
    print(f"load      {ROWS / loaded:>9,.0f} rows a second, from the spool to the table with its five indexes")
    print(f"whole     {ROWS / (recorded + loaded):>9,.0f} rows a second")
    print(f"COPY      {ROWS / bare:>9,.0f} rows a second, bare")
    whole, load = (median(times) for times in zip(*((c / (a + b), c / b) for a, b, c in rounds), strict=True))
    print(f"ratio     {whole:>9.3f} whole, {load:.3f} load alone")
    a_request(client, movies)
    activity.flush()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        settings.ACTIVITY_SPOOL_DIR = Path(name)
        settings.ACTIVITY_FLUSH_SECONDS = 0
        settings.ALLOWED_HOSTS = ["testserver"]
        try:
            with transaction.atomic():
                measure(*stage())
                raise Undone
        except Undone:
            return 0


if __name__ == "__main__":
    sys.exit(main())
