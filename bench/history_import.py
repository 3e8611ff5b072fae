"""How soon the first picks of a history of 2,000 films are there after its upload, and how fast it is taken over."""

import csv
import io
import os
import random
import subprocess
import sys
import zipfile
from statistics import median
from time import perf_counter

from bench import pages

FILMS = 10_000
HISTORY = 2_000
ROUNDS = 5
MOST_SECONDS = 1.0


def export(titles: list[tuple[str, int]], seed: int) -> bytes:
    """A Letterboxd ZIP: nine in ten titles as the catalogue has them, some misspelt, some that nobody knows."""
    chance = random.Random(seed)
    rows = io.StringIO()
    out = csv.writer(rows)
    out.writerow(["Date", "Name", "Year", "Letterboxd URI", "Rating"])
    for number, (title, year) in enumerate(chance.sample(titles, HISTORY)):
        if number % 20 == 0:
            title = f"{title[:-2]}{title[-1]}"
        elif number % 20 == 1:
            title = f"Nobody Knows This One {number}"
        out.writerow(["2020-01-02", title, year, f"https://boxd.it/{number}", chance.randint(1, 10) / 2])
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", rows.getvalue())
    return whole.getvalue()


def bare(data: bytes) -> float:
    """The same lines read and copied into a table without an index: no matching, no picks, no page."""
    from django.db import connection

    from web import copy

    start = perf_counter()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("ratings.csv") as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_rows (a text, b text, c text)")
        copy.copy_rows(cursor, "bench_rows", "abc", [(row["Name"], row["Year"], row["Rating"]) for row in rows])
        took = perf_counter() - start
        cursor.execute("DROP TABLE bench_rows")
    return took


def measure() -> None:
    """Inside a seeded database: requests go through the whole stack but the socket."""
    import django

    django.setup()

    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client
    from django.test.utils import setup_test_environment

    from accounts.models import User
    from catalog.models import Movie
    from recs.services import history

    setup_test_environment()  # so that answers carry their context
    films = Movie.objects.filter(release_date__isnull=False).values_list("title", "release_date__year")
    titles = list(films)
    member = User.objects.create(username="bench-history", email="bench-history@example.org")
    client = Client()
    client.force_login(member)
    client.get("/me/import/")
    times: dict[str, list[float]] = {"first": [], "bare": [], "shown": [], "imported": []}
    for number in range(ROUNDS + 1):
        data = export(titles, number)
        times["bare"].append(bare(data))
        start = perf_counter()
        answer = client.post("/me/import/", {"file": SimpleUploadedFile("letterboxd.zip", data)}, follow=True)
        times["shown" if number else "first"].append(perf_counter() - start)
        if not answer.context["strip"]:
            raise SystemExit("no picks came with the review")
        start = perf_counter()
        run = member.history_imports.first()
        client.post(f"/me/import/{run.pk}/start/", {"conflicts": "mine", "listed": ""})
        times["imported"].append(perf_counter() - start)
        run.refresh_from_db()
        matched = answer.context["counts"]
        history.undo(run=run)
        if run.counts.get("added") != matched["matched"]:
            raise SystemExit(f"{run.counts} of {matched} were imported")
    report(times, len(titles), matched)


def report(times: dict[str, list[float]], films: int, matched: dict[str, int]) -> None:
    shown, first = median(times["shown"]), times["first"][0]
    ratio = median(a / b for a, b in zip(times["bare"][1:], times["shown"], strict=True))
    print(f"{HISTORY:,} films of a history against {films:,} in the catalogue: {matched}")
    print(f"upload to first picks   {shown:7.3f} s  (≤ {MOST_SECONDS}: {'met' if shown <= MOST_SECONDS else 'MISSED'})")
    print(f"in a fresh process      {first:7.3f} s  ({'met' if first <= MOST_SECONDS else 'MISSED'})")
    print(f"bare reading and COPY   {median(times['bare']):7.3f} s  (ratio {ratio:.3f})")
    print(f"import and new picks    {median(times['imported']):7.3f} s")


def main() -> int:
    with pages.running() as server:
        values, _seed = pages.seeded(server, FILMS)
        return subprocess.run([sys.executable, "-m", "bench.history_import"], cwd=pages.ROOT, env=values).returncode


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    measure()
