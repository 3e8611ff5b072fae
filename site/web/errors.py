"""Our own error pages. The one for a lost database needs neither database, session nor user."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader


def is_database_down(problem: BaseException | None) -> bool:
    return isinstance(problem, OperationalError | InterfaceError)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(loader.render_to_string("errors/400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_database_down(sys.exc_info()[1]):
        return HttpResponse(loader.render_to_string("errors/503.html"), status=503, headers={"Retry-After": "5"})
    return HttpResponse(loader.render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was old or came from elsewhere: say so, and offer the way back."""
    return render(request, "errors/csrf.html", status=403)
