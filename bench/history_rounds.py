"""The rounds of `history_import`, inside its seeded database: requests through the whole stack but the socket."""

import csv
import io
import random
import re
import zipfile
from statistics import median
from time import perf_counter, process_time

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import User  # noqa: E402
from catalog.models import Movie  # noqa: E402
from recs.models import HistoryImport  # noqa: E402
from recs.services import history  # noqa: E402
from web import copy  # noqa: E402

HISTORY = 2_000
ROUNDS = 7
MOST_SECONDS = 1.0


def export(titles: list[tuple[str, int]], seed: int) -> bytes:
    """A Letterboxd ZIP: nine in ten titles as the catalogue has them, some misspelt, some that nobody knows."""
    chance = random.Random(seed)
    rows = io.StringIO()
    out = csv.writer(rows)
    out.writerow(["Date", "Name", "Year", "Letterboxd URI", "Rating"])
    for number, (title, year) in enumerate(chance.sample(titles, HISTORY)):
        said = {0: f"{title[:-2]}{title[-1]}", 1: f"Nobody Knows This One {number}"}.get(number % 20, title)
        out.writerow(["2020-01-02", said, year, f"https://boxd.it/{number}", chance.randint(1, 10) / 2])
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", rows.getvalue())
    return whole.getvalue()


def bare(data: bytes) -> None:
    """The same lines read and copied into a table without an index: no matching, no picks, no page."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("ratings.csv") as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_rows (a text, b text, c text)")
        copy.copy_rows(cursor, "bench_rows", "abc", [(row["Name"], row["Year"], row["Rating"]) for row in rows])
        cursor.execute("DROP TABLE bench_rows")


def shown(client: Client, data: bytes) -> None:
    """Upload, and the page that follows, with the first picks on it."""
    answer = client.post("/me/import/", {"file": SimpleUploadedFile("letterboxd.zip", data)}, follow=True)
    picks = re.search(r'<ul class="foretaste">(.*?)</ul>', answer.content.decode(), re.DOTALL)
    if not picks or picks[1].count("<li>") < 5:
        raise SystemExit("no picks came with the review")


def imported(client: Client, run: HistoryImport) -> None:
    client.post(f"/me/import/{run.pk}/start/", {"conflicts": "mine", "listed": ""})
    run.refresh_from_db()
    if run.counts.get("added") != run.films.filter(state="matched").count():
        raise SystemExit(f"only {run.counts} of the matched films were imported")


class Timed(dict[str, list[tuple[float, float]]]):
    """Seconds on the clock and on this process's processors, by name; the database works beside it."""

    def run(self, name: str, work, *args) -> None:
        start, busy = perf_counter(), process_time()
        work(*args)
        self.setdefault(name, []).append((perf_counter() - start, process_time() - busy))

    def line(self, name: str, label: str, most: float | None = None) -> None:
        wall, cpu = (median(values) for values in zip(*self[name], strict=True))
        verdict = "" if most is None else f"  (≤ {most:g}: {'met' if wall <= most else 'MISSED'})"
        print(f"{label:<24}{wall:8.3f} s, of which computing {cpu:6.3f}{verdict}")


def main() -> None:
    titles = list(Movie.objects.filter(release_date__isnull=False).values_list("title", "release_date__year"))
    member = User.objects.create(username="bench-history", email="bench-history@example.org")
    client = Client(headers={"host": "localhost"})
    client.force_login(member)
    timed = Timed()
    for number in range(ROUNDS + 1):
        data = export(titles, number)
        timed.run("bare" if number else "cold", bare, data)
        timed.run("shown" if number else "first", shown, client, data)
        run = member.history_imports.first()
        timed.run("imported", imported, client, run)
        history.undo(run=run)
    print(f"{HISTORY:,} films of a history against {len(titles):,} in the catalogue, {ROUNDS} rounds, medians")
    timed.line("shown", "upload to first picks", MOST_SECONDS)
    timed.line("first", "in a fresh process")
    timed.line("bare", "bare reading and COPY")
    timed.line("imported", "import and new picks")
    ratio = median(a / b for (a, _), (b, _) in zip(timed["bare"], timed["shown"], strict=True))
    print(f"ratio of the bare reading to the first picks: {ratio:.3f}")


if __name__ == "__main__":
    main()
