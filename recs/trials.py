"""What people are told of experiments: what is being tried, what they get themselves if they ask, what was learnt."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from recs import taste
from recs.models import Experiment, ExperimentEvent, ExperimentOptOut, TargetMetric
from recs.services import enrolment
from recs.services.enrolment import Arm
from web import signs

Status = Experiment.Status

DECIDES: Mapping[str, str | Promise] = {
    TargetMetric.CTR: _("What decides: how often people open a film of the row."),
    TargetMetric.ENGAGEMENT: _("What decides: how much people rate, save and mark."),
    TargetMetric.RETENTION: _("What decides: whether people come back in the second week."),
    TargetMetric.CONVERSION: _("What decides: whether people rate or save a film within a week."),
    TargetMetric.RATING: _("What decides: how many stars people give."),
    TargetMetric.TIME_SPENT: _("What decides: how long people stay."),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment in plain words. `yours` is what the reader gets: empty unless they asked, or it is over."""

    pk: int
    name: str
    about: str
    expected: str
    sides: str
    decides: str
    since: datetime.datetime
    until: datetime.datetime
    in_it: bool = False
    yours: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of an experiment that is over."""

    name: str
    about: str
    sides: str
    decides: str
    outcome: str
    headline: str
    note: str
    shipped: bool
    at: datetime.datetime


def running(user: User | None, *, asked: str = "") -> list[Trial]:
    """What is tried now; `asked` is the id of the one whose reader wants to know what they get."""
    arm = enrolment.standing(user, draw=False).arm if user else None
    return [_trial(one, arm if arm and arm.experiment_id == one.pk else None, asked) for one in enrolment.running()]


def learnt() -> list[Lesson]:
    """The newest first. Drafts, what nobody has concluded yet and what the demo made up are nobody's business."""
    said = ExperimentEvent.objects.filter(action="conclude").order_by("-at")
    rows = Experiment.objects.filter(status__in=[Status.CONCLUDED, Status.SHIPPED]).exclude(Experiment.SHOWN_ONLY)
    return [_lesson(one) for one in rows.prefetch_related(Prefetch("events", said)).order_by("-updated_at", "-pk")[:50]]


def why_not(user: User | None) -> str:
    """Why this reader is in no experiment; empty when they may be in one."""
    if user is None:
        return gettext("Only members who are signed in take part.")
    if user.is_staff or user.is_superuser or user.is_simulated:
        return gettext("You work here: what you do is never counted.")
    if not user.data_usage_consent:
        return gettext("Your privacy settings say that nothing you do is counted, so you are in no experiment.")
    if engine := taste.chosen(user):
        label = taste.CHOICES[engine].label
        return gettext("You chose “%(engine)s” for your picks. Your choice stands, so you are in no experiment.") % {
            "engine": label
        }
    return ""


def has_left(user: User) -> bool:
    return ExperimentOptOut.objects.filter(user=user).exists()


def engine(name: str) -> str:
    """The algorithm as people know it."""
    return str(taste.CHOICES[name].label) if name in taste.CHOICES else name.replace("_", " ")


def _trial(experiment: Experiment, arm: Arm | None, asked: str) -> Trial:
    return Trial(
        pk=experiment.pk,
        name=experiment.name,
        about=experiment.description or "",
        expected=experiment.hypothesis,
        sides=_sides(experiment),
        decides=str(DECIDES.get(experiment.target_metric, "")),
        since=experiment.start_date,
        until=experiment.end_date,
        in_it=arm is not None,
        yours=_yours(arm) if arm is not None and asked == str(experiment.pk) else "",
    )


def _sides(experiment: Experiment) -> str:
    names = {"first": engine(experiment.algorithm_a), "second": engine(experiment.algorithm_b)}
    if experiment.is_aa_test:
        return gettext("Everybody gets “%(first)s”: this one tests the test itself.") % names
    if experiment.kind == Experiment.Kind.INTERLEAVING:
        return gettext("“%(first)s” and “%(second)s” choose in turn, in one row.") % names
    return gettext("Some people get “%(first)s”, others “%(second)s”.") % names


def _yours(arm: Arm) -> str:
    if arm.mixes:
        return gettext("Your first row is a mixture of both.")
    return gettext("Your first row is made by “%(engine)s”.") % {"engine": engine(arm.algorithm)}


def _lesson(experiment: Experiment) -> Lesson:
    event = next(iter(experiment.events.all()), None)
    detail = event.detail if event else {}
    outcome = str(detail.get("outcome", ""))
    compared = experiment.kind == Experiment.Kind.AB and outcome != "invalid"
    return Lesson(
        name=experiment.name,
        about=experiment.description or "",
        sides=_tried(experiment),
        decides=str(DECIDES.get(experiment.target_metric, "")),
        outcome=_outcome(experiment, outcome),
        headline=" ".join(_figures(detail.get("figures"), compared=compared)),
        note=experiment.decision_note,
        shipped=experiment.status == Status.SHIPPED,
        at=event.at if event else experiment.updated_at,
    )


def _figures(said: Any, *, compared: bool) -> list[str]:
    """What was known when it was decided, as the history of the experiment keeps it."""
    figures = said if isinstance(said, Mapping) else {}
    arms = figures.get("n")
    people = sum(int(count) for count in (arms.values() if isinstance(arms, Mapping) else arms or []) if count)
    sentences = []
    if people:
        words = ngettext("%(people)s person took part.", "%(people)s people took part.", people)
        sentences.append(words % {"people": number_format(people, force_grouping=True)})
    known = [figures.get(name) for name in ("effect", "low", "high")]
    interval = [signs.isolated(signs.number(100 * one, 1)) for one in known if isinstance(one, int | float)]
    if compared and len(interval) == len(known):
        effect, low, high = interval
        changed = gettext(
            "With the second it changed by %(effect)s %%; the truth is likely between %(low)s and %(high)s %%."
        )
        sentences.append(changed % {"effect": effect, "low": low, "high": high})
    return sentences


def _tried(experiment: Experiment) -> str:
    names = {"first": engine(experiment.algorithm_a), "second": engine(experiment.algorithm_b)}
    return gettext("“%(first)s” against “%(second)s”.") % names


def _outcome(experiment: Experiment, outcome: str) -> str:
    if experiment.winner_algorithm:
        return gettext("“%(engine)s” did better.") % {"engine": engine(experiment.winner_algorithm)}
    if outcome == "invalid":
        return gettext("Something went wrong with it, so it says nothing.")
    return gettext("No difference was found that is worth a change.")
