"""What every answer carries, whatever the view."""

import zoneinfo
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from web.htmx import page_address
from web.http import HtmxRequest

GetResponse = Callable[[HttpRequest], HttpResponse]
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def health(get_response: GetResponse) -> GetResponse:
    """/healthz: this process answers. /readyz: it reaches the database too. No host check, session or user."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except DatabaseError:
                return HttpResponse("database unreachable", content_type="text/plain", status=503)
            return HttpResponse("ready", content_type="text/plain")
        return get_response(request)

    return middleware


def security_headers(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return middleware


class LoginRequired(LoginRequiredMiddleware):
    """Closed by default. An open view is let through before anybody asks who the person is.

    Django's own looks at the user first, which costs a view that needs no user two queries.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]
        self, request: HtmxRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """To the log-in, and from there to the page: what is neither safe nor a page cannot be gone back to.

        htmx is sent there as a whole, else it would put the log-in page into a piece of the page.
        """
        if request.htmx:
            back = page_address(request)
        elif request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        else:
            back = request.POST.get("next") or request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = resolve_url(settings.LOGIN_REDIRECT_URL)
        answer = redirect_to_login(back, self.get_login_url(view_func))
        return HttpResponseClientRedirect(answer.url) if request.htmx else answer


@cache
def _zones() -> frozenset[str]:
    """Reading the list takes 3 ms, as long as some pages."""
    return frozenset(zoneinfo.available_timezones())


def local_time(get_response: GetResponse) -> GetResponse:
    """Show times in the zone of the `timezone` cookie, which the browser's script and the settings page write."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get("timezone", "")
        if name and len(name) <= 50 and name in _zones():
            with timezone.override(zoneinfo.ZoneInfo(name)):
                return get_response(request)
        return get_response(request)

    return middleware
