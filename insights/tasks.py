"""Upkeep of the log, by the worker."""

import logging

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from insights.services import activity, archive

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
