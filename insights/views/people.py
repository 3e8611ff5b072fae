"""Looking one person up, and at what each algorithm would show them. Nothing can be changed here."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from accounts.models import User
from insights import people
from insights.access import for_staff
from insights.filters import PeopleFilter
from insights.people import Inspected
from insights.people_tables import ActsTable, LogTable, PeopleTable
from insights.services import inspections
from web.htmx import render_page, wants_partial

A_PAGE = 20
ACTS_A_PAGE = 15


@never_cache
@require_safe
@for_staff
def search(request: MemberRequest) -> HttpResponse:
    """Nobody is listed before somebody is asked for."""
    found = PeopleFilter(request.GET, queryset=User.objects.all(), request=request)
    table = PeopleTable(found.qs, reader=request.user)
    RequestConfig(request, paginate={"per_page": A_PAGE, "silent": True}).configure(table)
    context = {"filter": found, "table": table, "total": table.paginator.count, "asked": request.GET.get("q", "")}
    return render_page(request, "insights/people/search.html", context, partial="results")


@never_cache
@require_safe
@for_staff
def show(request: MemberRequest, pk: int) -> HttpResponse:
    """Each look is written down before anything is shown; only the algorithm that is asked for has to work."""
    user = get_object_or_404(User, pk=pk)
    inspected = Inspected(user)
    algorithm = request.GET.get("algorithm", "")
    algorithm = algorithm if algorithm in inspected.algorithms else inspected.served
    inspections.record(actor=request.user, person=user, algorithm=algorithm)
    context = {
        "inspected": inspected,
        "person": user,
        "email": people.address(user, reader=request.user),
        "algorithm": algorithm,
        "most_looks": people.LOOKS,
        "choice": inspected.algorithms[algorithm],
        **_shown(request, inspected, algorithm),
        **({} if wants_partial(request) else _tables(request, inspected)),
    }
    return render_page(request, "insights/people/person.html", context, partial="swap")


def _shown(request: MemberRequest, inspected: Inspected, algorithm: str) -> dict[str, Any]:
    """The list, and the numbers behind one of its films where they are asked for."""
    picks = inspected.picks(algorithm)
    asked = request.GET.get("film", "")
    opened = next((pick for pick in picks if str(pick.card.id) == asked), None)
    return {
        "picks": picks,
        "opened": opened,
        "working": inspected.working(algorithm, opened.card.id) if opened else None,
        "versions": sorted({pick.version for pick in picks if pick.version}),
    }


def _tables(request: MemberRequest, inspected: Inspected) -> dict[str, Any]:
    acts, log = ActsTable(inspected.acts()), LogTable(inspected.log())
    for table in (acts, log):
        RequestConfig(request, paginate={"per_page": ACTS_A_PAGE, "silent": True}).configure(table)
    return {"acts": acts, "log": log}
