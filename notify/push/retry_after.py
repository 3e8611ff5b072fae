"""How long a server wants to be left alone."""

import datetime
from email.utils import parsedate_to_datetime

from django.utils import timezone

LONGEST = datetime.timedelta(hours=6)


def wait(header: str | None) -> datetime.timedelta | None:
    """A Retry-After of seconds or of an HTTP date (RFC 9110), six hours at most; None for nonsense and for none."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(datetime.timedelta(seconds=min(int(text[:12]), 10**9)), LONGEST)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.UTC)
    return max(datetime.timedelta(), min(at - timezone.now(), LONGEST))
