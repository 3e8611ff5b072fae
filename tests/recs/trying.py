"""Drafts of experiments that could start as they are."""

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from recs.models import Experiment
from recs.services import experiments

_numbers = itertools.count(1)


def draft(*, actor: User | None = None, **fields: Any) -> Experiment:
    now = timezone.now()
    return experiments.create(
        **{
            "actor": actor,
            "name": f"Idea {next(_numbers)}",
            "hypothesis": "People click more, because they know fewer of the films.",
            "algorithm_a": "hybrid",
            "algorithm_b": "collaborative",
            "target_metric": "ctr",
            "start_date": now,
            "end_date": now + timedelta(days=28),
            **fields,
        }
    )
