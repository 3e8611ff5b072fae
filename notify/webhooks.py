"""What a mail provider reports, by its webhooks: django-anymail checks who calls and puts every provider's words into
the same few; here they become events. Only where MAIL_PROVIDER and a secret for its webhooks are set.
"""

import functools
import logging
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import URLPattern

from notify.models import Delivery, EventKind
from notify.services import events

PLAIN = {
    "queued": EventKind.ACCEPTED,
    "sent": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "opened": EventKind.OPENED,
    "clicked": EventKind.CLICKED,
    "complained": EventKind.COMPLAINED,
    "unsubscribed": EventKind.UNSUBSCRIBED,
}
# The provider would not send, because of what the person did before.
BECAUSE = {"unsubscribed": EventKind.UNSUBSCRIBED, "spam": EventKind.COMPLAINED}
REFUSALS = {"bounced", "rejected", "failed"}
ENHANCED = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
# Programs that fetch everything in a mail before its reader does.
MACHINES = re.compile(r"imageproxy|mailproxy|bot\b|crawl|scan|spider|preview|barracuda|mimecast|proofpoint", re.I)
TOO_FAST_SECONDS = 2
# What comes of reading JSON of another shape, or numbers that are no time.
NO_REPORT = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError)
logger = logging.getLogger(__name__)


def tracking_urls() -> list[URLPattern]:
    """The address that the provider calls, and no other provider's."""
    if not settings.MAIL_WEBHOOKS:
        return []
    from anymail.urls import urlpatterns  # noqa: PLC0415 - an optional extra

    wanted = f"{settings.MAIL_PROVIDER}_tracking_webhook"
    return [
        URLPattern(one.pattern, _careful(one.callback), one.default_args, one.name)
        for one in urlpatterns
        if one.name == wanted
    ]


def _careful(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever sends what is no report, signed or not, is told so and breaks nothing."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NO_REPORT as problem:
            logger.warning("a report could not be read: %s: %s", type(problem).__name__, problem)
            return HttpResponseBadRequest("This is no report.\n", content_type="text/plain; charset=utf-8")

    return answer


def listen() -> None:
    """Hear of reports from now on."""
    from anymail.signals import tracking  # noqa: PLC0415 - an optional extra

    tracking.connect(heard, dispatch_uid="notify.heard")


def heard(event: Any, esp_name: str, **_kwargs: Any) -> None:
    """One report; the same one any number of times, in any order. An error here lets the provider try again later."""
    row = _row(event)
    kind, about_address = _kind(event)
    if kind is None:
        return
    events.record(
        event=kind,
        delivery=row,
        message_id=event.message_id or "",
        address=event.recipient or "",
        provider_key=f"{esp_name}:{event.event_id}" if event.event_id else "",
        at=event.timestamp,
        is_machine=_is_machine(event, row),
        detail=_detail(event, esp_name),
        about_address=about_address,
    )


def _row(event: Any) -> Delivery | None:
    """By the number that we gave the provider with the message; events.record knows the other ways."""
    number = str((event.metadata or {}).get("delivery", ""))
    return Delivery.objects.filter(id=int(number)).first() if re.fullmatch(r"\d{1,18}", number) else None


def _kind(event: Any) -> tuple[EventKind | None, bool]:
    """What happened, and whether it says something of the address."""
    if event.event_type not in REFUSALS:
        return PLAIN.get(event.event_type), True
    if event.reject_reason in BECAUSE:
        return BECAUSE[event.reject_reason], True
    found = ENHANCED.search(event.mta_response or "") or ENHANCED.search(event.description or "")
    status = found[0] if found else ""
    if status == "5.4.4" or status[2:].startswith("7.") or event.reject_reason == "blocked":
        return EventKind.SOFT_BOUNCE, False
    if status.startswith("5.1.") or (not status and event.reject_reason in {"invalid", "bounced"}):
        return EventKind.HARD_BOUNCE, True
    return EventKind.SOFT_BOUNCE, event.event_type == "bounced"


def _is_machine(event: Any, row: Delivery | None) -> bool:
    if event.event_type not in {"opened", "clicked"}:
        return False
    if MACHINES.search(event.user_agent or ""):
        return True
    since = (row.delivered_at or row.sent_at) if row else None
    return bool(since and event.timestamp and (event.timestamp - since).total_seconds() < TOO_FAST_SECONDS)


def _detail(event: Any, esp_name: str) -> dict[str, str]:
    said = {
        "provider": esp_name,
        "reason": event.reject_reason,
        "said": event.mta_response or event.description,
        "agent": event.user_agent,
    }
    return {name: str(value)[:500] for name, value in said.items() if value}
