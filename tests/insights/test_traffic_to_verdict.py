"""A known true effect, from people's requests to the verdict: it is found where it is, and not where it is not."""

import html
import random
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Movie
from insights.demo import traffic
from insights.experiments import verdicts
from insights.services import activity, demo, snapshots
from recs import clicks
from recs.models import Assignment, Experiment
from recs.services import enrolment
from tests import factories
from tests.recs import stage
from web import copy

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
START = datetime(2026, 3, 2, 18, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 9
PEOPLE = 40
FIRST = 700_000  # people's ids decide their arms: the same in every run


def running(**fields):
    made = Experiment.objects.create(
        **{
            "name": "Popular against hybrid",
            "algorithm_a": "popular",
            "algorithm_b": "hybrid",
            "start_date": START,
            "end_date": START + DAYS * DAY,
            "target_metric": "ctr",
            "status": "running",
            "seed": "5eed5eed5eed5eed",
            "minimum_sample_size": 12,
            **fields,
        }
    )
    enrolment.changed()
    return made


def follow(client, user, links, chances):
    """Follow each pick of the row that is tried with the chance of its arm, and rate the first film on the way."""
    draw, films = random.Random(user.pk), dict(Movie.objects.values_list("slug", "pk"))
    rated = False
    for link in links:
        slug, token = re.fullmatch(r"/film/([^/]+)/\?pick=(.+)", link).groups()
        pick = clicks.read(token, user_id=user.pk, movie_id=films[slug])
        if pick.arm is None or draw.random() >= chances[pick.arm.variant]:
            continue
        assert client.get(link).status_code == 200
        if not rated:
            client.post(reverse("recs:rate", args=[slug]), {f"{films[slug]}-rating": "4"})
            rated = True


def visit(number, chances, committed):
    user = factories.user(pk=FIRST + number, data_usage_consent=True, onboarding_completed=True)
    client = Client(headers=BROWSER)
    with time_machine.travel(START + DAY * (DAYS - 1) * number / PEOPLE, tick=True), committed(execute=True):
        client.force_login(user)
        page = client.get("/").content.decode()
        links = dict.fromkeys(map(html.unescape, re.findall(r'href="(/film/[^"]*\?pick=[^"]*)"', page)))
        follow(client, user, links, chances)


def visited(chances, committed):
    """The experiment as it is judged at its planned end, after everybody's visit."""
    stage.trained()
    trial = running()
    for number in range(PEOPLE):
        visit(number, chances, committed)
    activity.flush()
    return snapshots.take(trial, at=trial.end_date)


def judged(snapshot):
    return verdicts.verdict(snapshot.experiment, snapshot)


def test_an_effect_on_real_pages_is_found(django_capture_on_commit_callbacks):
    snapshot = visited({"a": 0.15, "b": 0.6}, django_capture_on_commit_callbacks)
    arms, goal = snapshot.sums["arms"], snapshot.results["goal"]
    assert judged(snapshot).state == "b_better"
    assert goal["means"] == pytest.approx([0.15, 0.6], abs=0.1)
    assert arms["a"]["n"] + arms["b"]["n"] == PEOPLE
    assert Assignment.objects.filter(first_exposed_at__gte=START).count() == PEOPLE
    assert PEOPLE / 2 < arms["a"]["rated"] + arms["b"]["rated"] <= PEOPLE


def test_no_effect_is_found_on_real_pages_where_there_is_none(django_capture_on_commit_callbacks):
    snapshot = visited({"a": 0.35, "b": 0.35}, django_capture_on_commit_callbacks)
    assert judged(snapshot).state in ("inconclusive", "no_difference")


def logged(effect, *, people=800, mixes=False):
    """The simulator's traffic of people who count as real ones, straight into the log."""
    films = [factories.movie().pk for _ in range(60)]
    made = User.objects.bulk_create(
        User(username=f"p{n}", email=f"p{n}@example.org", data_usage_consent=True) for n in range(people)
    )
    trial = running(minimum_sample_size=200, **({"kind": "interleaving"} if mixes else {}))
    start, end = int(trial.start_date.timestamp()), int(trial.end_date.timestamp())
    crowd = traffic.Crowd(
        ids=np.array([user.pk for user in made]),
        since=np.full(people, start),
        until=np.full(people, end),
        picks=np.tile(films[:40], (people, 1)),
        popular=np.array(films[20:]),
        titles=[],
    )
    plan = traffic.Trial(trial.pk, ("popular", "hybrid"), start, end, (0.0, 1.0), effect, mixes)
    happened = traffic.simulate(crowd, [plan], seed=11, start=start, end=end)
    with connection.cursor() as cursor:
        copy.copy_rows(cursor, "user_activity_logs", demo.COLUMNS, map(demo.log_row, happened.rows))
        copy.copy_rows(cursor, "experiment_assignments", demo.EXPOSED, map(demo.assignment_row, happened.exposures))
    return snapshots.take(trial, at=trial.end_date)


@pytest.mark.parametrize(
    ("effect", "states"),
    [(0.5, {"b_better"}), (-0.4, {"a_better"}), (0.0, {"inconclusive", "no_difference"})],
)
def test_arms_are_told_apart_as_far_as_they_differ(effect, states):
    snapshot = logged(effect)
    assert judged(snapshot).state in states
    assert snapshot.results["goal"]["low"] < effect < snapshot.results["goal"]["high"]


@pytest.mark.parametrize(
    ("effect", "states"),
    [(0.6, {"b_better"}), (-0.5, {"a_better"}), (0.0, {"inconclusive", "no_difference"})],
)
def test_mixed_lists_show_whose_films_are_followed_more(effect, states):
    assert judged(logged(effect, people=500, mixes=True)).state in states
