"""A person's language, time zone and theme, as cookies: pages are rendered from them without a query."""

from django.conf import settings
from django.http import HttpResponse

from accounts.models import Language, User

THEMES = ("system", "light", "dark")
YEAR = 60 * 60 * 24 * 365
_DJANGO_CODES = {Language.CHINESE.value: "zh-hans"}


def django_language(preferred: str) -> str:
    """Django's code of a preferred language: `zh` is written in simplified characters."""
    return _DJANGO_CODES.get(preferred, preferred)


def preferred_language(code: str | None) -> str:
    """The preference that fits Django's code of a language; English when there is none."""
    base = (code or "").partition("-")[0].lower()
    return base if base in Language.values else Language.ENGLISH.value


def write_cookies(response: HttpResponse, *, user: User, theme: str | None = None) -> None:
    """Make this browser follow what the account says. The theme belongs to the browser, not to the account."""
    values = {
        settings.LANGUAGE_COOKIE_NAME: django_language(user.preferred_language),
        "timezone": user.preferred_timezone,
        **({"theme": theme} if theme else {}),
    }
    for name, value in values.items():
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
