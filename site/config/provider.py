"""Sending through a mail provider with django-anymail, an optional extra: MAIL_PROVIDER and ANYMAIL_… variables."""

import os
import re
from importlib.util import find_spec
from typing import Any

from config import env

NAMES = [
    *("amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark"),
    *("resend", "sendgrid", "sparkpost", "unisender_go"),
]
# Without one of these anybody could tell us what became of a mail.
SECRETS = re.compile(r"(WEBHOOK_SECRET|SIGNING_KEY|SIGNING_SECRET|WEBHOOK_KEY|VERIFICATION_KEY)$")


def name() -> str:
    """The provider's name, or nothing. Stops the start where the extra is not installed."""
    chosen = env.choice("MAIL_PROVIDER", "none", ["none", *NAMES])
    if chosen == "none":
        return ""
    if find_spec("anymail") is None:
        env.stop("MAIL_PROVIDER", "needs the extra “anymail”: pip install 'marquee[anymail]'")
    return chosen


def settings(provider: str) -> dict[str, Any]:
    """Django's settings for the provider: every ANYMAIL_X of the environment is anymail's own setting X."""
    own = {key.removeprefix("ANYMAIL_"): value for key, value in os.environ.items() if key.startswith("ANYMAIL_")}
    secret = own.get("WEBHOOK_SECRET")
    if provider and secret is not None and not re.fullmatch(r"[^:\s]+:\S{8,}", secret):
        env.stop("ANYMAIL_WEBHOOK_SECRET", "must look like name:password, with 8 characters or more behind the colon")
    has_webhooks = bool(provider) and any(value and SECRETS.search(key) for key, value in own.items())
    if not provider:
        return {"ANYMAIL": {}, "MAIL_WEBHOOKS": False}
    return {
        "ANYMAIL": {**own, "REQUESTS_TIMEOUT": (10, 20), "SEND_DEFAULTS": {}},
        "EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend",
        "MAIL_WEBHOOKS": has_webhooks,
    }


def event_source(*, has_webhooks: bool) -> str:
    """Who reports what became of every mail: the provider, a reader of a mail server's log, or nobody."""
    source = env.choice("MAIL_EVENT_SOURCE", "provider" if has_webhooks else "none", ["none", "provider", "log"])
    if source == "provider" and not has_webhooks:
        env.stop("MAIL_EVENT_SOURCE", "is 'provider', but there is no MAIL_PROVIDER with a secret for its webhooks")
    return source
