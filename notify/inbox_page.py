"""The page of the inbox, put together: what was asked for, and its lines by day."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext

from accounts.models import User
from notify import lines, queries
from notify.kinds import KINDS
from notify.lines import Said
from notify.models import Channel, InboxNotification
from notify.services import preferences
from notify.services.inbox import KEPT

IN_INBOX: Mapping[str, Promise] = {kind.slug: kind.label for kind in KINDS.values() if Channel.IN_APP in kind.channels}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it cannot mean is left out."""

    show: str = queries.ALL
    kind: str = ""
    before: int | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        before = query.get("before", "")
        return cls(
            show=query.get("show", "") if query.get("show", "") in queries.SHOWS else queries.ALL,
            kind=query.get("kind", "") if query.get("kind", "") in IN_INBOX else "",
            before=int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None,
        )

    def query(self, **changed: Any) -> str:
        told = {"show": self.show, "kind": self.kind, **changed}
        return "?" + urlencode({name: value for name, value in told.items() if value})


@dataclass(frozen=True, slots=True)
class Row:
    """One line as it is shown: `id` is its newest notification's."""

    id: int
    said: Said
    kind: str
    label: str
    at: datetime.datetime
    unread: bool
    lines: str
    can_mute: bool


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    rows: Sequence[Row]


def context(user: User, asked: Asked) -> dict[str, Any]:
    found, has_more = queries.heads(user.pk, show=asked.show, kind=asked.kind, before=asked.before)
    by_id = queries.lines_of(found)
    titles = lines.titles_for(list(by_id.values()))
    rows = [_row(head, [by_id[pk] for pk in head.ids if pk in by_id], titles) for head in found]
    newest = max((line.created_at for line in by_id.values()), default=None)
    return {
        "asked": asked,
        "days": _days([row for row in rows if row]),
        "older": asked.query(before=found[-1].newest) if has_more else "",
        "newest_page": asked.query() if asked.before else "",
        "shows": _shows(asked),
        "kinds": IN_INBOX.items(),
        "shown_at": newest,
        "snapshot": found[0].snapshot if found else "",
        "newest": found[0].newest if found and not asked.before else 0,
        "days_kept": KEPT.days,
        "digest_day": "" if found else _digest_day(user),
    }


def _row(head: queries.Head, group: Sequence[InboxNotification], titles: lines.Titles) -> Row | None:
    """None for what was deleted between two queries."""
    if not group:
        return None
    kind = group[0].kind
    count = ngettext("%(count)s message", "%(count)s messages", head.lines)
    return Row(
        id=head.newest,
        said=lines.say(group, titles, count=head.lines),
        kind=kind,
        label=str(IN_INBOX.get(kind, group[0].get_category_display())),
        at=head.at,
        unread=head.unread,
        lines=count % {"count": number_format(head.lines, force_grouping=True)} if head.lines > 1 else "",
        can_mute=kind in IN_INBOX,
    )


def _days(rows: Sequence[Row]) -> list[Day]:
    days: dict[datetime.date, list[Row]] = {}
    for row in rows:
        days.setdefault(timezone.localdate(row.at), []).append(row)
    return [Day(_day_name(day), those) for day, those in days.items()]


def _day_name(day: datetime.date) -> str:
    back = (timezone.localdate() - day).days
    if back in (0, 1):
        return gettext("Yesterday") if back else gettext("Today")
    return date_format(day)


def _shows(asked: Asked) -> list[tuple[str, str, bool]]:
    words = {
        queries.ALL: gettext("All"),
        queries.UNREAD: gettext("Unread"),
        queries.ARCHIVED: pgettext("state", "Put away"),
    }
    return [(asked.query(show=show) or "?", word, show == asked.show) for show, word in words.items()]


def _digest_day(user: User) -> str:
    preference = preferences.of(user)
    return str(WEEKDAYS[preference.digest_day]) if preference.weekly_digest else ""
