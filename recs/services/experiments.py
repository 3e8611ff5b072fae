"""The life of an experiment: draft, running (in phases), stopped, concluded, shipped; put away at any of its rests.

Every step locks the experiment's row, looks at what it is now, and writes down who did it. A step that does not fit,
a second start as well as one from a page that is no longer true, is `Refused` with a sentence, and changes nothing.
"""

import datetime
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation

from accounts.models import User
from recs import experiment_checks as checks
from recs import signals
from recs.models import Experiment, ExperimentEvent
from recs.services import defaults

Status = Experiment.Status
Kind = Experiment.Kind
Actor = User | None

A, B, NOBODY, INVALID = "a", "b", "none", "invalid"
OUTCOMES = (A, B, NOBODY, INVALID)
SHORTEST_REASON = 10
# What may be changed while people are in it: nothing that moves anybody from one arm to the other.
WORDS = ("name", "description", "hypothesis")
WHILE_RUNNING = (*WORDS, "end_date")
PROMOTED_DAYS = datetime.timedelta(days=28)


class Refused(Exception):
    """The experiment stays as it is; `sentence` says why, in the reader's language."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self._sentence = sentence

    @property
    def sentence(self) -> str:
        return str(self._sentence)


class ReasonNeeded(Refused):
    """The figures say something else than the person who concludes."""


def create(*, actor: Actor, **fields: Any) -> Experiment:
    """A draft; Refused when its name is taken, IntegrityError when its parts do not fit each other."""
    experiment = Experiment(**fields, status=Status.DRAFT, created_by=actor)
    _save(experiment, actor, "create", _told(fields))
    return experiment


def edit(*, experiment_id: int, actor: Actor, seen: datetime.datetime | None, **fields: Any) -> Experiment:
    """Change a draft, or the words and the end of one that runs. `seen`: its `updated_at` as the editor saw it."""
    with _locked(experiment_id) as experiment:
        if seen is not None and experiment.updated_at != seen:
            raise Refused(_("Somebody else has changed it meanwhile. Look at what it says now, and change that."))
        changed = {name: value for name, value in fields.items() if getattr(experiment, name) != value}
        _check_edit(experiment, changed)
        before = {name: getattr(experiment, name) for name in changed}
        for name, value in changed.items():
            setattr(experiment, name, value)
        if changed:
            _save(experiment, actor, "edit", {"before": _told(before), "after": _told(changed)})
        return experiment


def _check_edit(experiment: Experiment, changed: Mapping[str, Any]) -> None:
    if experiment.status == Status.DRAFT:
        return
    if experiment.status != Status.RUNNING:
        raise Refused(_("It has ended: what it was stays as it is."))
    if set(changed) - set(WHILE_RUNNING):
        raise Refused(_("While it runs, only its words and its end can change. For anything else, start a new phase."))
    if "end_date" in changed and changed["end_date"] < experiment.end_date:
        raise Refused(_("Its end can only be put off. To end it now, stop it."))


def start(*, experiment_id: int, actor: Actor, now: datetime.datetime | None = None) -> Experiment:
    """Let people in, at once or from the planned start on, with arms drawn by a fresh seed."""
    now = now or timezone.now()
    with _locked(experiment_id) as experiment:
        if experiment.status == Status.RUNNING:
            raise Refused(_("It is running already. Nothing was changed."))
        _expect(experiment, Status.DRAFT, _("It has been started before. To repeat it, make a new one."))
        experiment.start_date = max(experiment.start_date, now)
        problems = checks.blocking(experiment, now=now)
        if problems:
            raise Refused(problems[0].sentence)
        experiment.status, experiment.is_active = Status.RUNNING, True
        experiment.seed = _fresh_seed()
        _save(experiment, actor, "start", {"phase": experiment.phase, "seed": experiment.seed})
        return experiment


def new_phase(
    *,
    experiment_id: int,
    phase: int,
    actor: Actor,
    traffic_split: float,
    algorithm_a: str,
    algorithm_b: str,
    now: datetime.datetime | None = None,
) -> Experiment:
    """Draw everybody anew, with another split or other algorithms; what was stopped goes on with it.

    `phase`: the one that the caller saw. What was measured until now stays with it; figures begin again.
    """
    now = now or timezone.now()
    with _locked(experiment_id) as experiment:
        if experiment.status not in (Status.RUNNING, Status.STOPPED):
            raise Refused(_("It is not running: there is no phase to follow."))
        if experiment.phase != phase:
            raise Refused(_("A new phase has begun already. Nothing was changed."))
        _refuse_for_show(experiment)
        before = {name: getattr(experiment, name) for name in ("traffic_split", "algorithm_a", "algorithm_b")}
        experiment.traffic_split = traffic_split
        experiment.algorithm_a, experiment.algorithm_b = algorithm_a, algorithm_b
        experiment.start_date = now
        problems = checks.blocking(experiment, now=now)
        if problems:
            raise Refused(problems[0].sentence)
        experiment.phase, experiment.seed = experiment.phase + 1, _fresh_seed()
        experiment.status, experiment.is_active = Status.RUNNING, True
        experiment.p_value = experiment.effect_size = experiment.statistical_significance = None
        _save(experiment, actor, "new_phase", {"phase": experiment.phase, "seed": experiment.seed, "before": before})
        return experiment


def stop(*, experiment_id: int, actor: Actor, reason: str = "") -> Experiment:
    """Nobody is let in or shown it any more from the next request on; it waits for its conclusion."""
    with _locked(experiment_id) as experiment:
        if experiment.status == Status.STOPPED:
            raise Refused(_("It is stopped already. Nothing was changed."))
        _expect(experiment, Status.RUNNING, _("Only an experiment that runs can be stopped."))
        experiment.status = Status.STOPPED
        _save(experiment, actor, "stop", {"reason": reason.strip()})
        return experiment


def conclude(
    *, experiment_id: int, actor: Actor, outcome: str, note: str = "", by_rule: bool, figures: Mapping[str, Any] = {}
) -> Experiment:
    """Say what came out: "a" or "b" has won, "none", or "invalid". ValueError for any other outcome.

    `by_rule`: the figures say the same; otherwise the note must give a reason. One that still runs is stopped with it.
    `figures` are kept in the history: what was known when it was decided.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"no such outcome: {outcome}")
    with _locked(experiment_id) as experiment:
        if experiment.status in (Status.CONCLUDED, Status.SHIPPED):
            raise Refused(_("It is concluded already. Nothing was changed."))
        if experiment.status not in (Status.RUNNING, Status.STOPPED):
            raise Refused(_("It has not been started: there is nothing to conclude."))
        if not by_rule and len(note.strip()) < SHORTEST_REASON:
            raise ReasonNeeded(_("The figures do not say this. Give your reason in a few words."))
        experiment.status = Status.CONCLUDED
        experiment.winner_algorithm = {A: experiment.algorithm_a, B: experiment.algorithm_b}.get(outcome)
        experiment.decision_note = note.strip()
        detail = {"outcome": outcome, "by_rule": by_rule, "note": note.strip(), "figures": dict(figures)}
        _save(experiment, actor, "conclude", detail)
        transaction.on_commit(lambda: signals.experiment_concluded.send(sender=None, experiment=experiment))
        return experiment


