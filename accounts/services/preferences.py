"""A person's language, time zone and theme, as cookies: pages are rendered from them without a query."""

from django.conf import settings
from django.http import HttpResponse

from accounts import signals
from accounts.models import Language, User

NO_CHOICE = "UTC"
YEAR = 60 * 60 * 24 * 365
_DJANGO_CODES = {Language.CHINESE.value: "zh-hans"}


def django_language(preferred: str) -> str:
    """Django's code of a preferred language: `zh` is written in simplified characters."""
    return _DJANGO_CODES.get(preferred, preferred)


def preferred_language(code: str | None) -> str:
    """The preference that fits Django's code of a language; English when there is none."""
    base = (code or "").partition("-")[0].lower()
    return base if base in Language.values else Language.ENGLISH.value


def follow(response: HttpResponse, *, user: User) -> None:
    """At log-in: this browser takes on what the account says.

    An account that still has the default zone has chosen none, so that the browser's own zone stays.
    """
    zone = user.preferred_timezone
    _write(response, _language(user) | ({"timezone": zone} if zone != NO_CHOICE else {}))


def write_cookies(response: HttpResponse, *, user: User, theme: str) -> None:
    """What was chosen just now. The theme belongs to the browser, not to the account."""
    _write(response, _language(user) | {"timezone": user.preferred_timezone, "theme": theme})


def moved(*, user: User, before: str) -> None:
    """Tell the apps above that the person's days begin at another hour now."""
    if user.preferred_timezone != before:
        signals.zone_changed.send(sender=User, user=user, before=before)


def _language(user: User) -> dict[str, str]:
    return {settings.LANGUAGE_COOKIE_NAME: django_language(user.preferred_language)}


def _write(response: HttpResponse, cookies: dict[str, str]) -> None:
    for name, value in cookies.items():
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
