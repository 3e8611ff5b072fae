"""What the catalogue does by itself at night."""

from django.conf import settings
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from catalog.services import posters

A_NIGHT = 5_000  # films: some minutes


@db_periodic_task(crontab(hour="4", minute="10"))
def fill_posters() -> None:
    if settings.TMDB_API_KEY:
        posters.fill(limit=A_NIGHT)
