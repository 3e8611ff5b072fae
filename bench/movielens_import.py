"""How fast a MovieLens import is, as a ratio to a bare COPY of the same rows into a table without an index."""

import os
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from catalog.models import Movie  # noqa: E402
from recs.models import Interaction  # noqa: E402
from recs.services import movielens  # noqa: E402
from recs.services.movielens_rows import DOMAIN  # noqa: E402
from web import copy  # noqa: E402

ROWS = 200_000
# As many ratings a person and a film as in the editions with millions of ratings.
PEOPLE = 1_250
FILMS = 500
LABEL = "bench-import"
ROUNDS = 3


def make(folder: Path) -> None:
    """Made-up ratings, in the order of the real files: by person, then by film."""
    chance = random.Random(7)
    each = ROWS // PEOPLE
    with (folder / "movies.csv").open("w") as out:
        out.write("movieId,title,genres\n")
        out.writelines(f"{film},Bench Film {film} (2001),Drama|Comedy\n" for film in range(1, FILMS + 1))
    with (folder / "ratings.csv").open("w") as out:
        out.write("userId,movieId,rating,timestamp\n")
        for person in range(1, PEOPLE + 1):
            for film in sorted(chance.sample(range(1, FILMS + 1), each)):
                at = 1_000_000_000 + chance.randrange(400_000_000)
                out.write(f"{person},{film},{chance.randint(1, 10) / 2},{at}\n")


def bare_copy(folder: Path) -> float:
    """The same columns as the import writes, out of Python, with nothing to check and nothing to index."""
    rows = []
    with (folder / "ratings.csv").open() as lines:
        next(lines)
        for line in lines:
            person, film, rating, at = line.split(",")
            when = datetime.fromtimestamp(int(at), UTC).isoformat()
            rows.append((int(person), int(film), "rating", float(rating), "import", when))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_copy")
        cursor.execute("CREATE TABLE bench_copy (a bigint, b bigint, c text, d float8, e text, f timestamptz)")
        start = perf_counter()
        copy.copy_rows(cursor, "bench_copy", tuple("abcdef"), rows)
        took = perf_counter() - start
        cursor.execute("DROP TABLE bench_copy")
    return took


def whole_import(folder: Path) -> float:
    clean()
    start = perf_counter()
    report = movielens.load(path=folder, label=LABEL)
    took = perf_counter() - start
    if report.progress.loaded != ROWS:
        raise RuntimeError(f"{report.progress.loaded} of {ROWS} rows loaded")
    return took


def clean() -> None:
    Interaction.objects.filter(user__username__startswith=f"{LABEL}-").delete()
    User.objects.filter(username__startswith=f"{LABEL}-", email__endswith=DOMAIN).delete()
    Movie.objects.filter(title__startswith="Bench Film ", tmdb_id=None).delete()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings.VAR = folder / "var"
        make(folder)
        rounds = [(bare_copy(folder), whole_import(folder)) for _ in range(ROUNDS)]
        clean()
    plain, took = (median(times) for times in zip(*rounds, strict=True))
    ratio = median(bare / whole for bare, whole in rounds)
    print(f"import   {ROWS / took:>10,.0f} ratings a second, with {PEOPLE:,} people and {FILMS:,} films")
    print(f"COPY     {ROWS / plain:>10,.0f} rows a second, bare")
    print(f"ratio    {ratio:>10.3f} (median of {ROUNDS} rounds)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
