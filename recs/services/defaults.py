"""Which algorithm everybody has who chose none: ours, until the winner of an experiment is shipped."""

import datetime
from typing import NamedTuple

from django.core.cache import caches
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from recs.models import Experiment, SiteDefault
from web.cache import get_or_build

OURS = "hybrid"
KEY = "recs:site-default"
KNOWN_SECONDS = 20


class Default(NamedTuple):
    """`since` is None while nobody has changed it."""

    algorithm: str
    since: datetime.datetime | None = None


def current() -> Default:
    """Asked at every page, so each process remembers it for a moment."""
    return get_or_build(KEY, _read, seconds=KNOWN_SECONDS)


def algorithm() -> str:
    return current().algorithm


def ship(*, experiment: Experiment, actor: User) -> str:
    """Make the winner of this experiment everybody's; returns the algorithm before. ValueError without a winner."""
    if not experiment.winner_algorithm:
        raise ValueError(f"{experiment} has no winner")
    return choose(algorithm=experiment.winner_algorithm, actor=actor, experiment=experiment)


def choose(*, algorithm: str, actor: User | None, experiment: Experiment | None = None) -> str:
    """Make this algorithm everybody's who chose none; returns the one before."""
    with transaction.atomic():
        row = SiteDefault.objects.select_for_update().filter(pk=SiteDefault.ONLY).first()
        said = {"algorithm": algorithm, "changed_by": actor, "changed_at": timezone.now(), "experiment": experiment}
        SiteDefault.objects.update_or_create(pk=SiteDefault.ONLY, defaults=said)
    return row.algorithm if row else OURS


def changed() -> None:
    """Ask the database again: now, and once what is under way is committed."""
    _forget()
    transaction.on_commit(_forget)


def _forget() -> None:
    caches["local"].delete(KEY)


def _read() -> Default:
    row = SiteDefault.objects.filter(pk=SiteDefault.ONLY).values_list("algorithm", "changed_at").first()
    return Default(*row) if row else Default(OURS)
