"""Who looked at whom, for those who look after that. The rows can only be read."""

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from insights import people
from insights.access import for_auditors
from insights.filters import InspectionFilter
from insights.models import Inspection
from insights.people_tables import InspectionsTable
from recs import streams
from web.htmx import render_page

A_PAGE = 25
NAMES = [f"{who}__{part}" for who in ("actor", "person") for part in ("first_name", "last_name", "username")]


@never_cache
@require_safe
@for_auditors
def show_all(request: MemberRequest) -> HttpResponse:
    table, found = _listed(request)
    context = {
        "table": table,
        "filter": found,
        "total": table.paginator.count,
        "file": f"{reverse('insights:inspections_file')}?{request.GET.urlencode()}",
    }
    return render_page(request, "insights/people/inspections.html", context, partial="results")


@never_cache
@require_safe
@for_auditors
def download(request: MemberRequest) -> StreamingHttpResponse:
    """The same looks in the same order, all of them."""
    table, _found = _listed(request)
    return streams.csv_file(
        f"inspections-{timezone.localdate():%Y%m%d}.csv", people.looks_listed(table.data.data).csv()
    )


def _listed(request: MemberRequest) -> tuple[InspectionsTable, InspectionFilter]:
    looks = Inspection.objects.select_related("actor", "person").only("at", "algorithm", *NAMES)
    found = InspectionFilter(request.GET, queryset=looks, request=request)
    found.form.label_suffix = ""
    table = InspectionsTable(found.qs)
    RequestConfig(request, paginate={"per_page": A_PAGE, "silent": True}).configure(table)
    return table, found
