"""Experiments that run now, and people who may be in them."""

import itertools
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from recs.models import Assignment, Experiment
from tests import factories

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
_numbers = itertools.count(1)


def experiment(**fields: Any) -> Experiment:
    now = timezone.now()
    return Experiment.objects.create(
        **{
            "name": f"Experiment {next(_numbers)}",
            "hypothesis": "People open more films.",
            "algorithm_a": "hybrid",
            "algorithm_b": "popular",
            "start_date": now - timedelta(days=1),
            "end_date": now + timedelta(days=27),
            "target_metric": "ctr",
            "status": "running",
            "seed": f"{next(_numbers):016x}",
            **fields,
        }
    )


def person(**fields: Any) -> User:
    return factories.user(**{"data_usage_consent": True, "onboarding_completed": True, **fields})


def drawn(trial: Experiment, user: User, variant: str, **fields: Any) -> Assignment:
    said = {"phase": trial.phase, "bucket": 1, **fields}
    return Assignment.objects.create(experiment=trial, user=user, variant=variant, **said)


def browser(user: User) -> Client:
    client = Client(headers=BROWSER)
    client.force_login(user)
    return client
