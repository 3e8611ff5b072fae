"""The clock: what it sets to work, and the commands that do the same by hand."""

import datetime
import io
import json
import time

import pytest
from django.core import mail as sent
from django.core.management import CommandError, call_command
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from notify import tasks
from notify.models import Delivery, DeliveryEvent
from notify.services import delivery, leases
from tests.notify import outbox

pytestmark = pytest.mark.django_db


def test_the_pump_sends_everything_that_is_due_and_nothing_else(monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 2)
    for _ in range(7):
        outbox.mail()
    later = outbox.mail(not_before=timezone.now() + datetime.timedelta(hours=1))
    tasks.pump_outbox()
    assert (len(sent.outbox), outbox.now(later).status) == (7, "scheduled")


def test_two_pumps_at_once_send_everything_once():
    for _ in range(3):
        outbox.mail()
    tasks.pump_outbox()
    tasks.pump_outbox()
    assert len(sent.outbox) == 3


def test_a_sender_whose_minute_is_over_leaves_the_rest_to_the_next(monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 2)
    for _ in range(5):
        outbox.mail()
    tasks.send_batch("email", time.time() - 1)
    assert len(sent.outbox) == 2


def test_what_falls_due_in_the_middle_of_a_minute_does_not_wait_for_the_next():
    HUEY.storage.flush_schedule()
    tasks.pump_outbox()
    row = outbox.mail()
    soon = timezone.now().replace(tzinfo=None) + datetime.timedelta(seconds=tasks.PAUSE + 1)
    for task in HUEY.read_schedule(soon):
        HUEY.execute(task, soon)
    assert outbox.now(row).status == "sent"


def test_the_pump_notices_what_a_dead_sender_left():
    row = outbox.mail()
    (mine,) = delivery.claim(channel="email", limit=1)
    leases.begin(mine)
    Delivery.objects.filter(id=row.id).update(lease_until=timezone.now() - datetime.timedelta(minutes=1))
    tasks.pump_outbox()
    assert outbox.now(row).status == "in_doubt"


def test_somebody_who_waits_for_their_mail_gets_it_at_once():
    for _ in range(3):
        outbox.mail()
    row = outbox.mail()
    tasks.send_soon(row.id)
    assert (len(sent.outbox), outbox.now(row).status) == (1, "sent")


def test_a_task_about_a_row_that_is_gone_does_nothing():
    tasks.send_soon(10**12)
    assert sent.outbox == []


def said(*words: str, **named) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=out, **named)
    return out.getvalue()


def test_one_pass_by_hand_sends_everything_and_says_so():
    for _ in range(3):
        outbox.mail()
    assert "email: 3 sent" in said("send_outbox", channel="email")
    assert "email: nothing to do" in said("send_outbox", channel="email")


def test_reports_from_a_log_are_written_down_and_bad_lines_are_named(tmp_path):
    row = outbox.mail()
    good = {"event": "delivered", "message_id": row.message_id, "at": "2026-03-05T12:00:00Z", "said": "250 ok"}
    foreign = {"event": "delivered", "message_id": "<x@elsewhere.org>"}
    bad = [
        "{",
        "[]",
        '{"event": "eaten"}',
        '{"event": "delivered", "message_id": 7}',
        '{"event": "delivered", "at": "x"}',
    ]
    file = tmp_path / "log"
    file.write_text("\n".join([json.dumps(good), json.dumps(good), "", json.dumps(foreign), *bad]))
    with pytest.raises(CommandError, match="5 lines"):
        said("record_mail_events", str(file))
    assert DeliveryEvent.objects.get().detail == {"said": "250 ok"}
    assert outbox.now(row).status == "delivered"


def test_a_log_holds_whatever_a_server_was_told_and_no_line_of_it_costs_the_others(tmp_path):
    rows = [outbox.mail() for _ in range(2)]
    good = [json.dumps({"event": "delivered", "message_id": row.message_id}).encode() for row in rows]
    odd = [
        json.dumps({"event": "deferred", "message_id": rows[0].message_id, "said": "451 \ud800"}).encode(),
        b'{"event": "deferred", "said": "451 Empf\xe4nger", "message_id": "%s"}' % rows[1].message_id.encode(),
        b'{"event": "deferred", "at": "0001-01-01T00:00:00+14:00", "message_id": "%s"}' % rows[1].message_id.encode(),
        b"[" * 100_000,
    ]
    file = tmp_path / "log"
    file.write_bytes(b"\n".join([good[0], *odd, good[1]]))
    with pytest.raises(CommandError, match="2 lines"):
        said("record_mail_events", str(file))
    assert [outbox.now(row).status for row in rows] == ["delivered"] * 2
    assert set(DeliveryEvent.objects.filter(event="deferred").values_list("detail__said", flat=True)) == {
        "451 ?",
        "451 Empf�nger",
    }
