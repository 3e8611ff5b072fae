"""What pages say of an experiment besides its verdict: its state, the time left, the decision, its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from insights.experiments import sentences, verdicts
from insights.models import ExperimentSnapshot
from recs.models import Experiment, ExperimentEvent
from recs.services import experiments

Status = Experiment.Status

OUTCOMES: Mapping[str, str | Promise] = {
    experiments.A: gettext_lazy("A has won"),
    experiments.B: gettext_lazy("B has won"),
    experiments.NOBODY: gettext_lazy("Neither has won"),
    experiments.INVALID: gettext_lazy("It was not valid"),
}
ACTIONS: Mapping[str, str | Promise] = {
    "create": gettext_lazy("Made"),
    "edit": pgettext_lazy("done to an experiment", "Changed"),
    "start": gettext_lazy("Started"),
    "new_phase": gettext_lazy("New phase"),
    "stop": gettext_lazy("Stopped"),
    "conclude": gettext_lazy("Concluded"),
    "ship": gettext_lazy("Shipped"),
    "archive": pgettext_lazy("state", "Put away"),
    "promote": gettext_lazy("Made into an A/B test"),
}
FIELDS: Mapping[str, Any] = {
    "name": pgettext_lazy("of an experiment", "Name"),
    "description": gettext_lazy("Description"),
    "hypothesis": gettext_lazy("What do you expect, and why?"),
    "kind": gettext_lazy("Kind"),
    "algorithm_a": gettext_lazy("A: as it is now"),
    "algorithm_b": gettext_lazy("B: what is tried"),
    "traffic_split": gettext_lazy("Share of people with A"),
    "target_metric": gettext_lazy("Goal"),
    "start_date": pgettext_lazy("when something begins", "Start"),
    "end_date": gettext_lazy("End"),
    "minimum_sample_size": gettext_lazy("People in each arm, at least"),
    "confidence_level": gettext_lazy("Confidence"),
    "is_aa_test": gettext_lazy("A/A test"),
}


@dataclass(frozen=True)
class Badge:
    kind: str
    text: str


@dataclass(frozen=True)
class Told:
    people: str = ""
    headline: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the history."""

    at: datetime
    who: str
    what: str
    lines: list[str]


def badge(experiment: Experiment) -> Badge:
    """Its state in a word; one that runs may wait for its start, be switched off, or be ready for a decision."""
    now = timezone.now()
    if experiment.status != Status.RUNNING:
        if not experiment.is_active:
            return Badge("plain", pgettext("state", "Put away"))
        return Badge("plain", str(Status(experiment.status).label))
    if not experiment.is_active:
        return Badge("loud", _("Switched off"))
    if now < experiment.start_date:
        return Badge("plain", _("Waits for its start"))
    if now >= experiment.end_date:
        return Badge("loud", _("Ready for decision"))
    return Badge("new", str(Status.RUNNING.label))


def time_left(experiment: Experiment) -> str:
    now = timezone.now()
    if experiment.status == Status.DRAFT:
        return _("not started")
    if experiment.status != Status.RUNNING:
        return "–"
    days = (experiment.end_date - now).days
    if experiment.end_date <= now:
        return _("over")
    if days < 1:
        return _("less than a day")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def told_of(listed: list[Experiment]) -> dict[int, Told]:
    """People and verdict of each, in two queries."""
    newest = (
        ExperimentSnapshot.objects.filter(experiment__in=listed)
        .order_by("experiment_id", "-at", "-id")
        .distinct("experiment_id")
    )
    by_experiment = {snapshot.experiment_id: snapshot for snapshot in newest}
    decided = outcomes(listed)
    return {one.pk: _told(one, by_experiment.get(one.pk), decided.get(one.pk)) for one in listed}


def outcomes(listed: Iterable[Experiment]) -> dict[int, str]:
    """What was decided of each that is concluded."""
    events = ExperimentEvent.objects.filter(experiment__in=list(listed), action="conclude").order_by("at")
    return {event.experiment_id: str((event.detail or {}).get("outcome", "")) for event in events}


def _told(experiment: Experiment, snapshot: ExperimentSnapshot | None, outcome: str | None) -> Told:
    if snapshot is None or snapshot.sums["design"]["phase"] != experiment.phase:
        return Told(headline=decision(experiment, outcome))
    counts = [sentences.number(count) for count in snapshot.results["people"]]
    people = _("A %(a)s, B %(b)s") % {"a": counts[0], "b": counts[1]} if len(counts) == 2 else counts[0]
    return Told(people, decision(experiment, outcome) or verdicts.verdict(experiment, snapshot).headline)


def decision(experiment: Experiment, outcome: str | None) -> str:
    """What people decided; nothing while they have not."""
    if experiment.status not in (Status.CONCLUDED, Status.SHIPPED) or not outcome or outcome not in OUTCOMES:
        return ""
    if not experiment.winner_algorithm:
        return str(OUTCOMES[outcome])
    said = {"outcome": OUTCOMES[outcome], "name": sentences.algorithm(experiment.winner_algorithm)}
    return _("%(outcome)s: %(name)s") % said


def said_then(experiment: Experiment) -> Mapping[str, Any] | None:
    """`headline`, `sentences` and `language` of the verdict as it was read when the experiment was concluded."""
    if experiment.status not in (Status.CONCLUDED, Status.SHIPPED):
        return None
    event = ExperimentEvent.objects.filter(experiment=experiment, action="conclude").order_by("-at", "-pk").first()
    figures = (event.detail or {}).get("figures") if event else None
    said = figures.get("said") if isinstance(figures, Mapping) else None
    return said if isinstance(said, Mapping) else None


def history(experiment: Experiment) -> list[Entry]:
    """Who did what and when, the newest first."""
    events = ExperimentEvent.objects.filter(experiment=experiment).select_related("actor").order_by("-at", "-pk")
    return [_entry(event) for event in events]


def _entry(event: ExperimentEvent) -> Entry:
    who = (
        event.actor.get_full_name() or event.actor.get_username()
        if event.actor
        else _("somebody whose account is gone")
    )
    return Entry(event.at, who, str(ACTIONS.get(event.action, event.action)), _lines(event))


def _lines(event: ExperimentEvent) -> list[str]:
    detail: Mapping[str, Any] = event.detail or {}
    lines = [str(detail[key]) for key in ("reason", "note", "name") if detail.get(key) and event.action != "create"]
    if outcome := OUTCOMES.get(str(detail.get("outcome"))):
        lines.insert(0, str(outcome))
        if not detail.get("by_rule"):
            lines.append(_("Decided against the rule."))
    if event.action == "new_phase":
        lines.append(_("Phase %(phase)s") % {"phase": detail.get("phase")})
    if event.action == "ship":
        names = {key: sentences.algorithm(str(detail.get(key))) for key in ("before", "algorithm")}
        lines.append(_("%(before)s → %(algorithm)s") % names)
    if event.action == "edit":
        lines += _changes(detail)
    return lines


def _changes(detail: Mapping[str, Any]) -> list[str]:
    before, after = detail.get("before") or {}, detail.get("after") or {}
    return [
        _("%(field)s: %(before)s → %(after)s")
        % {"field": FIELDS.get(name, name), "before": _value(before.get(name)), "after": _value(value)}
        for name, value in after.items()
    ]


def _value(value: Any) -> str:
    """Moments in the reader's zone, the rest as it is."""
    if isinstance(value, str) and value[10:11] == "T":
        try:
            return date_format(timezone.localtime(datetime.fromisoformat(value)), "SHORT_DATETIME_FORMAT")
        except ValueError:
            return value
    return "–" if value in (None, "") else str(value)
