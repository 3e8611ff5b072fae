"""What a request may say about whoever made it: with their consent little, without it nothing.

Without consent, and for every visitor who is not signed in, no account, session, address or browser is kept.
With it: the account, a keyed hash of the session, the network of the address, and the browser's name.
"""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import User
from insights.models import ActivityLog
from insights.services.lines import Row
from web.visits import AGENT, agent, is_program, looks

__all__ = ["agent", "counts", "crowd", "identity", "looks", "network", "referer", "session_hash", "signed_in"]

Action = ActivityLog.Action
# Only people count here, so that a click-through rate is theirs by construction.
OF_PEOPLE = frozenset({Action.RECOMMENDATION_IMPRESSION, Action.RECOMMENDATION_CLICK})
# Addresses below these may hold keys or say what somebody does with their account.
_PRIVATE = frozenset({"accounts", "admin", "insights", "me", "settings", "welcome"})


def crowd(user: User | None, agent: str | None) -> str:
    """Who stands apart from the people that statistics are about: "staff", "simulated", "bot", or "" for people.

    `agent` is None when there was no request; a request without a browser's name is a program's.
    """
    if user and user.is_simulated:
        return "simulated"
    if user and user.is_staff:
        return "staff"
    return "bot" if agent is not None and is_program(agent) else ""


def counts(action: str, crowd: str) -> bool:
    """Is this kept? Picks that were shown or clicked: of people only. The rest: of all, marked with their crowd."""
    return not (crowd and action in OF_PEOPLE)


def signed_in(request: HttpRequest) -> User | None:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def identity(request: HttpRequest | None, user: User | None) -> Row:
    """The columns that say who it was; none without consent."""
    if user is None or not user.data_usage_consent:
        return {}
    if request is None:
        return {"user_id": user.pk}
    return {
        "user_id": user.pk,
        "session_id": session_hash(request),
        "ip_address": network(request),
        "user_agent": agent(request)[:AGENT],
    }


def session_hash(request: HttpRequest) -> str | None:
    """The same within a session, and of no use to whoever finds it: the session's key cannot be told from it."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    return salted_hmac("insights.session", key, algorithm="sha256").hexdigest()[:32] if key else None


def network(request: HttpRequest) -> str | None:
    """The address without its last part: the /24 of an IPv4 address, the /48 of an IPv6 one."""
    return _network(_address(request))


def _address(request: HttpRequest) -> str:
    """As our own proxies saw it: what stands further left in the header is the sender's to forge."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if proxies and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        hops = forwarded.split(",")
        return hops[-proxies].strip() if len(hops) >= proxies else ""
    return request.META.get("REMOTE_ADDR") or ""


@lru_cache(4_096)
def _network(written: str) -> str | None:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((int(address), prefix), strict=False).network_address)


def referer(request: HttpRequest) -> str:
    """Where the visitor came from: the path of a page of ours, or the host of somebody else's; never a query."""
    try:
        came = urlsplit(request.META.get("HTTP_REFERER", ""))
        host = came.hostname or ""
    except ValueError:  # the header is the sender's to forge
        return ""
    if came.netloc != request.get_host():
        return host[:255] if came.scheme in ("http", "https") else ""
    first = came.path.split("/")[1] if came.path.startswith("/") else ""
    return f"/{first}/" if first in _PRIVATE else came.path[:255]
