"""What every template may say without asking."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_name": settings.SITE_NAME,
        "push_is_on": bool(settings.VAPID_PUBLIC_KEY),
        "mail_is_printed": settings.MAIL_IS_PRINTED,
        "source_url": settings.SOURCE_URL,
        "theme": request.COOKIES.get("theme", "system"),
    }
