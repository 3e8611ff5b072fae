"""Web Push from VAPID_*: off without keys; a bad or half-given pair stops the start."""

import base64
import binascii
import re
from email.utils import parseaddr

from config import env

LENGTHS = {"VAPID_PUBLIC_KEY": 65, "VAPID_PRIVATE_KEY": 32}


def keys() -> tuple[str, str]:
    """The public and the private one; two empty strings where push is off."""
    public, private = (_key(name, length) for name, length in LENGTHS.items())
    if bool(public) != bool(private):
        missing = "VAPID_PRIVATE_KEY" if public else "VAPID_PUBLIC_KEY"
        env.stop(missing, "is not set, but its other half is; manage.py generate_vapid_keys prints a pair")
    return public, private


def subject(*, site_url: str, sender: str) -> str:
    """Whom a push service may turn to when something is wrong with our messages."""
    default = site_url if site_url.startswith("https://") else f"mailto:{parseaddr(sender)[1]}"
    value = env.text("VAPID_SUBJECT", default)
    if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://\S+", value):
        env.stop("VAPID_SUBJECT", "must be mailto:somebody@example.org or an https address")
    return value


def hosts() -> list[str]:
    """Push services beside the known ones."""
    found = env.names("PUSH_HOSTS", [])
    for host in found:
        if not re.fullmatch(r"(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?", host):
            env.stop("PUSH_HOSTS", f"holds {host!r}, but takes names like push.example.org or push.example.org:8443")
    return found


def _key(name: str, length: int) -> str:
    """base64url without padding, as browsers and py-vapid take it."""
    value = env.text(name, "").rstrip("=")
    if not value:
        return ""
    try:
        found = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != length:
        env.stop(name, f"must be {length} bytes as base64url; manage.py generate_vapid_keys prints a pair")
    return value
