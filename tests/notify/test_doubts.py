"""Rows of which nobody knows whether they went out."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from notify import kinds, reasons
from notify.channels import Outcome
from notify.models import Delivery, DeliveryEvent
from notify.services import delivery, doubts, events, leases
from tests.notify import outbox

pytestmark = pytest.mark.django_db
LATER = leases.LEASE + doubts.WAIT + datetime.timedelta(minutes=1)


def abandoned(**fields) -> Delivery:
    """A row whose sender died after it had begun."""
    row = outbox.mail(**fields)
    (mine,) = leases.claim_one(delivery=row)
    leases.begin(mine)
    return mine


def settled_after(row: Delivery, wait: datetime.timedelta) -> Delivery:
    with time_machine.travel(timezone.now() + wait):
        doubts.settle()
    return outbox.now(row)


def test_a_row_whose_sender_still_has_time_is_left_alone():
    assert settled_after(abandoned(), leases.LEASE / 2).status == "sending"


def test_a_row_whose_sender_died_is_in_doubt():
    row = settled_after(abandoned(), leases.LEASE + datetime.timedelta(minutes=1))
    assert (row.status, row.reason) == ("in_doubt", reasons.UNCONFIRMED)


def test_without_an_event_source_a_digest_stays_in_doubt_for_staff():
    row = settled_after(abandoned(), LATER)
    assert (row.status, row.reason, row.lease_until) == ("in_doubt", reasons.UNCONFIRMED, None)


def test_with_an_event_source_silence_means_that_it_is_sent_again(settings):
    settings.MAIL_EVENT_SOURCE = "log"
    row = abandoned()
    assert settled_after(row, LATER - datetime.timedelta(minutes=2)).status == "in_doubt"
    assert settled_after(row, LATER).status == "scheduled"


def test_what_concerns_the_account_is_sent_again_anyway():
    assert settled_after(abandoned(kind=kinds.ACCOUNT), LATER).status == "scheduled"


def test_a_report_of_its_message_id_shows_that_it_was_sent(settings):
    settings.MAIL_EVENT_SOURCE = "log"
    row = settled_after(abandoned(), leases.LEASE + datetime.timedelta(minutes=1))
    events.record(event="accepted", message_id=row.message_id)
    assert settled_after(row, LATER).status == "sent"


def test_a_report_that_somebody_else_wrote_down_is_found_too():
    row = abandoned()
    DeliveryEvent.objects.create(event="delivered", message_id=row.message_id)
    found = settled_after(row, leases.LEASE + datetime.timedelta(minutes=1))
    assert (found.status, found.delivered_at is not None) == ("delivered", True)


def test_a_report_after_staff_were_left_with_it_still_settles_it():
    row = settled_after(abandoned(), LATER)
    events.record(event="delivered", message_id=row.message_id)
    assert outbox.now(row).status == "delivered"


def test_the_sender_who_comes_back_late_is_believed():
    row = abandoned()
    assert settled_after(row, leases.LEASE + datetime.timedelta(minutes=1)).status == "in_doubt"
    assert delivery.mark(Outcome.sent(row))
    assert outbox.now(row).status == "sent"


def test_a_row_is_not_sent_again_for_ever(settings):
    settings.MAIL_EVENT_SOURCE = "log"
    row = abandoned()
    Delivery.objects.filter(id=row.id).update(attempts=6)
    assert (settled_after(row, LATER).status, outbox.now(row).lease_until) == ("in_doubt", None)


def test_the_second_attempt_has_the_same_message_id(settings, sink):
    settings.MAIL_EVENT_SOURCE = "log"
    row = settled_after(abandoned(), LATER)
    delivery.send(delivery=row)
    assert sink.taken == [row.message_id]


def test_settling_twice_changes_nothing_more():
    row = abandoned()
    settled_after(row, LATER)
    with time_machine.travel(timezone.now() + LATER):
        assert doubts.settle() == doubts.Settled(0, 0, 0)
    assert outbox.now(row).status == "in_doubt"
