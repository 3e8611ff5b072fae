"""Gives the demo community a past on the site: eight weeks of the log, and three experiments with their snapshots.

Everything in it is marked: rows of the log as of simulated people, experiments by their names and descriptions and by a
part of the line on which nobody has a place, so that they can never let in, show or become anything.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Max

from accounts.models import User
from accounts.services import demo_logins
from catalog.models import Movie
from insights.demo import traffic
from insights.demo.traffic import Crowd, Exposure, Row, Traffic, Trial
from insights.models import ActivityLog
from insights.services import activity, snapshots
from recs.models import Assignment, Experiment, ExperimentEvent, Interaction, Recommendation
from web import copy, partitions

Kind, Status = Experiment.Kind, Experiment.Status
DAY = dt.timedelta(days=1)
DAYS = 56
SEED = 1916
PICKS = 40
STAYS = 28 * DAY  # who did something within these still comes
LOCK = 0x6D_71_64_74
COLUMNS = ("user_id", "session_id", "action_type", "movie_id", "source", "metadata", "timestamp")
EXPOSED = ("experiment_id", "user_id", "phase", "variant", "bucket", "assigned_at", "first_exposed_at")
NOTE = (
    "B was followed more often, as the simulator had been told, and the analysis found it. Nothing is shipped, and no"
    " winner is named: these people are made up."
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """An experiment of the demo, in days before today. `looks`: how many days apart snapshots were taken."""

    name: str
    about: str
    began: int
    ends: int
    part: tuple[float, float]
    effect: float
    minimum: int
    looks: int
    kind: str = Kind.AB

    @property
    def is_over(self) -> bool:
        return self.ends > 0


EXPERIMENTS = (
    Made("Simulated: popular against hybrid, concluded", "followed 30 % more often", 52, 24, (0.0, 1.0), 0.30, 300, 7),
    Made("Simulated: popular against hybrid, running", "followed 15 % more often", 18, -10, (0.0, 0.6), 0.15, 400, 6),
    Made(
        "Simulated: popular mixed with hybrid, running", "followed 25 % more often in the same list",
        12, -16, (0.6, 1.0), 0.25, 200, 4, Kind.INTERLEAVING,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """`rows` is 0 when the traffic was there already, or when there is nobody to make any."""

    rows: int
    snapshots: int


def load(*, now: dt.datetime, seed: int = SEED, say: Say = lambda step: None) -> Loaded:
    """Make the traffic unless it is there, then what snapshots are missing. A load that is interrupted leaves the whole
    traffic or nothing of it, and the next one goes on. Raises LocalOnly outside local mode."""
    demo_logins.refuse_outside_local_mode()
    midnight = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(0, DAYS + 1, 28):
        partitions.create(_log(), (midnight - DAY * number).date())
    rows = _make(midnight, now, seed, say)
    taken = sum(_look_back(made, now) for made in EXPERIMENTS)
    say(f"snapshots: {taken} taken")
    return Loaded(rows, taken)


@transaction.atomic
def _make(midnight: dt.datetime, now: dt.datetime, seed: int, say: Say) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    start = midnight - DAY * DAYS
    if Experiment.objects.filter(Experiment.SHOWN_ONLY).exists() or (crowd := _crowd(start, now)) is None:
        return 0
    trials = [_trial(_experiment(made, midnight), made) for made in EXPERIMENTS]
    made_up = traffic.simulate(crowd, trials, seed=seed, start=_seconds(start), end=_seconds(now))
    say(f"simulated: {len(made_up.rows)} rows of the log, {len(made_up.exposures)} people in experiments")
    rows = _write(made_up, start)
    say(f"log: {rows} rows written, acts of these weeks included")
    return rows


def _crowd(start: dt.datetime, now: dt.datetime) -> Crowd | None:
    """The simulated people who were here in these weeks, and what they would be shown; None where nobody has picks."""
    simulated = User.objects.filter(is_simulated=True, data_usage_consent=True, is_active=True)
    found = simulated.annotate(last=Max("interactions__timestamp")).filter(last__gte=start).order_by("pk")
    people = list(found.values_list("pk", "date_joined", "last"))
    picks = _picks([pk for pk, *_ in people])
    people = [person for person in people if len(picks.get(person[0], ())) == PICKS]
    films = list(Movie.objects.order_by("-popularity_score", "pk").values_list("pk", "title"))
    if not people or len(films) < PICKS:
        return None
    titles = [title.lower() for _, title in films]
    return Crowd(
        ids=np.array([pk for pk, *_ in people]),
        since=np.array([_seconds(joined) for _, joined, _ in people]),
        until=np.array([_seconds(now if last > now - STAYS else last) for *_, last in people]),
        picks=np.array([picks[pk] for pk, *_ in people]),
        popular=np.array([pk for pk, _ in films[:PICKS]]),
        titles=[(words, sum(words in other for other in titles)) for words in titles[: 2 * PICKS]],
    )


def _picks(people: Sequence[int]) -> dict[int, list[int]]:
    """Each person's own picks, the best first, as the site keeps them."""
    rows = Recommendation.objects.filter(user__in=people, rank__lte=PICKS).order_by("user_id", "rank", "pk")
    found: dict[int, list[int]] = {}
    for user_id, movie_id in rows.values_list("user_id", "movie_id"):
        found.setdefault(user_id, []).append(movie_id)
    return {user_id: films[:PICKS] for user_id, films in found.items()}


