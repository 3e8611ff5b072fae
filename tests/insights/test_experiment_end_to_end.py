"""From people's requests to a verdict: what the site logs is what the analysis reads."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from insights.experiments import verdicts
from insights.services import activity, snapshots
from recs.models import Assignment, Experiment
from recs.services import enrolment
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PEOPLE = 8


@pytest.fixture
def town(db):
    stage.trained()


def running(**fields):
    now = timezone.now()
    made = Experiment.objects.create(
        **{
            "name": "Old against new",
            "algorithm_a": "popular",
            "algorithm_b": "hybrid",
            "start_date": now - timedelta(hours=1),
            "end_date": now + timedelta(days=14),
            "target_metric": "ctr",
            "status": "running",
            "seed": "00ff00ff00ff00ff",
            "minimum_sample_size": 2,
            **fields,
        }
    )
    enrolment.changed()
    return made


def visit():
    """Somebody opens the front page and follows the first film of the row that is tried."""
    user = factories.user(data_usage_consent=True, onboarding_completed=True)
    client = Client(headers=BROWSER)
    client.force_login(user)
    page = client.get("/").content.decode()
    links = [html.unescape(link) for link in re.findall(r'href="(/film/[^"]*\?pick=[^"]*)"', page)]
    assert client.get(links[0]).status_code == 200
    client.get(links[0])  # and again: the same click


def measured(trial):
    for _ in range(PEOPLE):
        visit()
    activity.flush()
    return snapshots.take(trial)


def test_what_people_see_and_follow_comes_out_in_the_arms(town):
    arms = measured(running()).sums["arms"]
    drawn = [Assignment.objects.filter(variant=name, first_exposed_at__isnull=False).count() for name in "ab"]
    assert [arms[name]["n"] for name in "ab"] == drawn
    assert sum(arm["clicks"] for arm in arms.values()) == PEOPLE == sum(drawn)
    assert sum(arm["lists"] for arm in arms.values()) == sum(arm["timed"] for arm in arms.values()) == PEOPLE
    assert sum(arm["crossed"] for arm in arms.values()) == 0


def test_mixed_lists_come_out_with_their_teams(town):
    arm = measured(running(kind="interleaving")).sums["arms"]["both"]
    assert (arm["n"], arm["clicks"], arm["clicks_a"] + arm["clicks_b"]) == (PEOPLE, PEOPLE, PEOPLE)
    assert 0 <= arm["competitive"] / arm["mixed"] <= 1


def test_a_verdict_can_be_read_from_the_first_day(town):
    trial = running()
    verdict = verdicts.verdict(trial, measured(trial))
    assert (verdict.state, verdict.ship_allowed) == ("collecting", False)
