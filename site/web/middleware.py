"""What every answer carries, whatever the view."""

import zoneinfo
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

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


def local_time(get_response: GetResponse) -> GetResponse:
    """Show times in the zone of the `timezone` cookie, which the browser's script and the settings page write."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get("timezone", "")
        if name and len(name) <= 50 and name in zoneinfo.available_timezones():
            with timezone.override(zoneinfo.ZoneInfo(name)):
                return get_response(request)
        return get_response(request)

    return middleware