def ship(*, experiment_id: int, actor: User) -> Experiment:
    """The winner becomes what everybody gets who has chosen nothing else."""
    with _locked(experiment_id) as experiment:
        if experiment.status == Status.SHIPPED:
            raise Refused(_("It is shipped already. Nothing was changed."))
        _expect(experiment, Status.CONCLUDED, _("Only what is concluded can be shipped."))
        if not experiment.winner_algorithm:
            raise Refused(_("It has no winner: there is nothing to ship."))
        if experiment.is_aa_test or experiment.kind == Kind.INTERLEAVING:
            raise Refused(_("Only the winner of an A/B test can be shipped."))
        _refuse_for_show(experiment)
        before = defaults.algorithm()
        defaults.ship(experiment=experiment, actor=actor)
        experiment.status = Status.SHIPPED
        _save(experiment, actor, "ship", {"algorithm": experiment.winner_algorithm, "before": before})
        return experiment


def archive(*, experiment_id: int, actor: Actor) -> Experiment:
    """Put it away: it stays with all its figures, and leaves the list of those at work."""
    with _locked(experiment_id) as experiment:
        if experiment.status == Status.RUNNING:
            raise Refused(_("It is running. Stop it first."))
        if not experiment.is_active:
            raise Refused(_("It is put away already. Nothing was changed."))
        experiment.is_active = False
        _save(experiment, actor, "archive", {})
        return experiment


def promote(*, experiment_id: int, actor: Actor, name: str, now: datetime.datetime | None = None) -> Experiment:
    """A draft of an A/B test of the two algorithms of an interleaving experiment."""
    now = now or timezone.now()
    with _locked(experiment_id) as experiment:
        if experiment.kind != Kind.INTERLEAVING:
            raise Refused(_("It is an A/B test already."))
        _refuse_for_show(experiment)
        draft = Experiment(
            name=name[:100],
            description=experiment.description,
            hypothesis=experiment.hypothesis,
            kind=Kind.AB,
            algorithm_a=experiment.algorithm_a,
            algorithm_b=experiment.algorithm_b,
            target_metric=experiment.target_metric,
            minimum_sample_size=experiment.minimum_sample_size,
            confidence_level=experiment.confidence_level,
            start_date=now,
            end_date=now + PROMOTED_DAYS,
            created_by=actor,
        )
        _save(draft, actor, "create", {"promoted_from": experiment.pk})
        ExperimentEvent.objects.create(
            experiment=experiment, actor=actor, action="promote", detail={"draft": draft.pk, "name": draft.name}
        )
        return draft


@contextmanager
def _locked(experiment_id: int) -> Iterator[Experiment]:
    """The row as it is now, held until the step is over; raises Experiment.DoesNotExist."""
    with transaction.atomic():
        yield Experiment.objects.select_for_update().get(pk=experiment_id)


def _expect(experiment: Experiment, status: str, otherwise: str | Promise) -> None:
    if experiment.status != status:
        raise Refused(otherwise)


def _refuse_for_show(experiment: Experiment) -> None:
    """What made-up people did decides nothing for real ones."""
    if experiment.is_for_show:
        people = number_format(experiment.assignments.count(), force_grouping=True)
        said = _("%(people)s of these people are made up by the demo: the figures show how it works, no more.")
        raise Refused(said % {"people": people})


def _save(experiment: Experiment, actor: Actor, action: str, detail: Mapping[str, Any]) -> None:
    try:
        with transaction.atomic():
            experiment.save()
            ExperimentEvent.objects.create(experiment=experiment, actor=actor, action=action, detail=dict(detail))
    except IntegrityError as problem:
        if not isinstance(problem.__cause__, UniqueViolation):
            raise
        raise Refused(_("There is an experiment of this name already.")) from None


def _fresh_seed() -> str:
    """Never the name and never used before: whoever drew A last time must not draw it again."""
    return secrets.token_hex(8)


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them."""
    return {
        name: value.isoformat() if isinstance(value, datetime.datetime) else value for name, value in fields.items()
    }
