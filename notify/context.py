"""What every template may know of its reader's inbox."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from notify import queries

MOST = 99


def label(unseen: int) -> str:
    """What the bell is called: the exact number, however short the badge is."""
    if not unseen:
        return _("Inbox")
    words = ngettext("Inbox, %(count)s new message", "Inbox, %(count)s new messages", unseen)
    return words % {"count": number_format(unseen, force_grouping=True)}


def short(unseen: int) -> str:
    if unseen > MOST:
        return f"{number_format(MOST)}+"
    return number_format(unseen) if unseen else ""


class Bell:
    """Counts when the template asks, once a page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def unseen(self) -> int:
        user = self._request.user
        return queries.unseen(user.pk) if user.is_authenticated else 0

    @property
    def label(self) -> str:
        return label(self.unseen)

    @property
    def short(self) -> str:
        return short(self.unseen)

    @property
    def events(self) -> str:
        """Where this page can listen to what arrives; empty where nothing streams."""
        return events_address(self._request)


def events_address(request: HttpRequest) -> str:
    """In local mode another port of the same host; behind a proxy an address of the same site."""
    address = settings.EVENTS_URL
    if settings.LOCAL:
        if not settings.EVENTS_PORT:
            return ""
        host = request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()
        address = f"{request.scheme}://{host}:{settings.EVENTS_PORT}{address}"
    return f"{address}?language={get_language()}" if address else ""


def inbox(request: HttpRequest) -> dict[str, Any]:
    return {"bell": Bell(request)} if hasattr(request, "user") else {}
