"""Upkeep that belongs to no app in particular."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from web import partitions


@db_periodic_task(crontab(hour="1", minute="10"))
def create_coming_partitions() -> None:
    partitions.create_coming(timezone.localdate())