def _experiment(made: Made, midnight: dt.datetime) -> Experiment:
    """Running, until its snapshots are there. It has no seed either: nobody can be drawn without one."""
    began, ends = midnight - DAY * made.began, midnight - DAY * made.ends
    mixed = made.kind == Kind.INTERLEAVING
    experiment = Experiment.objects.create(
        name=made.name,
        description=(
            "An example with made-up people and made-up clicks, to try these pages out. In the simulator what B shows"
            f" is {made.about}: that is the truth which the figures should find. It is served to nobody and decides"
            " nothing."
        ),
        hypothesis=f"What B shows is {made.about}, because the simulator was told so.",
        kind=made.kind,
        status=Status.RUNNING,
        algorithm_a="popular",
        algorithm_b="hybrid",
        namespace_start=Experiment.FOR_SHOW[0],
        namespace_end=Experiment.FOR_SHOW[1],
        start_date=began,
        end_date=ends,
        target_metric="ctr",
        minimum_sample_size=made.minimum,
        created_by=_experimenter(),
    )
    _note(experiment, "create", began - DAY, interleaved=mixed)
    _note(experiment, "start", began, phase=1)
    return experiment


def _trial(experiment: Experiment, made: Made) -> Trial:
    return Trial(
        id=experiment.pk,
        algorithms=(experiment.algorithm_a, experiment.algorithm_b),
        start=_seconds(experiment.start_date),
        end=_seconds(experiment.end_date),
        part=made.part,
        effect=made.effect,
        mixes=made.kind == Kind.INTERLEAVING,
    )


def _write(made_up: Traffic, start: dt.datetime) -> int:
    """The log, who saw which experiment, and in the log also the acts that these people are known for."""
    with connection.cursor() as cursor:
        table = ActivityLog._meta.db_table
        rows = copy.copy_rows(cursor, table, COLUMNS, map(log_row, made_up.rows))
        copy.copy_rows(cursor, Assignment._meta.db_table, EXPOSED, map(assignment_row, made_up.exposures))
        cursor.execute(_ACTS, {"start": start, "kinds": list(activity.ADDED), "actions": list(activity.ADDED.values())})
        rows += cursor.rowcount
        cursor.execute(f"ANALYZE {table}")
    return rows


def log_row(row: Row) -> tuple:
    user, session, action, film, said, at = row
    return user, session, action, film, "web", said, _moment(at)


def assignment_row(one: Exposure) -> tuple:
    return one.trial, one.user, 1, one.variant, one.bucket, _moment(one.at), _moment(one.at)


_ACTS = f"""
INSERT INTO {ActivityLog._meta.db_table} (user_id, session_id, action_type, movie_id, source, metadata, timestamp)
SELECT i.user_id, md5(i.user_id || '/' || i.timestamp::date), said.action, i.movie_id, i.source,
    jsonb_strip_nulls(jsonb_build_object('rating', i.rating, 'crowd', 'simulated')), i.timestamp
FROM {Interaction._meta.db_table} i JOIN users u ON u.id = i.user_id
JOIN unnest(%(kinds)s::text[], %(actions)s::text[]) said (kind, action) ON said.kind = i.interaction_type
WHERE u.is_simulated AND u.data_usage_consent AND i.timestamp >= %(start)s AND i.source <> 'import'
"""


def _look_back(made: Made, now: dt.datetime) -> int:
    """Take the snapshots that would have been taken, and conclude what was to be concluded; what is there stays."""
    experiment = Experiment.objects.filter(Experiment.SHOWN_ONLY, name=made.name, status=Status.RUNNING).first()
    if experiment is None:
        return 0
    until = min(now, experiment.end_date)
    moments = [experiment.start_date + DAY * day for day in range(made.looks, made.began, made.looks)]
    past = [at for at in moments if at < until]
    there = set(experiment.snapshots.values_list("at", flat=True))
    missing = [at for at in past if at not in there]
    if not any(at > past[-1] for at in there):
        missing.append(until)  # the worker looks at what runs from now on
    for at in missing:
        snapshots.take(experiment, at=at)
    if made.is_over:
        _conclude(experiment)
    return len(missing)


@transaction.atomic
def _conclude(experiment: Experiment) -> None:
    goal = experiment.snapshots.latest("at").results["goal"]
    figures = {name: goal[name] for name in ("effect", "low", "high", "p", "n")}
    at = experiment.end_date + DAY
    _note(experiment, "conclude", at, outcome="none", by_rule=False, note=NOTE, figures=figures)
    experiment.status, experiment.decision_note = Status.CONCLUDED, NOTE
    experiment.save()


def _note(experiment: Experiment, action: str, at: dt.datetime, **detail: Any) -> None:
    actor = _experimenter()
    ExperimentEvent.objects.create(
        experiment=experiment, actor=actor, action=action, at=at, detail={"simulated": True, **detail}
    )


def _experimenter() -> User | None:
    return User.objects.filter(email=f"experimenter@{demo_logins.DOMAIN}").first()


def _log() -> partitions.PartitionedTable:
    return next(table for table in partitions.registered() if table.table == ActivityLog._meta.db_table)


def _seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
