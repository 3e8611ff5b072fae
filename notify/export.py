"""What a person's own export says of what they hear from us: their choices, and what we sent them."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from notify.models import Channel
from notify.services import preferences

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def choices(user: User) -> dict[str, Any]:
    kept = preferences.of(user)
    kinds: dict[str, dict[str, bool]] = {}
    for (kind, channel), on in preferences.squares(user).items():
        kinds.setdefault(kind, {})[str(channel)] = on
    return {
        "kinds": kinds,
        "digest": {"day": DAYS[kept.digest_day], "time": kept.digest_time, "timezone": kept.timezone},
        "quiet_hours": {"from": kept.quiet_start, "until": kept.quiet_end} if kept.quiet_start is not None else None,
        "paused_until": kept.paused_until,
        "notes_followed_links": kept.measure_clicks,
    }


def messages(user: User) -> list[dict[str, Any]]:
    """Oldest first, and what was not sent in the end too: its state says so. What somebody of the staff sent to their
    own address to see how it looks never was this person's."""
    theirs = Q(is_test=False) | Q(channel=Channel.PUSH) | Q(recipient__iexact=user.email)
    rows = user.deliveries.filter(theirs).order_by("created_at", "id")
    columns = ("notification_type", "channel", "subject", "status", "created_at", "sent_at")
    names = ("kind", "channel", "subject", "state", "made_at", "sent_at")
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*columns)]
