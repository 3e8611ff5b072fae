"""Rows of which nobody knows whether they went out: the sender died, or the server never answered the final dot.

First the events are asked: a report of the message shows that it was taken. A quarter of an hour without one is as good
as an answer only where somebody reports at all (MAIL_EVENT_SOURCE): then it is sent again, with the same Message-ID. So
is what concerns the account, because a second one does less harm than none, and a push message, because a device knows
the second for what it is. Everything else stays in doubt, for staff.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from notify import reasons
from notify.kinds import KINDS
from notify.models import Channel, Delivery, DeliveryEvent
from notify.services import delivery as sending
from notify.services import events

WAIT = datetime.timedelta(minutes=15)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """Rows that were found to be sent, rows that are sent again, rows that were left to staff."""

    found: int
    again: int
    left: int


def settle() -> Settled:
    """Look at everything in doubt once; safe to run any number of times, at the same time too."""
    _notice()
    return Settled(_found(), *_decide())


def has_event_source() -> bool:
    """Whether somebody reports what became of every mail."""
    return settings.MAIL_EVENT_SOURCE != "none"


def _notice() -> None:
    """A lease ran out while its row was on the wire."""
    Delivery.objects.filter(status=Delivery.Status.SENDING, lease_until__lt=timezone.now()).update(
        status=Delivery.Status.IN_DOUBT, reason=reasons.UNCONFIRMED
    )


def _found() -> int:
    """Reports of rows in doubt that somebody wrote down past events.record."""
    about = DeliveryEvent.objects.filter(event__in=events.PROOF).filter(
        Q(delivery_id=OuterRef("id")) | Q(message_id=OuterRef("message_id")) & ~Q(message_id="")
    )
    done = 0
    for key in Delivery.objects.filter(Exists(about), status=Delivery.Status.IN_DOUBT).values_list("pk")[:AT_ONCE]:
        with transaction.atomic():
            row = Delivery.objects.select_for_update().filter(pk=key[0], status=Delivery.Status.IN_DOUBT).first()
            if row is None:
                continue
            for event in DeliveryEvent.objects.filter(event__in=events.PROOF, is_machine=False).filter(
                Q(delivery_id=row.id) | Q(message_id=row.message_id) & ~Q(message_id="")
            ):
                events.apply(row, event)
            done += 1
    return done


def _decide() -> tuple[int, int]:
    """`lease_until` says since when a row is in doubt; without it the row was left to staff."""
    old = Delivery.objects.filter(status=Delivery.Status.IN_DOUBT, lease_until__lt=timezone.now() - WAIT)
    again = [kind.slug for kind in KINDS.values() if kind.is_account]
    resend = Q(notification_type__in=again) | Q(channel=Channel.PUSH)
    if has_event_source():
        resend |= Q(channel=Channel.EMAIL)
    sent = old.filter(resend, attempts__lte=len(sending.RETRIES)).update(
        status=Delivery.Status.SCHEDULED, reason="", scheduled_at=timezone.now(), lease_token=None, lease_until=None
    )
    return sent, old.update(lease_until=None)
