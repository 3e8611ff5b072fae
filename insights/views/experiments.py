"""Experiments for those who run them: the list, one with all that it says, the form, and the figures to take away."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from insights import experiment_reports as reports
from insights import experiment_words as words
from insights.access import for_experimenters
from insights.experiment_tables import SWAP, ExperimentsTable
from insights.experiments import power
from insights.experiments.sentences import algorithm, number, percent
from insights.filters import ExperimentFilter
from insights.forms import ExperimentForm
from insights.models import ExperimentSnapshot
from insights.services import snapshots
from recs.models import Experiment
from recs.services import experiments
from recs.services.experiments import Refused
from web.htmx import render_page, wants_partial

A_PAGE = 20


@never_cache
@require_safe
@for_experimenters
def show_all(request: MemberRequest) -> HttpResponse:
    found = ExperimentFilter(request.GET, queryset=Experiment.objects.all())
    table = ExperimentsTable(found.qs)
    RequestConfig(request, paginate={"per_page": A_PAGE, "silent": True}).configure(table)
    total = table.paginator.count
    context = {"table": table, "filter": found, "total": total, "swap": SWAP}
    return render_page(request, "insights/experiments/list.html", context, partial="results")


@never_cache
@require_safe
@for_experimenters
def show(request: MemberRequest, pk: int) -> HttpResponse:
    """The verdict, then what it rests on."""
    experiment = get_object_or_404(Experiment, pk=pk)
    report = reports.report(experiment, snapshots.latest(experiment))
    moments = reports.course(experiment)
    context = {
        **_about(experiment),
        "report": report,
        "said": words.said_then(experiment),
        "days": reports.told_by_day(moments),
        "band": reports.band_of(moments),
        "history": words.history(experiment),
        "live": experiment.status == Experiment.Status.RUNNING,
    }
    return render_page(request, "insights/experiments/detail.html", context, partial="verdict")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def new(request: MemberRequest) -> HttpResponse:
    if request.method != "POST" or "plan" in request.POST:
        return _form(request, ExperimentForm(request.POST or None))
    form = ExperimentForm(request.POST)
    if not form.is_valid():
        return _form(request, form)
    try:
        experiment = experiments.create(actor=request.user, **form.values)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _form(request, form)
    messages.success(request, _("The draft is saved. Nobody sees it until you start it."))
    return HttpResponseRedirect(reverse("insights:experiment", args=[experiment.pk]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_experimenters
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment, pk=pk)
    form = ExperimentForm(request.POST or None, experiment=experiment)
    if request.method != "POST" or "plan" in request.POST or not form.is_valid():
        return _form(request, form)
    try:
        experiments.edit(experiment_id=pk, actor=request.user, seen=form.seen_at, **form.values)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _form(request, form)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("insights:experiment", args=[pk]))


@never_cache
@require_safe
@for_experimenters
def plan(request: MemberRequest) -> HttpResponse:
    """What can be seen with our traffic; the form asks again whenever one of its fields changes."""
    context = {"plan": _plan(ExperimentForm(request.GET)), "form": ExperimentForm()}
    if not wants_partial(request):
        return HttpResponseRedirect(reverse("insights:experiment_new"))
    return render_page(request, "insights/experiments/form.html", context, partial="plan")


@never_cache
@require_safe
@for_experimenters
def download(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    """The sums of the newest snapshot, from which everything on the page can be worked out again."""
    experiment = get_object_or_404(Experiment, pk=pk)
    snapshot = snapshots.latest(experiment)
    if snapshot is None:
        raise Http404
    if kind == "json":
        answer = HttpResponse(json.dumps(_told(experiment, snapshot), indent=2), content_type="application/json")
    else:
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        csv.writer(answer).writerows(_rows(snapshot))
    name = slugify(experiment.name) or "experiment"
    answer["Content-Disposition"] = f'attachment; filename="{name}-{snapshot.at:%Y%m%dT%H%M}.{kind}"'
    return answer


def _about(experiment: Experiment) -> dict[str, Any]:
    outcome = words.outcomes([experiment]).get(experiment.pk)
    return {
        "experiment": experiment,
        "badge": words.badge(experiment),
        "time_left": words.time_left(experiment),
        "decision": words.decision(experiment, outcome),
        "name_a": algorithm(experiment.algorithm_a),
        "name_b": algorithm(experiment.algorithm_b),
        "share_a": percent(experiment.traffic_split),
        "share_b": percent(1 - experiment.traffic_split),
    }


def _form(request: MemberRequest, form: ExperimentForm) -> HttpResponse:
    """The page of a draft; with what is planned worked out where somebody asked for it without a script."""
    asked = "plan" in request.POST
    context = {"form": form, "experiment": form.experiment, "plan": _plan(form) if asked else None}
    if asked:
        form.errors.clear()  # somebody is still at it
    status = 422 if form.is_bound and form.errors else 200
    return render_page(request, "insights/experiments/form.html", context, partial="page", status=status)


def _plan(form: ExperimentForm) -> dict[str, Any]:
    """In words; says what is missing where the form does not say enough yet."""
    form.is_valid()
    said = form.cleaned_data
    start, end, metric = said.get("start_date"), said.get("end_date"), said.get("target_metric")
    confidence = said.get("confidence_level")
    days = round((end - max(start, timezone.now())) / timedelta(days=1)) if start and end else 0
    if not metric or not confidence or days < 1:
        return {"text": _("Choose a goal, and a start and an end at least a day apart, to see what can be seen.")}
    found = power.plan(metric, days=days, split=form.part("share"), confidence=confidence)
    part = form.part("part_to") - form.part("part_from")
    needed = found.needed(0.1)
    smaller = min(found.per_arm) * part
    least = said.get("minimum_sample_size") or 0
    return {
        "text": found.text,
        "people": number(found.people * part),
        "smaller": number(smaller),
        "least": number(least),
        "reached": smaller >= least,
        "part": part < 1,
        "needed": number(needed) if needed else "",
        "mixed": said.get("kind") == Experiment.Kind.INTERLEAVING,
    }


def _told(experiment: Experiment, snapshot: ExperimentSnapshot) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "at": snapshot.at.isoformat(),
        "code_version": snapshot.code_version,
        "sums": snapshot.sums,
        "results": snapshot.results,
    }


def _rows(snapshot: ExperimentSnapshot) -> Iterator[list[Any]]:
    yield ["arm", "sum", "value"]
    for arm, sums in snapshot.sums["arms"].items():
        for name, value in sums.items():
            yield [arm, name, json.dumps(value) if isinstance(value, list | dict) else value]
