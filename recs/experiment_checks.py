"""Before an experiment starts: what is missing, and what to know."""

import datetime
from dataclasses import dataclass

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recs import artefacts
from recs.algorithms import ALGORITHMS
from recs.models import Experiment

FRESH = datetime.timedelta(days=7)
SHORTEST = datetime.timedelta(days=1)
WEEK = datetime.timedelta(days=7)
SHORTEST_HYPOTHESIS = 15


@dataclass(frozen=True)
class Check:
    """One line of the list. What is not `ok` keeps the experiment from starting if it `blocks`."""

    what: str | Promise
    ok: bool
    sentence: str | Promise
    blocks: bool = True


def checklist(experiment: Experiment, *, now: datetime.datetime) -> list[Check]:
    """All that can be told without figures, in the order of the form."""
    return [
        Check(
            _("It says what you expect"),
            len(experiment.hypothesis.strip()) >= SHORTEST_HYPOTHESIS,
            _("Write down what you expect, and why, before you see figures."),
        ),
        *_models(experiment, now),
        *_dates(experiment, now),
        Check(
            _("Its people are free"),
            not _others(experiment, now),
            _("Another experiment is running with the same part of the people, and nobody can be in two at once."),
        ),
    ]


def blocking(experiment: Experiment, *, now: datetime.datetime) -> list[Check]:
    return [check for check in checklist(experiment, now=now) if check.blocks and not check.ok]


def _models(experiment: Experiment, now: datetime.datetime) -> list[Check]:
    names = (experiment.algorithm_a, experiment.algorithm_b)
    return [
        Check(
            _("Both algorithms are known"),
            all(name in ALGORITHMS for name in names),
            _("One of the algorithms does not exist any more."),
        ),
        Check(
            _("Both have a fresh model"),
            all(_is_fresh(name, now) for name in names),
            _("One of the algorithms has no model of the last seven days. Train first."),
        ),
    ]


def _is_fresh(name: str, now: datetime.datetime) -> bool:
    artefact = artefacts.load(name) if name in ALGORITHMS else None
    trained_at = parse_datetime(artefact.manifest["trained_at"]) if artefact else None
    return trained_at is not None and now - trained_at <= FRESH


def _dates(experiment: Experiment, now: datetime.datetime) -> list[Check]:
    begins = max(experiment.start_date, now)
    return [
        Check(
            _("It ends after it begins"),
            experiment.end_date - begins >= SHORTEST,
            _("Its end is over, or less than a day after its start. Put it off."),
        ),
        Check(
            _("It has a week"),
            experiment.end_date - begins >= WEEK,
            _("In less than a week not every day of the week counts: nothing can be shipped from it."),
            blocks=False,
        ),
    ]


def _others(experiment: Experiment, now: datetime.datetime) -> bool:
    """Advice, not a lock: should two start at the same moment, each person is still in one of them only."""
    running = Experiment.objects.filter(status=Experiment.Status.RUNNING, is_active=True, end_date__gt=now)
    running = running.exclude(Experiment.SHOWN_ONLY)
    meeting = running.filter(namespace_start__lt=experiment.namespace_end, namespace_end__gt=experiment.namespace_start)
    return meeting.exclude(pk=experiment.pk).exists()
