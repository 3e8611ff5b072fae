"""Answering htmx: page or partial, and events that other parts of the page listen to."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from web.http import HtmxRequest


def wants_partial(request: HtmxRequest) -> bool:
    """An htmx swap; not a boosted link or a history restore, which need the whole page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HtmxRequest, template: str, context: dict[str, Any] | None = None, *, partial: str, status: int = 200
) -> HttpResponse:
    """The whole page, or only its partial for an htmx swap; caches are told that the two differ."""
    name = f"{template}#{partial}" if wants_partial(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    return response


def page_address(request: HtmxRequest) -> str:
    """Path and query of the page that htmx asked from; "" when it did not say, or said nonsense."""
    try:
        return request.htmx.current_url_abs_path or ""
    except ValueError:  # the header is the sender's to forge
        return ""
