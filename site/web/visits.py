"""Who asks, people or programs, and whether anybody looks at the answer: what a request's headers say of it."""

import re
from functools import lru_cache

from django.http import HttpRequest

AGENT = 255
_BOT = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|archiver|headless|lighthouse|preview|facebookexternalhit|monitor|uptime"
    r"|^(curl|wget|python|go-http|java|okhttp|ruby|perl|php|axios|node|libwww|apache-http)",
    re.IGNORECASE,
)


def agent(request: HttpRequest) -> str:
    return request.META.get("HTTP_USER_AGENT", "")


def is_program(agent: str) -> bool:
    """A request without a browser's name is a program's, too."""
    return _is_bot(agent[:AGENT])


@lru_cache(4_096)
def _is_bot(agent: str) -> bool:
    return not agent or bool(_BOT.search(agent))


def looks(request: HttpRequest) -> bool:
    """Does somebody look at the answer? Not after HEAD, nor when a browser fetches what might be asked for next."""
    said = request.META
    purpose = said.get("HTTP_SEC_PURPOSE") or said.get("HTTP_PURPOSE") or said.get("HTTP_X_MOZ") or ""
    return request.method != "HEAD" and "prefetch" not in purpose.lower()
