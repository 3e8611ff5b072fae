"""/insights/health/: what is broken says so, and what to do about it."""

import datetime
import os
import time

import pytest
from django.utils import timezone

from insights.dashboards import health
from insights.models import ActivitySpool
from notify.models import Delivery
from notify.services import circuits
from recs import artefacts
from recs.algorithms import MODELS
from recs.models import Recommendation
from tests import factories
from web import failures, heartbeat, tasks

pytestmark = pytest.mark.django_db


def level(name: str) -> str:
    return next(check.level for check in health.checks() if str(check.name) == name)


def test_the_worst_comes_first_and_says_what_to_do():
    found = health.checks()
    assert [check.level for check in found] == sorted((check.level for check in found), key=health.LEVELS.index)
    assert all(bool(check.todo) == (check.level != "green") for check in found)


def test_a_worker_without_a_sign_of_life_is_broken():
    assert level("Worker") == "red"
    heartbeat.beat()
    assert level("Worker") == "green"


def test_a_task_that_failed_is_remembered_by_its_kind_of_error():
    task = tasks.worker_heartbeat.task_class()
    tasks.remember_a_failed_task("error", task, ValueError("a secret of somebody"))
    assert [(one.task, one.error) for one in failures.recent()] == [("worker_heartbeat", "ValueError")]
    assert level("Failed tasks") == "amber"


def test_a_queue_that_cannot_be_reached_is_broken(settings, monkeypatch):
    def away() -> int:
        raise ConnectionError

    monkeypatch.setattr(settings.HUEY, "pending_count", away)
    assert level("Queue") == "red"


@pytest.mark.parametrize(("waiting", "found"), [(0, "green"), (100, "amber"), (1_000, "red")])
def test_a_long_queue_is_told(settings, monkeypatch, waiting, found):
    monkeypatch.setattr(settings.HUEY, "pending_count", lambda: waiting)
    assert level("Queue") == found


@pytest.mark.parametrize(("days", "found"), [(0, "green"), (3, "amber"), (8, "red")])
def test_old_models_are_told(monkeypatch, days, found):
    made = timezone.now() - datetime.timedelta(days=days)
    monkeypatch.setattr(artefacts, "manifest", lambda _name: {"trained_at": made.isoformat()})
    assert level("Models") == found


def test_without_any_model_the_site_is_not_well():
    assert level("Models") == "red"


@pytest.mark.parametrize("text", ["{", "[]", '{"trained_at": 3}', '{"trained_at": "x", "counts": 3}'])
def test_a_damaged_manifest_breaks_nothing(settings, text):
    for name in MODELS:
        folder = settings.MODELS_DIR / name / "1"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(text)
        (folder.parent / "current.json").write_text('{"version": "1"}')
    assert level("Models") == "red"


@pytest.mark.parametrize(("days", "found"), [(1, "green"), (9, "red")])
def test_old_picks_are_told(days, found):
    somebody, film = factories.user(), factories.movie()
    factories.rating(somebody, film, 4)
    made = timezone.now() - datetime.timedelta(days=days)
    Recommendation.objects.create(user=somebody, movie=film, score=1, algorithm="hybrid", generated_at=made)
    assert level("Stored picks") == found


def test_activity_that_waits_for_long_is_told(settings):
    settings.ACTIVITY_SPOOL_DIR.mkdir(exist_ok=True)
    waiting = settings.ACTIVITY_SPOOL_DIR / "1-2-3.jsonl"
    waiting.write_text("{}\n")
    assert level("Activity waiting") == "green"
    os.utime(waiting, (time.time() - 600,) * 2)
    assert level("Activity waiting") == "amber"


def test_rows_that_were_lost_are_told():
    ActivitySpool.objects.create(name="one", rows=5)
    assert level("Activity taken in") == "green"
    ActivitySpool.objects.create(name="two", rows=5, dropped=2)
    assert level("Activity taken in") == "amber"


def message(**fields: object) -> Delivery:
    said = {"notification_type": "digest", "channel": "email", "subject": "s", "content": "c", "recipient": "r"}
    return Delivery.objects.create(user=factories.user(), **{**said, **fields})


def test_no_mail_is_no_failure():
    assert level("Mail and messages") == "green"


@pytest.mark.parametrize(("failed", "found"), [(0, "green"), (1, "amber"), (9, "red")])
def test_mail_that_fails_is_told(failed, found):
    for number in range(30):
        message(status="bounced" if number < failed else "sent")
    assert level("Mail and messages") == found


def test_messages_that_wait_for_hours_are_told():
    message(scheduled_at=timezone.now() - datetime.timedelta(hours=2))
    assert level("Mail and messages") == "red"


def test_a_mail_server_that_does_not_answer_is_told_at_once():
    for _ in range(3):
        circuits.failed(name="email", error="refused")
    assert "Way out: E-mail" in [check.name for check in health.checks() if check.level == "red"]
