"""The steps in an experiment's life, each a page with its form (a dialog where there is a script) and its question."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import MemberRequest
from insights import experiment_reports as reports
from insights import tasks
from insights.access import for_experimenters
from insights.experiments import power, verdicts
from insights.experiments.sentences import algorithm
from insights.experiments.verdicts import Verdict
from insights.forms import ConcludeForm, NameForm, PhaseForm, ReasonForm
from insights.models import ExperimentSnapshot
from insights.services import snapshots
from recs import experiment_checks
from recs.experiment_checks import Check
from recs.models import Experiment
from recs.services import defaults, experiments
from recs.services.experiments import Refused
from web.htmx import render_page

Act = Callable[[], Experiment]
Said = str | Promise


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def start(request: MemberRequest, pk: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment, pk=pk)
    if request.method == "POST":
        act = lambda: experiments.start(experiment_id=pk, actor=request.user)  # noqa: E731
        return _done(request, pk, act, _("It is running. People see it from their next page on."))
    checks = [*experiment_checks.checklist(experiment, now=timezone.now()), _baseline(experiment)]
    missing = any(check.blocks and not check.ok for check in checks)
    return _ask(request, experiment, "start", checks=checks, missing=missing)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def phase(request: MemberRequest, pk: int) -> HttpResponse:
    """Everybody is drawn anew."""
    experiment = get_object_or_404(Experiment, pk=pk)
    form = PhaseForm(request.POST or None, experiment=experiment)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, experiment, "phase", form=form)
    said = form.cleaned_data

    def act() -> Experiment:
        return experiments.new_phase(
            experiment_id=pk,
            phase=said["phase"],
            actor=request.user,
            traffic_split=said["share"] / 100,
            algorithm_a=said["algorithm_a"],
            algorithm_b=said["algorithm_b"],
        )

    return _done(request, pk, act, _("A new phase has begun. Figures start again with it."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def stop(request: MemberRequest, pk: int) -> HttpResponse:
    """One press; the figures are measured once more at once."""
    experiment = get_object_or_404(Experiment, pk=pk)
    form = ReasonForm(request.POST or None, label_suffix="")
    if request.method != "POST" or not form.is_valid():
        return _ask(request, experiment, "stop", form=form)
    reason = form.cleaned_data["reason"]

    def act() -> Experiment:
        stopped = experiments.stop(experiment_id=pk, actor=request.user, reason=reason)
        # The worker must not look before it can see that it was stopped.
        transaction.on_commit(partial(tasks.look_at_experiment, pk))
        return stopped

    return _done(request, pk, act, _("It is stopped. To go on with it, begin a new phase."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def conclude(request: MemberRequest, pk: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment, pk=pk)
    snapshot = snapshots.latest(experiment)
    verdict = verdicts.verdict(experiment, snapshot) if snapshot else None
    suggested = reports.suggested(verdict)
    form = ConcludeForm(request.POST or None, label_suffix="", initial={"outcome": suggested})
    if request.method != "POST" or not form.is_valid():
        return _ask(request, experiment, "conclude", form=form, verdict=verdict, suggested=suggested)
    outcome, note = form.cleaned_data["outcome"], form.cleaned_data["note"]
    try:
        experiments.conclude(
            experiment_id=pk,
            actor=request.user,
            outcome=outcome,
            note=note,
            by_rule=reports.agrees(verdict, outcome),
            figures=_figures(snapshot, verdict),
        )
    except experiments.ReasonNeeded as refused:
        form.add_error("note", refused.sentence)
        return _ask(request, experiment, "conclude", form=form, verdict=verdict, suggested=suggested)
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, _("It is concluded."))
    return _back(pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def ship(request: MemberRequest, pk: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment, pk=pk)
    if request.method == "POST":
        act = lambda: experiments.ship(experiment_id=pk, actor=request.user)  # noqa: E731
        return _done(request, pk, act, _("It is shipped: this is now everybody’s algorithm who chose none."))
    names = {"before": algorithm(defaults.algorithm()), "after": algorithm(experiment.winner_algorithm or "")}
    return _ask(request, experiment, "ship", names=names)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def archive(request: MemberRequest, pk: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment, pk=pk)
    if request.method != "POST":
        return _ask(request, experiment, "archive")
    act = lambda: experiments.archive(experiment_id=pk, actor=request.user)  # noqa: E731
    return _done(request, pk, act, _("It is put away, with all its figures."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def promote(request: MemberRequest, pk: int) -> HttpResponse:
    """A draft of an A/B test from mixed lists."""
    experiment = get_object_or_404(Experiment, pk=pk)
    name = _("%(name)s, A/B test") % {"name": experiment.name}
    form = NameForm(request.POST or None, label_suffix="", initial={"name": name[:100]})
    if request.method != "POST" or not form.is_valid():
        return _ask(request, experiment, "promote", form=form)
    try:
        draft = experiments.promote(experiment_id=pk, actor=request.user, name=form.cleaned_data["name"])
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _ask(request, experiment, "promote", form=form)
    messages.success(request, _("The draft is made. Look through it before you start it."))
    return HttpResponseRedirect(reverse("insights:experiment_edit", args=[draft.pk]))


@require_POST
@for_experimenters
def measure(request: MemberRequest, pk: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment, pk=pk)
    transaction.on_commit(partial(tasks.look_at_experiment, experiment.pk))
    messages.success(request, _("It is being measured. The new figures are here in a moment."))
    return _back(pk)


TITLES: dict[str, tuple[Said, Said]] = {
    "start": (gettext_lazy("Start it?"), pgettext_lazy("button", "Start")),
    "phase": (gettext_lazy("Begin a new phase?"), gettext_lazy("Begin a new phase")),
    "stop": (gettext_lazy("Stop it?"), gettext_lazy("Stop")),
    "conclude": (gettext_lazy("What came out?"), gettext_lazy("Conclude")),
    "ship": (gettext_lazy("Ship the winner?"), gettext_lazy("Ship")),
    "archive": (gettext_lazy("Put it away?"), pgettext_lazy("button", "Put away")),
    "promote": (gettext_lazy("Make it an A/B test?"), gettext_lazy("Make a draft")),
}


def _ask(request: MemberRequest, experiment: Experiment, act: str, **context: Any) -> HttpResponse:
    """The question as a page, or inside the dialog."""
    title, button = TITLES[act]
    form: forms.Form | None = context.get("form")
    said = {"experiment": experiment, "act": act, "title": title, "button": button, **context}
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render_page(request, "insights/experiments/act.html", said, partial="dialog", status=status)


def _done(request: MemberRequest, pk: int, act: Act, sentence: str) -> HttpResponse:
    """Do it and go back to the experiment, which says what came of it."""
    try:
        act()
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, sentence)
    return _back(pk)


def _back(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("insights:experiment", args=[pk]))


def _baseline(experiment: Experiment) -> Check:
    """Without figures from before nobody can say what will be seen; that is no reason not to start."""
    days = max((experiment.end_date - max(experiment.start_date, timezone.now())).days, 1)
    found = power.plan(experiment.target_metric, days=days, split=experiment.traffic_split)
    return Check(_("There is something to compare with"), found.mde is not None, found.text, blocks=False)


def _figures(snapshot: ExperimentSnapshot | None, verdict: Verdict | None) -> dict[str, Any]:
    """What was known, and in which words it was read: a later release may say the same of it in others."""
    if snapshot is None or verdict is None:
        return {}
    said = {"headline": verdict.headline, "sentences": verdict.sentences, "language": get_language()}
    kept = {"snapshot": snapshot.pk, "state": verdict.state, "unmet": verdict.unmet, "said": said}
    return {**kept, **verdict.numbers}
