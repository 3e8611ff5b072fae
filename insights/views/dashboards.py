"""The dashboards: one page for each question, all with the same days and people in their address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from insights.access import for_staff
from insights.dashboards import activity, churn, discovery, funnel, health, overview, picks, retention, searches, spans
from insights.dashboards.figures import Figure, Text
from insights.dashboards.spans import Span
from insights.tables import SearchesTable
from recs import streams

SEARCHES_A_PAGE = 25


@dataclass(frozen=True)
class Page:
    title: Text
    lead: Text
    figures: Callable[[Span], list[Figure]]
    template: str = "insights/dashboard.html"
    fill: Callable[[MemberRequest, Span], dict[str, Any]] | None = None


def _overview(_request: MemberRequest, span: Span) -> dict[str, Any]:
    found = overview.board(span)
    return {
        "tiles": found["tiles"],
        "figures": [found["figure"]],
        "checks": [*found["fell"], *(check for check in health.checks() if check.level != "green")],
    }


def _searches(request: MemberRequest, span: Span) -> dict[str, Any]:
    every = searches.searches(span)
    found, form = searches.narrowed(every, request.GET)
    table = SearchesTable(found)
    RequestConfig(request, paginate={"per_page": SEARCHES_A_PAGE, "silent": True}).configure(table)
    return {"figures": [searches.daily(span)], "table": table, "search_form": form, "listed": searches.listed(every)}


def _health(_request: MemberRequest, span: Span) -> dict[str, Any]:
    return {"checks": health.checks(), "figures": health.figures(span)}


PAGES = {
    "overview": Page(
        _("Overview"),
        _("How the site does, and what needs somebody."),
        overview.figures,
        "insights/overview.html",
        _overview,
    ),
    "activity": Page(_("Activity"), _("How many people come, and what they do."), activity.figures),
    "funnel": Page(_("New people"), _("How far those get who joined in these days."), funnel.figures),
    "retention": Page(_("Coming back"), _("Who still comes weeks after joining."), retention.figures),
    "churn": Page(_("Staying away"), _("Who has not come for four weeks, and who came back."), churn.figures),
    "recommendations": Page(_("Picks"), _("What is shown as a pick, and what of it is opened."), picks.figures),
    "searches": Page(
        _("Searches"),
        _("What people look for, and what they do not find."),
        searches.figures,
        "insights/searches.html",
        _searches,
    ),
    "discovery": Page(_("Discovery"), _("Whether people get beyond the films everybody knows."), discovery.figures),
    "health": Page(
        _("Health"), _("Whether everything runs that nobody sees."), health.figures, "insights/health.html", _health
    ),
}


@never_cache
@require_safe
@for_staff
def show(request: MemberRequest, name: str) -> HttpResponse:
    """One page; its days and people are in the address."""
    page = PAGES[name]
    span, form = spans.read(request.GET)
    filled = page.fill(request, span) if page.fill else {"figures": page.figures(span)}
    context = {
        "page": page,
        "name": name,
        "span": span,
        "form": form,
        "presets": spans.PRESETS,
        "now": timezone.localtime(),
    }
    return render(request, page.template, context | filled)


@never_cache
@require_safe
@for_staff
def download(request: MemberRequest, name: str, figure: str) -> StreamingHttpResponse:
    """One figure of a page as CSV, for the same days and people."""
    span, _form = spans.read(request.GET)
    found = next((one for one in PAGES[name].figures(span) if one.name == figure), None) if name in PAGES else None
    if found is None:
        raise Http404
    return streams.csv_file(f"{name}-{figure}-{span.first:%Y%m%d}-{span.last:%Y%m%d}.csv", found.csv())
