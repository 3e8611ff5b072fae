"""The inbox: telling people, and what they do with what they were told."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.models import User
from notify.kinds import KINDS
from notify.models import Channel, InboxNotification
from notify.services import preferences

KEPT = datetime.timedelta(days=90)


def tell(
    *,
    user: User,
    kind: str,
    key: str | None = None,
    title: str | None = None,
    message: str | None = None,
    action_url: str | None = None,
    data: Mapping[str, Any] | None = None,
    group_key: str = "",
    expires_at: datetime.datetime | None = None,
) -> InboxNotification | None:
    """One new line; None when the person does not want this kind, or has been told the same (`key`) before."""
    if not preferences.wants(user=user, kind=kind, channel=Channel.IN_APP):
        return None
    line = InboxNotification(
        user=user,
        category=KINDS[kind].category,
        kind=kind,
        key=key,
        group_key=group_key,
        title=title,
        message=message,
        action_url=action_url,
        action_data=dict(data) if data else None,
        expires_at=expires_at or timezone.now() + KEPT,
    )
    if key is None:
        line.save()
        return line
    InboxNotification.objects.bulk_create([line], ignore_conflicts=True)
    return InboxNotification.objects.filter(user=user, key=key, created_at=line.created_at).first()
