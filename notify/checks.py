"""What `manage.py check` and every start say about push messages."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from notify.push import web


def push(**_kwargs: Any) -> list[CheckMessage]:
    """Keys are set: then the extra must be there, and the two keys must belong together."""
    if not settings.VAPID_PRIVATE_KEY:
        return []
    if not web.is_installed():
        return [
            Error(
                "VAPID keys are set, but what encrypts push messages is not installed.",
                hint="Install it with `make push` (requirements/push.txt), or take VAPID_* out of the environment.",
                id="notify.E001",
            )
        ]
    if web.public_key(settings.VAPID_PRIVATE_KEY) != settings.VAPID_PUBLIC_KEY:
        return [
            Error(
                "VAPID_PUBLIC_KEY is not the other half of VAPID_PRIVATE_KEY.",
                hint="`manage.py generate_vapid_keys` prints a pair; set both lines of it.",
                id="notify.E002",
            )
        ]
    return []
