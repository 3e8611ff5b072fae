"""What others report of a message: in any order, more than once, about messages that are not ours."""

import datetime
import itertools

import pytest
from django.utils import timezone

from notify.models import DeliveryEvent, Preference
from notify.services import delivery, events
from notify.signals import mail_opened
from tests import factories
from tests.notify import outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    made = outbox.mail()
    delivery.send_batch(channel="email")
    return outbox.now(made)


@pytest.mark.parametrize("order", list(itertools.permutations(["accepted", "delivered", "opened", "clicked"])))
def test_reports_in_any_order_end_in_the_furthest_state(row, order):
    for event in order:
        events.record(event=event, message_id=row.message_id)
    found = outbox.now(row)
    assert found.status == "clicked"
    assert None not in (found.delivered_at, found.opened_at, found.clicked_at)


@pytest.mark.parametrize("order", list(itertools.permutations(["delivered", "hard_bounce", "complained"])))
def test_a_complaint_outranks_everything(row, order):
    for event in order:
        events.record(event=event, message_id=row.message_id)
    assert outbox.now(row).status == "complained"


def test_46_repetitions_are_one_event_even_under_new_ids(row):
    at = timezone.now()
    for number in range(46):
        events.record(event="soft_bounce", message_id=row.message_id, at=at, provider_key=f"id-{number}")
    assert DeliveryEvent.objects.count() == 1


def test_two_bounces_at_two_times_are_two(row):
    for minutes in (1, 2):
        at = timezone.now() + datetime.timedelta(minutes=minutes)
        events.record(event="soft_bounce", message_id=row.message_id, at=at)
    assert DeliveryEvent.objects.count() == 2


def test_a_repeated_report_says_so(row):
    assert events.record(event="delivered", delivery=row)
    assert events.record(event="delivered", delivery=row) is None


@pytest.mark.parametrize("spelling", ["{}", "<{}>", " <{}> "])
def test_a_message_id_is_known_with_and_without_its_brackets(row, spelling):
    assert events.record(event="delivered", message_id=spelling.format(row.message_id.strip("<>")))


def test_a_providers_own_id_of_the_message_is_known_too(row):
    type(row).objects.filter(id=row.id).update(external_id="provider-7")
    assert events.record(event="delivered", message_id="provider-7").delivery_id == row.id


def test_a_report_about_somebody_elses_message_leaves_no_trace(row):
    assert events.record(event="delivered", message_id="<other@elsewhere.org>", address="x@elsewhere.org") is None
    assert events.record(event="complained", message_id="<other@elsewhere.org>", address="x@elsewhere.org") is None
    assert not DeliveryEvent.objects.exists()


def test_a_bounce_of_another_mail_to_one_of_our_people_counts():
    user = factories.user()
    assert events.record(event="hard_bounce", message_id="<password@elsewhere.org>", address=user.email.upper())


def test_what_a_machine_opened_is_kept_and_moves_nothing(row):
    assert events.record(event="opened", delivery=row, is_machine=True)
    assert (outbox.now(row).status, outbox.now(row).opened_at) == ("sent", None)


def test_the_first_opening_is_told_once(row, django_capture_on_commit_callbacks):
    told = []

    def listen(**said) -> None:
        told.append(said["delivery"].id)

    mail_opened.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        for minutes in range(3):
            events.record(event="opened", delivery=row, at=timezone.now() + datetime.timedelta(minutes=minutes))
    mail_opened.disconnect(listen)
    assert told == [row.id]


def test_who_unsubscribes_at_the_provider_wants_no_more_of_that_kind(row):
    events.record(event="unsubscribed", delivery=row)
    wishes = Preference.objects.get(user=row.user)
    assert (wishes.weekly_digest, wishes.trending_alerts) == (False, True)


def test_a_report_before_our_own_answer_was_written_wins(row):
    made = outbox.mail()
    (mine,) = delivery.claim(channel="email", limit=1)
    delivery.leases.begin(mine)
    events.record(event="delivered", delivery=mine)
    delivery.mark(delivery.Outcome.sent(mine))
    assert outbox.now(made).status == "delivered"
