""" "It arrived": staff settle a message of which nobody knew."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from notify import mail_health, reasons
from notify.models import Delivery, DeliveryEvent, DeliveryStatus, EventKind
from notify.services import confirming, doubts, events
from tests.notify.outbox import mail, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Delivery:
    return became(mail(), DeliveryStatus.IN_DOUBT, reason=reasons.UNCONFIRMED)


def became(row: Delivery, status: str, **fields) -> Delivery:
    Delivery.objects.filter(id=row.id).update(status=status, **fields)
    return now(row)


def press(desk: Client, row: Delivery, reason: str = "She wrote to us about it.", **extra):
    return desk.post(reverse("notify:mail_confirm", args=[row.id]), {"confirm-reason": reason}, **extra)


def page(desk: Client, row: Delivery) -> str:
    return desk.get(reverse("notify:mail", args=[row.id])).content.decode()


def test_it_counts_as_sent_and_the_story_says_who_and_why(desk, admin, row):
    answer = press(desk, row)
    assert answer.url == reverse("notify:mail", args=[row.id])
    found = now(row)
    assert (found.status, found.reason, found.sent_at is not None) == (DeliveryStatus.SENT, "", True)
    html = page(desk, row)
    assert "Confirmed by staff</strong>" in html
    assert f"{admin.display_name}: She wrote to us about it." in html


def test_the_number_of_doubts_goes_down(desk, row):
    became(mail(), DeliveryStatus.IN_DOUBT)
    press(desk, row)
    assert mail_health.look().doubted == 1


def test_only_a_message_in_doubt_has_the_button(desk, row):
    there = reverse("notify:mail_confirm", args=[row.id])
    assert there in page(desk, row)
    press(desk, row)
    assert there not in page(desk, row)


def test_a_second_press_is_harmless(desk, row):
    press(desk, row)
    again = press(desk, row, reason="Something else.", follow=True)
    assert "It was settled already." in again.content.decode()
    assert DeliveryEvent.objects.get(event=EventKind.CONFIRMED).detail["reason"] == "She wrote to us about it."


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus.values) - {DeliveryStatus.IN_DOUBT}))
def test_nothing_else_can_be_settled_by_hand(desk, row, status):
    became(row, status)
    assert press(desk, row).status_code == 302
    assert now(row).status == status
    assert not DeliveryEvent.objects.exists()


def test_whoever_looks_at_an_old_page_does_not_settle_what_was_settled_meanwhile(admin, row):
    events.record(event=EventKind.HARD_BOUNCE, delivery=row)
    assert not confirming.arrived(delivery=row, actor=admin, reason="It must have.")
    assert now(row).status == DeliveryStatus.BOUNCED


@pytest.mark.parametrize("reason", ["", " ", "x" * 301, "\x00"])
def test_without_a_reason_it_stays_in_doubt_and_the_form_says_so(desk, row, reason):
    answer = press(desk, row, reason)
    assert answer.status_code == 422
    assert 'id="id_confirm-reason"' in answer.content.decode()
    assert now(row).status == DeliveryStatus.IN_DOUBT


def test_when_the_story_cannot_be_written_nothing_is_settled(admin, row, monkeypatch):
    def fail(*_args) -> None:
        raise RuntimeError

    monkeypatch.setattr(events, "apply", fail)
    with pytest.raises(RuntimeError):
        confirming.arrived(delivery=row, actor=admin, reason="She said so.")
    assert now(row).status == DeliveryStatus.IN_DOUBT
    assert not DeliveryEvent.objects.exists()


def test_it_is_not_sent_again_and_later_reports_still_count(desk, row, settings):
    settings.MAIL_EVENT_SOURCE = "log"
    press(desk, row)
    assert doubts.settle() == doubts.Settled(0, 0, 0)
    events.record(event="delivered", message_id=row.message_id)
    assert now(row).status == DeliveryStatus.DELIVERED


@pytest.mark.parametrize("event", ["confirmed", "resent"])
def test_what_only_staff_can_do_is_not_taken_from_a_log(row, event, tmp_path):
    file = tmp_path / "mail.log"
    file.write_text(json.dumps({"event": event, "message_id": row.message_id}))
    with pytest.raises(CommandError):
        call_command("record_mail_events", str(file))
    assert now(row).status == DeliveryStatus.IN_DOUBT
