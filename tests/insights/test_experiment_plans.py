"""What is counted for plans: once a day, before somebody asks, and never again while they fill in a form."""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from insights import tasks
from insights.experiments import metrics, power
from tests import factories
from tests.insights import trials
from tests.insights.trials import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def counts():
    with mock.patch.object(metrics, "measured", wraps=metrics.measured) as counted:
        yield counted


def test_asking_again_counts_nothing(counts):
    first = power.plan("ctr", days=14)
    asked = counts.call_count
    assert [power.plan(metric, days=14).people for metric in ("ctr", "engagement", "rating")] == [first.people] * 3
    assert counts.call_count == asked


def test_an_experiment_of_some_days_more_needs_no_other_count(counts):
    power.plan("ctr", days=14)
    asked = counts.call_count
    power.plan("ctr", days=17)
    assert counts.call_count == asked


def test_what_is_usual_is_counted_before_somebody_asks(counts):
    tasks.count_what_plans_ask_for.call_local()
    asked = counts.call_count
    for days in (7, 14, 28, 60):
        power.plan("time_spent", days=days)
    assert counts.call_count == asked


def test_tomorrow_it_is_counted_anew(counts):
    power.plan("ctr", days=14)
    asked = counts.call_count
    with mock.patch.object(timezone, "now", return_value=timezone.now() + timedelta(days=1)):
        power.plan("ctr", days=14)
    assert counts.call_count > asked


def test_a_plan_remembers_what_people_did():
    trial, now = trials.experiment(), timezone.now()
    for number in range(20):
        user = factories.user(data_usage_consent=True)
        trials.visit(trial, user, "a", clicks=number % 3, at=now - DAY)
    plans = [power.plan("ctr", days=14) for _ in range(2)]
    assert plans[0] == plans[1]
    assert (plans[0].people, plans[0].mean) == (20, pytest.approx(0.095))


def test_the_form_asks_when_somebody_pauses_and_not_at_each_key(client, admin):
    client.force_login(admin)
    html = client.get("/insights/experiments/new/").content.decode()
    assert 'hx-trigger="load, change from:#experiment-form delay:400ms"' in html
