"""The health of mail, the ways out, and the suppression list."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from notify import mail_health
from notify.models import Circuit, Delivery, DeliveryStatus, Suppression, SuppressionReason, SuppressionScope
from notify.services import circuits, gate, suppressions
from tests.notify.outbox import mail
from web import heartbeat

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _worker_is_alive() -> None:
    heartbeat.beat()


def words(answer) -> str:
    return answer.content.decode()


def level(name: str) -> str:
    return next(check.level for check in mail_health.look().checks if str(check.name) == name)


def late(**ago: int) -> Delivery:
    return mail(not_before=timezone.now() - dt.timedelta(**ago))


def week(count: int, **fields) -> None:
    for _ in range(count):
        row = mail()
        Delivery.objects.filter(id=row.id).update(**{"status": "sent", "sent_at": timezone.now()} | fields)


def test_with_nothing_to_do_all_is_well():
    assert {check.level for check in mail_health.look().checks} == {"green"}


@pytest.mark.parametrize(
    ("ago", "expected"), [({"minutes": 1}, "green"), ({"minutes": 11}, "amber"), ({"hours": 2}, "red")]
)
def test_the_queue_is_judged_by_its_oldest_due_message(ago, expected):
    late(**ago)
    assert level("Queue: E-mail") == expected


def test_what_is_due_later_is_counted_and_not_late():
    mail(not_before=timezone.now() + dt.timedelta(hours=9))
    queue = mail_health.look().queues[0]
    assert (queue.due, queue.later, queue.oldest) == (0, 1, None)


def test_a_worker_without_a_sign_of_life_is_red():
    cache.delete(heartbeat.KEY)
    assert level("Worker") == "red"


def test_messages_in_doubt_are_listed_for_staff(desk):
    row = mail()
    Delivery.objects.filter(id=row.id).update(status=DeliveryStatus.IN_DOUBT)
    assert level("In doubt") == "amber"
    assert reverse("notify:mail", args=[row.id]) in words(desk.get(reverse("notify:mail_health")))


@pytest.mark.parametrize(
    ("bad", "of", "expected"), [(0, 100, "green"), (3, 100, "amber"), (8, 100, "red"), (1, 5, "amber")]
)
def test_the_rate_of_bounces_is_judged_and_few_mails_raise_no_alarm(bad, of, expected):
    week(bad, status="bounced", sent_at=None)
    week(of - bad)
    assert level("Bounces") == expected


def test_complaints_are_judged_more_strictly():
    week(1, status="complained")
    week(120)
    assert level("Complaints") == "red"


@pytest.mark.parametrize("fields", [{"is_test": True}, {"created_at": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}])
def test_test_mails_and_old_ones_are_no_part_of_a_rate(fields):
    week(5, status="bounced", **fields)
    assert level("Bounces") == "green"


def test_a_way_out_that_fails_is_told_with_what_the_other_side_said(desk):
    for _ in range(3):
        circuits.failed(name="email", error="535 <wrong> password")
    assert level("Way out: E-mail") == "red"
    page = words(desk.get(reverse("notify:mail_health")))
    assert "535 &lt;wrong&gt; password" in page
    assert "Try now" in page


def test_a_way_out_can_be_tried_at_once_and_it_is_known_who_did_that(desk, admin):
    circuit = circuits.failed(name="email", error="refused")
    desk.post(reverse("notify:circuit_close", args=[circuit.pk]))
    assert not circuits.is_open(name="email")
    assert LogEntry.objects.get().user == admin


@pytest.mark.parametrize("name", ["circuit_close", "suppression_lift", "suppression_back"])
def test_what_does_not_exist_is_not_found(desk, name):
    assert desk.post(reverse(f"notify:{name}", args=[404])).status_code == 404


def test_an_address_is_found_by_typing_it_whatever_its_capitals(desk):
    suppressions.add(address="ada@example.org", reason=SuppressionReason.COMPLAINT, scope=SuppressionScope.BULK)
    suppressions.add(address="bob@example.org", reason=SuppressionReason.STAFF, scope=SuppressionScope.ALL)
    page = words(desk.get(reverse("notify:suppressions"), {"address": " ADA@Example.org"}))
    assert "a…@example.org" in page
    assert "b…@example.org" not in page


def test_the_list_shows_no_address(desk):
    suppressions.add(address="ada@example.org", reason=SuppressionReason.STAFF, scope=SuppressionScope.ALL)
    assert "ada@example.org" not in words(desk.get(reverse("notify:suppressions")))


def test_an_address_is_put_on_the_list_with_a_note_and_a_name(desk, admin):
    said = {"address": "ada@example.org", "scope": "bulk", "note": "Asked by phone."}
    desk.post(reverse("notify:suppression_add"), said)
    made = suppressions.of(address="ada@example.org")
    assert (made.note, made.created_by, made.reason) == ("Asked by phone.", admin, "staff")


@pytest.mark.parametrize("wrong", [{"address": ""}, {"address": "ada"}, {"scope": "some"}, {"note": "x" * 501}])
def test_nonsense_is_not_put_on_the_list(desk, wrong):
    said = {"address": "ada@example.org", "scope": "bulk", "note": ""} | wrong
    assert desk.post(reverse("notify:suppression_add"), said).status_code == 422
    assert not Suppression.objects.exists()


def test_taking_an_address_off_lets_mail_go_out_and_can_be_undone(desk, admin):
    row = mail()
    found = suppressions.add(address=row.recipient, reason=SuppressionReason.HARD_BOUNCE, scope=SuppressionScope.ALL)
    assert gate.reason_not_to_send(row) == "suppressed"
    answer = words(desk.post(reverse("notify:suppression_lift", args=[found.pk]), headers=HTMX))
    assert gate.reason_not_to_send(row) == ""
    assert "Put back" in answer
    assert "<html" not in answer
    desk.post(reverse("notify:suppression_back", args=[found.pk]))
    assert gate.reason_not_to_send(row) == "suppressed"
    assert LogEntry.objects.filter(user=admin).count() == 2


def test_a_lifted_address_stays_in_the_list_with_its_way_back(desk):
    found = suppressions.add(address="ada@example.org", reason=SuppressionReason.STAFF, scope=SuppressionScope.ALL)
    page = words(desk.post(reverse("notify:suppression_lift", args=[found.pk]), follow=True))
    assert reverse("notify:suppression_back", args=[found.pk]) in page


def test_the_page_of_health_costs_the_same_with_more_to_show(desk, django_assert_max_num_queries):
    for count in (2, 8):
        for _ in range(count):
            Delivery.objects.filter(id=mail().id).update(status=DeliveryStatus.IN_DOUBT)
        with django_assert_max_num_queries(11):
            desk.get(reverse("notify:mail_health"))
    assert not Circuit.objects.exists()
