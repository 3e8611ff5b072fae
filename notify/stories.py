"""What happened to one message, in order: from its own row, and from what others told of it."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify.models import Delivery, DeliveryEvent, DeliveryStatus, EventKind
from notify.reasons import SENTENCES

Text = str | Promise


@dataclass(frozen=True)
class Moment:
    """`said` quotes the other side, or the reason somebody gave; `mail` is the row that came of it."""

    at: datetime.datetime
    what: Text
    said: str = ""
    is_machine: bool = False
    mail: int | None = None


def of(delivery: Delivery) -> list[Moment]:
    """Oldest first."""
    return sorted([*_own(delivery), *_told(delivery)], key=lambda moment: moment.at)


def sentence(reason: str) -> Text:
    return SENTENCES.get(reason, reason)


def _own(delivery: Delivery) -> Iterator[Moment]:
    yield Moment(delivery.created_at, _("Made"), mail=(delivery.data or {}).get("resent_from"))
    if delivery.sent_at:
        yield Moment(delivery.sent_at, _("Handed over"))
    if delivery.status == DeliveryStatus.SCHEDULED and delivery.scheduled_at > delivery.created_at:
        yield Moment(delivery.scheduled_at, _("Not before this time"))


def _told(delivery: Delivery) -> Iterator[Moment]:
    events = list(DeliveryEvent.objects.filter(delivery_id=delivery.id).order_by("at", "id"))
    staff = User.objects.in_bulk([event.detail["by"] for event in events if _is_number(event.detail.get("by"))])
    for event in events:
        yield Moment(
            event.at,
            EventKind(event.event).label,
            said=_said(event, staff),
            is_machine=event.is_machine,
            mail=event.detail.get("as") if event.event == EventKind.RESENT else None,
        )


def _said(event: DeliveryEvent, staff: Mapping[int, User]) -> str:
    if event.event not in {EventKind.RESENT, EventKind.CONFIRMED}:
        return str(event.detail.get("said") or event.detail.get("description") or "")
    who = staff.get(event.detail.get("by", 0))
    name = who.display_name if who else gettext("somebody who has left")
    return gettext("%(name)s: %(reason)s") % {"name": name, "reason": event.detail.get("reason", "")}


def _is_number(found: Any) -> bool:
    return isinstance(found, int)
