"""Upkeep of the log and snapshots of experiments, by the worker."""

import logging

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from insights.experiments import power
from insights.services import activity, archive, daily, snapshots
from recs.models import Experiment

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(minute="*"))
def take_in_what_killed_processes_left() -> None:
    activity.adopt()


@db_periodic_task(crontab(hour="2", minute="40"))
def keep_the_log_small() -> None:
    activity.forget_loaded_files(now=timezone.now())
    try:
        for _archived in archive.run(today=timezone.localdate()):
            pass
    except archive.Busy:
        logger.info("another process is archiving the activity log")


@db_periodic_task(crontab(minute="12"))
def count_what_films_did() -> None:
    if daily.catch_up_a_little():
        count_what_is_left()


@db_task()
def count_what_is_left() -> None:
    """What has piled up, in steps: between them others have their turn."""
    if daily.catch_up_a_little():
        count_what_is_left()


@db_periodic_task(crontab(minute="7"))
def look_at_running_experiments() -> None:
    snapshots.take_running(now=timezone.now())


@db_periodic_task(crontab(hour="3", minute="20"))
def look_at_undecided_experiments() -> None:
    snapshots.take_nightly(now=timezone.now())


@db_task()
def look_at_experiment(experiment_id: int) -> None:
    """At once, after a stop or whenever somebody wants to know."""
    experiment = Experiment.objects.filter(pk=experiment_id).first()
    if experiment is not None:
        snapshots.take(experiment)


@db_periodic_task(crontab(hour="0", minute="15"))
def count_what_plans_ask_for() -> None:
    power.prepare(now=timezone.now())
