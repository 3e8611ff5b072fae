"""What a stream tells: how much is unseen, and the newest line, read for everybody whom a change is about at once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone, translation

from notify import context, lines
from notify.models import InboxNotification

_STATES = """
    SELECT asked.id,
           (SELECT count(*) FROM in_app_notifications
            WHERE user_id = asked.id AND seen_at IS NULL AND NOT is_archived
              AND (expires_at IS NULL OR expires_at > %s)),
           (SELECT max(id) FROM in_app_notifications WHERE user_id = asked.id)
    FROM unnest(%s::bigint[]) AS asked (id)
"""


@dataclass(frozen=True, slots=True)
class State:
    """`newest` is the id of the person's newest line, 0 when they have none: where a broken stream goes on."""

    unseen: int = 0
    newest: int = 0
    line: InboxNotification | None = field(default=None, compare=False)
    titles: lines.Titles = field(default_factory=dict, compare=False)


def read(people: Iterable[int]) -> dict[int, State]:
    """The state of each of these people's inboxes: three queries however many they are."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [timezone.now(), list(people)])
        counted = cursor.fetchall()
    newest = InboxNotification.objects.in_bulk([pk for _, _, pk in counted if pk])
    titles = lines.titles_for(list(newest.values()))
    return {user_id: State(unseen, pk or 0, newest.get(pk), titles if pk else {}) for user_id, unseen, pk in counted}


def missed(user_id: int, after: int) -> int:
    """How many lines came after this one, for a page whose stream was broken for a while."""
    return InboxNotification.objects.filter(user=user_id, pk__gt=after, is_archived=False).count()


def event(state: State, *, language: str, missed: int = 0) -> bytes:
    """The state as an event of the stream, in the reader's language."""
    with translation.override(language):
        told: dict[str, object] = {
            "unseen": state.unseen,
            "label": context.label(state.unseen),
            "short": context.short(state.unseen),
            "newest": _newest(state),
        }
        if missed:
            told["missed"] = missed
    return f"id: {state.newest}\nevent: inbox\ndata: {json.dumps(told)}\n\n".encode()


def _newest(state: State) -> Mapping[str, object] | None:
    if state.line is None:
        return None
    return {"id": state.newest, "text": lines.plain(lines.say([state.line], state.titles))}
