"""/staff/mail/health/ and /staff/mail/suppressions/: whether mail gets out, and whom we do not write to."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from notify import mail_health
from notify.access import for_staff
from notify.filters import SuppressionFilter
from notify.forms import SuppressForm
from notify.models import Circuit, Suppression, SuppressionReason
from notify.services import circuits, staff_log, suppressions
from notify.tables import SWAP, SuppressionsTable
from web.htmx import render_page, wants_partial

A_PAGE = 30
LIST = "notify/staff/suppressions.html"
APART = "new_%s"  # beside the filter, which has a field of the same name


@never_cache
@require_safe
@for_staff
def health(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "notify/staff/health.html", {"health": mail_health.look(now), "now": now})


@never_cache
@require_POST
@for_staff
def close_circuit(request: MemberRequest, pk: int) -> HttpResponse:
    """Try at once, whatever went before."""
    circuit = get_object_or_404(Circuit, pk=pk)
    circuits.worked(name=circuit.name)
    staff_log.changed(actor=request.user, what=circuit, said="tried again at once")
    messages.success(request, _("The next message is tried at once."))
    return redirect("notify:mail_health")


@never_cache
@require_safe
@for_staff
def suppressed(request: MemberRequest) -> HttpResponse:
    return _list(request, SuppressForm(auto_id=APART))


@never_cache
@require_POST
@for_staff
def suppress(request: MemberRequest) -> HttpResponse:
    form = SuppressForm(request.POST, auto_id=APART)
    if not form.is_valid():
        return _list(request, form)
    made = suppressions.add(reason=SuppressionReason.STAFF, by=request.user, **form.cleaned_data)
    staff_log.changed(actor=request.user, what=made, said="put on the list")
    messages.success(request, _("Nothing of this kind goes to that address any more."))
    return redirect("notify:suppressions")


@never_cache
@require_POST
@for_staff
def lift(request: MemberRequest, pk: int) -> HttpResponse:
    suppression = get_object_or_404(Suppression, pk=pk)
    suppressions.lift(suppression=suppression)
    staff_log.changed(actor=request.user, what=suppression, said="taken off the list")
    return _line(request, suppression, _("The address is off the list."))


@never_cache
@require_POST
@for_staff
def put_back(request: MemberRequest, pk: int) -> HttpResponse:
    suppression = get_object_or_404(Suppression, pk=pk)
    suppressions.put_back(suppression=suppression)
    staff_log.changed(actor=request.user, what=suppression, said="put back on the list")
    return _line(request, suppression, _("The address is on the list again."))


def _line(request: MemberRequest, suppression: Suppression, said: str) -> HttpResponse:
    """The button that takes it back, in the place of the one that was pressed."""
    if wants_partial(request):
        context = {"one": suppression, "now": timezone.now(), "said": said}
        return render(request, "notify/staff/_suppression.html", context)
    messages.success(request, said)
    return redirect("notify:suppressions")


def _list(request: MemberRequest, form: SuppressForm) -> HttpResponse:
    found = SuppressionFilter(request.GET, queryset=Suppression.objects.select_related("created_by"))
    table = SuppressionsTable(found.qs)
    RequestConfig(request, paginate={"per_page": A_PAGE, "silent": True}).configure(table)
    context = {"table": table, "filter": found, "total": table.paginator.count, "swap": SWAP, "form": form}
    return render_page(request, LIST, context, partial="results", status=422 if form.errors else 200)
