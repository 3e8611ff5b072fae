"""Every request knows what its person did with films, once somebody asks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from recs.mine import Mine


def mine(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.mine = Mine(request.user)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
