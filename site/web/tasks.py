"""Upkeep that belongs to no app in particular."""

from typing import Any

from django.core.management import call_command
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, signal
from huey.signals import SIGNAL_ERROR

from web import failures, heartbeat, partitions


@signal(SIGNAL_ERROR)
def remember_a_failed_task(_name: str, task: Any, problem: BaseException | None = None) -> None:
    failures.note(task.name, problem)


@db_periodic_task(crontab(minute="*"))
def worker_heartbeat() -> None:
    heartbeat.beat()


@db_periodic_task(crontab(hour="1", minute="10"))
def create_coming_partitions() -> None:
    partitions.create_coming(timezone.localdate())


@db_periodic_task(crontab(hour="2", minute="20"))
def clear_old_sessions() -> None:
    call_command("clearsessions")
