"""What the pages are measured against: nothing but session and user, and a list as plain as Django makes it."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.models import Movie


@login_not_required
def empty(request: HttpRequest) -> HttpResponse:
    """Session and user, nothing else."""
    return HttpResponse(f"<!doctype html><title>empty</title><p>{request.user.get_username()}")


@login_not_required
def bare(request: HttpRequest, cards: int) -> HttpResponse:
    """Session, user, and one query whose films are rendered as minimal cards in a plain template."""
    return render(request, "bench/bare.html", {"movies": Movie.objects.best_known()[:cards]})


def count_queries(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer with the number of queries when the bench asks for it (never during the measurement)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "x-count-queries" not in request.headers:
            return get_response(request)
        queries: list[str] = []

        def record(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            queries.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(record):
            response = get_response(request)
        response["X-Queries"] = str(len(queries))
        return response

    return middleware
