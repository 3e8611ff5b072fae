"""Claiming, sending and marking: the states a row goes through, and who may move it."""

import datetime

import pytest
import time_machine
from django.core import mail as sent
from django.utils import timezone

from notify import channels, reasons
from notify.channels import Outcome, Unavailable
from notify.models import Circuit, Delivery, DeliveryEvent
from notify.services import delivery, leases
from tests.notify import outbox

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def answer(monkeypatch):
    """Let the way out say this of every message; an exception is raised instead."""

    def prepare(say) -> None:
        def send_batch(deliveries):
            if isinstance(say, Exception):
                raise say
            for row in deliveries:
                yield say(row)

        monkeypatch.setitem(channels.CHANNELS, "email", send_batch)

    return prepare


def test_a_due_mail_is_sent_once():
    row = outbox.mail()
    delivery.send_batch(channel="email")
    delivery.send_batch(channel="email")
    assert [message.extra_headers["Message-ID"] for message in sent.outbox] == [row.message_id]
    assert (outbox.now(row).status, outbox.now(row).attempts) == ("sent", 1)


def test_what_is_not_due_yet_stays():
    row = outbox.mail(not_before=timezone.now() + MINUTE)
    assert delivery.send_batch(channel="email") == {}
    assert outbox.now(row).status == "scheduled"


def test_two_senders_never_get_the_same_row():
    rows = {outbox.mail().id for _ in range(5)}
    first, second = (delivery.claim(channel="email", limit=3) for _ in range(2))
    assert {row.id for row in first} | {row.id for row in second} == rows
    assert len(first) + len(second) == 5


def test_a_claim_that_ran_out_before_anything_was_sent_is_simply_claimed_again():
    row = outbox.mail()
    delivery.claim(channel="email", limit=1)
    assert delivery.claim(channel="email", limit=1) == []
    with time_machine.travel(timezone.now() + leases.LEASE + MINUTE):
        assert [found.id for found in delivery.claim(channel="email", limit=1)] == [row.id]


def test_a_sender_that_lost_its_lease_does_not_touch_the_wire():
    outbox.mail()
    (mine,) = delivery.claim(channel="email", limit=1)
    with time_machine.travel(timezone.now() + leases.LEASE + MINUTE):
        assert not leases.begin(mine)
        delivery.claim(channel="email", limit=1)
        assert not leases.begin(mine)


def test_a_living_sender_keeps_its_batch():
    outbox.mail()
    mine = delivery.claim(channel="email", limit=1)
    with time_machine.travel(timezone.now() + leases.LEASE - MINUTE):
        leases.extend(mine)
    with time_machine.travel(timezone.now() + leases.LEASE + MINUTE):
        assert leases.begin(mine[0])


def test_an_answer_is_written_only_by_the_holder_of_the_token(answer):
    row = outbox.mail()
    (mine,) = delivery.claim(channel="email", limit=1)
    leases.begin(mine)
    Delivery.objects.filter(id=row.id).update(lease_token="12345678-1234-5678-1234-567812345678")
    assert not delivery.mark(Outcome.sent(mine))
    assert outbox.now(row).status == "sending"


def test_retries_come_after_1_5_30_minutes_2_and_6_hours_and_then_it_has_failed(answer):
    answer(lambda row: Outcome.retry(row, "450 not now"))
    row, waits = outbox.mail(), []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(6):
            delivery.send_batch(channel="email")
            waits.append((outbox.now(row).scheduled_at - timezone.now()) / MINUTE)
            clock.move_to(max(outbox.now(row).scheduled_at, timezone.now()))
    assert all(low <= wait <= low * 1.1 for low, wait in zip((1, 5, 30, 120, 360), waits, strict=False))
    row = outbox.now(row)
    assert (row.status, row.reason, row.attempts, row.last_error) == ("failed", reasons.GAVE_UP, 6, "450 not now")


def test_the_other_side_may_ask_for_more_patience(answer):
    answer(lambda row: Outcome.retry(row, "429", datetime.timedelta(hours=2)))
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert outbox.now(row).scheduled_at > timezone.now() + 119 * MINUTE


