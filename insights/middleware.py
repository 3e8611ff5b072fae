"""What happens while a page is made is written down once the page is done."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from insights.services import activity


def activity_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        with activity.during(request) as happened:
            response = get_response(request)
            happened.succeeded = response.status_code < 400
        return response

    return middleware
