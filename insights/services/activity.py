"""The log of what happened on the site."""

from accounts.models import User
from insights.models import ActivityLog


def anonymise(*, user: User) -> int:
    """Keep what was counted and nothing that leads back to the person; returns how many rows that were."""
    return ActivityLog.objects.filter(user=user).update(
        user=None, session_id=None, ip_address=None, user_agent=None, referer=None, metadata=None
    )
