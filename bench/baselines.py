"""What the pages are measured against: nothing but session and user, and a list as plain as Django makes it."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from catalog.models import Movie
from recs.models import Interaction


@login_not_required
def empty(request: HttpRequest) -> HttpResponse:
    """Session and user, nothing else."""
    return HttpResponse(f"<!doctype html><title>empty</title><p>{request.user.get_username()}")


@login_not_required
def bare(request: HttpRequest, cards: int) -> HttpResponse:
    """Session, user, and one query whose films are rendered as minimal cards in a plain template."""
    return render(request, "bench/bare.html", {"movies": Movie.objects.best_known()[:cards]})


@require_POST
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The row of a rating and nothing else: found, written, committed."""
    with transaction.atomic():
        Interaction.objects.update_or_create(
            user_id=request.user.pk,
            movie=Movie.objects.only("pk").get(slug=slug),
            interaction_type=Interaction.Type.RATING,
            defaults={"rating": float(request.POST["rating"]), "timestamp": timezone.now()},
        )
    return HttpResponse(status=204)


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
