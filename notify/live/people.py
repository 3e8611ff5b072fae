"""Who may listen: whoever sends a session's cookie from a page of ours, for as long as that session lasts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from accounts.models import User

OVER = "over "


@dataclass(frozen=True, slots=True)
class Listener:
    user_id: int
    session_key: str
    password: str  # its hash: a new password ends the sessions that were opened with the old one


def who(cookies: str) -> Listener | None:
    """The person whom these cookies sign in."""
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if found is None or not found.value:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(found.value)
    user = get_user(request)
    if not isinstance(user, User):
        return None
    return Listener(user.pk, found.value, user.password)


def gone(listeners: Iterable[Listener]) -> set[Listener]:
    """Those whose session has ended, who have a new password, or whose account is closed: two queries for all."""
    asked = set(listeners)
    sessions = set(
        Session.objects.filter(
            session_key__in=[one.session_key for one in asked], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    people = dict(
        User.objects.filter(pk__in={one.user_id for one in asked}, is_active=True).values_list("pk", "password")
    )
    return {one for one in asked if one.session_key not in sessions or people.get(one.user_id) != one.password}


def hidden(session_key: str) -> str:
    """What stands for a session where others may read along."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def say_over(session_key: str) -> None:
    """Somebody has logged out: whoever streams to that session hears of it at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('inbox', %s)", [OVER + hidden(session_key)])


def is_ours(*, host: str, origin: str, site: str) -> bool:
    """Whether a page of this site asks. `host`, `origin` and `site` are the request's Host, Origin and
    Sec-Fetch-Site; a browser leaves the second out where page and stream are of one origin."""
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if not origin:
        return site in ("", "same-origin")
    asked = urlsplit(origin)
    if origin == _origin(settings.SITE_URL) or asked.netloc == host:
        return True
    return settings.LOCAL and asked.scheme == "http" and asked.netloc == f"{domain}:{settings.PORT}"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
