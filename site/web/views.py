"""Pages that belong to no app: the colour theme, and the sheet of every component for staff."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from web import samples

THEMES = ("system", "light", "dark")
YEAR = 60 * 60 * 24 * 365


@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """Remember on this device how the site should look, and go back."""
    chosen = request.POST.get("theme", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for those who build pages."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    table = samples.SampleTable(samples.ROWS)
    RequestConfig(request, paginate={"per_page": 2}).configure(table)
    context = {"form": samples.SampleForm(), "bound": samples.SampleForm({"email": "viewer"}), "table": table}
    return render(request, "styleguide.html", context)