def test_a_hard_bounce_is_written_down(answer):
    answer(lambda row: Outcome.refused(row, reasons.REFUSED, "550 5.1.1 nobody", hard=True))
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).reason) == ("bounced", reasons.REFUSED)
    assert DeliveryEvent.objects.get().event == "hard_bounce"


def test_no_connection_costs_no_row_an_attempt_and_is_not_tried_again_at_once(answer):
    answer(Unavailable("refused"))
    rows = [outbox.mail() for _ in range(3)]
    assert delivery.send_batch(channel="email") == {"unavailable": 1}
    assert delivery.send_batch(channel="email") == {}
    assert {(outbox.now(row).status, outbox.now(row).attempts) for row in rows} == {("scheduled", 0)}
    assert Circuit.objects.get().last_error == "refused"


def test_a_connection_lost_between_two_messages_costs_no_attempt_either(answer):
    answer(lambda row: Outcome.unavailable(row, "421 closing"))
    rows = [outbox.mail() for _ in range(3)]
    delivery.send_batch(channel="email")
    assert {(outbox.now(row).status, outbox.now(row).attempts) for row in rows} == {("scheduled", 0)}
    assert not Delivery.objects.filter(lease_token__isnull=False).exists()


def test_after_a_failure_one_sender_knocks_and_success_lets_everybody_in(answer):
    answer(Unavailable("refused"))
    outbox.mail()
    delivery.send_batch(channel="email")
    answer(Outcome.sent)
    with time_machine.travel(timezone.now() + MINUTE):
        assert delivery.send_batch(channel="email") == {"sent": 1}
    assert Circuit.objects.get().failures == 0


def test_no_answer_to_the_final_dot_is_a_doubt_and_stops_the_batch(answer):
    answer(lambda row: Outcome.unknown(row, "closed"))
    rows = [outbox.mail() for _ in range(3)]
    delivery.send_batch(channel="email")
    assert sorted(outbox.now(row).status for row in rows) == ["in_doubt", "scheduled", "scheduled"]


def test_no_more_go_out_in_a_minute_than_the_setting_allows(settings):
    settings.MAIL_PER_MINUTE = 3
    for _ in range(5):
        outbox.mail()
    delivery.send_batch(channel="email")
    assert delivery.send_batch(channel="email") == {}
    assert len(sent.outbox) == 3
    with time_machine.travel(timezone.now() + MINUTE):
        delivery.send_batch(channel="email")
    assert len(sent.outbox) == 5


def test_a_flood_of_digests_leaves_room_in_each_minute_for_what_must_not_wait(settings):
    settings.MAIL_PER_MINUTE = 100
    for _ in range(110):
        outbox.mail()
    assert delivery.send_batch(channel="email", limit=110) == {"sent": 98}
    alerts, password = [outbox.mail(kind="trending") for _ in range(2)], outbox.mail(kind="account")
    assert delivery.send_batch(channel="email") == {"sent": 2}
    assert [outbox.now(row).status for row in (*alerts, password)] == ["sent", "scheduled", "sent"]


def test_a_flood_of_digests_does_not_keep_an_alert_waiting():
    for _ in range(20):
        outbox.mail()
    alert = outbox.mail(kind="trending")
    claimed = delivery.claim(channel="email", limit=2)
    assert alert.id in {row.id for row in claimed}


def test_a_row_can_be_sent_alone_at_once():
    outbox.mail()
    row = outbox.mail()
    assert delivery.send(delivery=row).status == "sent"
    assert len(sent.outbox) == 1


def test_a_row_that_cannot_even_be_looked_at_does_not_keep_the_others_waiting():
    broken, fine = outbox.mail(data={"expires_at": "some day"}), outbox.mail()
    assert delivery.send_batch(channel="email") == {"broken": 1, "sent": 1}
    assert (outbox.now(broken).status, outbox.now(broken).reason) == ("failed", reasons.BROKEN)
    assert outbox.now(fine).status == "sent"


def test_bytes_that_are_no_mail_fail_and_say_that_it_is_our_fault():
    row = outbox.mail(message=b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff")
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).reason) == ("failed", reasons.BROKEN)
