"""How long a snapshot of a large experiment takes, as a ratio to one sequential scan of the same log.

A million films shown to 100,000 people in lists of ten, with clicks, acts, and visits of four weeks before; `--full`
has ten times as many of all. A snapshot is everything: two passes over the log, arrivals, sums, segments, statistics,
verdict, the row that is kept. Pages read that row; how long this takes is measured as well.

`python -m bench.experiment_analysis [--full] [--per-list 10]`
"""

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.db import connection, models  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import ROOT, pages  # noqa: E402
from catalog.models import Movie  # noqa: E402
from insights.experiments import analysis, metrics  # noqa: E402
from insights.services import snapshots  # noqa: E402
from recs.models import Experiment  # noqa: E402

DATABASE = "bench_experiments"
PEOPLE, SHOWN, FILMS, ROUNDS = 100_000, 1_000_000, 500, 3
START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=28)


def multiply(model: type[models.Model], count: int, **changed: str) -> None:
    """Copies of the first row of a table, but for these columns: SQL with n for the number of the copy."""
    table, columns = (
        model._meta.db_table,
        [field.column for field in model._meta.concrete_fields if not field.generated],
    )
    said = ", ".join(changed.get(column, f"first.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {said}"
            f" FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) first, generate_series(2, %s) n",
            [count],
        )


def fill(people: int, shown: int, per_list: int) -> Experiment:
    """An experiment and its log, made in the database; seeded."""
    trial = Experiment.objects.create(
        name="Bench",
        algorithm_a="popular",
        algorithm_b="hybrid",
        start_date=START,
        end_date=END,
        target_metric="ctr",
        status="running",
        minimum_sample_size=people // 4,
    )
    User(id=1, username="u1", email="u1@example.org", data_usage_consent=True).save()
    Movie(id=1, title="Film", slug="film-1").save()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SELECT setseed(0.5)")  # keys fit: they are made to
        multiply(User, people, id="n", username="'u' || n", email="'u' || n || '@example.org'")
        multiply(Movie, FILMS, id="n", slug="'film-' || n")
        said = {"trial": trial.pk, "people": people, "lists": shown // per_list, "per": per_list, "start": START}
        cursor.execute(
            """INSERT INTO experiment_assignments (experiment_id, user_id, phase, variant, bucket, assigned_at,
                first_exposed_at)
            SELECT %(trial)s, n, 1, CASE WHEN random() < 0.5 THEN 'a' ELSE 'b' END, 1, %(start)s,
                %(start)s + random() * interval '14 days' FROM generate_series(1, %(people)s) n""",
            said,
        )
        cursor.execute(
            """CREATE UNLOGGED TABLE made AS SELECT n, s.user_id, s.variant, 1 + (random() * 499)::int AS movie_id,
                s.first_exposed_at + (n > %(people)s)::int * random() * interval '14 days' AS at, random() AS luck
            FROM generate_series(1, %(lists)s) n
            JOIN experiment_assignments s ON s.user_id = 1 + (n - 1) %% %(people)s""",
            said,
        )
        cursor.execute(
            """INSERT INTO user_activity_logs (user_id, session_id, action_type, movie_id, metadata, timestamp)
            SELECT user_id, md5(user_id::text), 'recommendation_impression', NULL, jsonb_build_object('row', 'for-you',
                'page', md5(n::text), 'films', (SELECT jsonb_agg(f) FROM generate_series(1, %(per)s) f), 'algorithm',
                CASE variant WHEN 'a' THEN 'popular' ELSE 'hybrid' END, 'served',
                CASE variant WHEN 'a' THEN 'popular' ELSE 'hybrid' END, 'arm', variant, 'experiment', %(trial)s,
                'phase', 1, 'took_ms', 5 + luck * 30), at FROM made
            UNION ALL SELECT user_id, md5(user_id::text), 'recommendation_click', movie_id, jsonb_build_object('row',
                'for-you', 'rank', 3, 'page', md5(n::text), 'arm', variant, 'experiment', %(trial)s, 'phase', 1),
                at + interval '20 seconds' FROM made WHERE luck < CASE variant WHEN 'a' THEN 0.30 ELSE 0.32 END
            UNION ALL SELECT user_id, md5(user_id::text), 'rating_submit', movie_id, jsonb_build_object('rating', 4.0),
                at + (CASE n %% 2 WHEN 0 THEN 1 ELSE -20 END) * interval '1 day' FROM made WHERE luck > 0.8""",
            said,
        )
        cursor.execute("DROP TABLE made; SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    return trial


def scan() -> float:
    """Seconds for reading the whole log once, in order, and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off")
        start = perf_counter()
        cursor.execute("SELECT count(session_id) FROM user_activity_logs")
        took = perf_counter() - start
        cursor.execute("RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_bitmapscan")
    return took


def timed(trial: Experiment) -> dict[str, float]:
    """Seconds of a scan, of a snapshot, of its passes, and of reading the verdict that was stored."""
    found = {"load": os.getloadavg()[0], "scan": scan()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    start, used = perf_counter(), pages.cpu_seconds(server)
    snapshots.take(trial, at=END)
    found["snapshot"], found["cpu"] = perf_counter() - start, pages.cpu_seconds(server) - used
    people = snapshots.population(trial, until=END, at=END)
    for name in metrics.Pass:
        start = perf_counter()
        metrics.measured(people, passes=[name])
        found[name] = perf_counter() - start
    start = perf_counter()
    snapshots.verdict_of(trial)
    found["verdict"] = perf_counter() - start
    return found


def inside(factor: int, per_list: int) -> None:
    trial = fill(PEOPLE * factor, SHOWN * factor, per_list)
    rounds = [timed(trial) for _ in range(ROUNDS)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM user_activity_logs")
        rows = cursor.fetchone()[0]
    took = {name: median(one[name] for one in rounds) for name in rounds[0]}
    ratio = median(one["snapshot"] / one["scan"] for one in rounds)
    sums = snapshots.latest(trial).sums
    start = perf_counter()
    analysis.analyse(sums)
    worked = 1000 * (perf_counter() - start)
    print(f"{SHOWN * factor:,} films shown to {PEOPLE * factor:,} people, in {rows:,} rows of the log")
    print(f"snapshot  {took['snapshot']:>9.2f} s, verdict included; {worked:.0f} ms of it are statistics")
    print(f"          {took['cpu']:>9.2f} s of it it was at work itself; else it waited, or others did the work")
    print(f"          {took['deeds']:>9.2f} s only what was shown and done, {took['visits']:.2f} s only visits")
    print(f"scan      {took['scan']:>9.2f} s, the log once in order")
    print(f"load      {max(one['load'] for one in rounds):>9.1f} at most, on {os.cpu_count()} cores")
    print(f"ratio     {ratio:>9.1f} (median of {ROUNDS} rounds)")
    print(f"verdict   {took['verdict'] * 1000:>9.1f} ms, from the snapshot that is kept")


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--full", action="store_true", help="ten million films shown to a million people")
    asked.add_argument("--per-list", type=int, default=10, help="films in a list, which is a row of the log")
    asked.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = asked.parse_known_args()[0]
    if options.inside:
        inside(10 if options.full else 1, options.per_list)
        return 0
    command = [sys.executable, "-m", "bench.experiment_analysis", "--inside", "--per-list", str(options.per_list)]
    with pages.running() as server:
        server.drop_database(DATABASE)
        server.create_database(DATABASE)
        values = pages.environment(DATABASE, server, 0)
        try:
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=values, check=True)
            subprocess.run([*command, *(["--full"] if options.full else [])], cwd=ROOT, env=values, check=True)
        finally:
            server.drop_database(DATABASE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
