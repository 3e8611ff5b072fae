"""Bounces add up to a suppression, a complaint is one at once, and staff can take both back."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from notify import reasons
from notify.models import Preference, Suppression
from notify.services import delivery, events, suppressions
from tests.notify import outbox

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def bounce(address: str, event: str, *, days_ago: float = 0) -> None:
    events.record(event=event, delivery=outbox_row(address), at=timezone.now() - days_ago * DAY)


def outbox_row(address: str):
    return outbox.mail(outbox_reader(address))


def outbox_reader(address: str):
    found = Preference.objects.filter(user__email__iexact=address).select_related("user").first()
    return found.user if found else outbox.reader(email=address)


def test_two_hard_bounces_end_all_mail_to_the_address():
    bounce("a@example.org", "hard_bounce")
    assert suppressions.of(address="a@example.org") is None
    bounce("a@example.org", "hard_bounce")
    assert suppressions.of(address="a@example.org", bulk=False).reason == "hard_bounce"


def test_four_soft_bounces_end_digests_and_nothing_else():
    for _ in range(4):
        assert suppressions.of(address="a@example.org") is None
        bounce("a@example.org", "soft_bounce")
    assert suppressions.of(address="a@example.org").reason == "soft_bounces"
    assert suppressions.of(address="a@example.org", bulk=False) is None


def test_bounces_are_forgotten_after_30_days():
    bounce("a@example.org", "hard_bounce", days_ago=31)
    bounce("a@example.org", "hard_bounce")
    assert suppressions.of(address="a@example.org") is None


def test_the_spelling_of_the_address_does_not_matter():
    for _ in range(2):
        bounce("Ana@Bücher.example", "hard_bounce")
    assert suppressions.of(address="ana@xn--bcher-kva.EXAMPLE")


def test_two_mailboxes_that_only_look_alike_are_two():
    for address in ("weiß@example.org", "ana@straße.example"):
        for _ in range(2):
            bounce(address, "hard_bounce")
    assert not suppressions.of(address="weiss@example.org")
    assert not suppressions.of(address="ana@strasse.example")


def test_a_complaint_ends_the_digest_at_once_and_leaves_the_account_reachable():
    row = outbox.mail()
    events.record(event="complained", delivery=row)
    assert not Preference.objects.get(user=row.user).weekly_digest
    assert suppressions.of(address=row.recipient).scope == "bulk"
    assert suppressions.of(address=row.recipient, bulk=False) is None


def test_what_waits_already_is_not_sent_after_a_complaint():
    first, second = (outbox.mail(outbox_reader("a@example.org"), kind=kind) for kind in ("digest", "trending"))
    events.record(event="complained", delivery=first)
    delivery.send_batch(channel="email")
    assert (outbox.now(second).status, outbox.now(second).reason) == ("skipped", reasons.SUPPRESSED)


def test_a_suppression_that_is_taken_off_needs_new_bounces_to_come_back():
    for _ in range(2):
        bounce("a@example.org", "hard_bounce", days_ago=1)
    suppressions.lift(suppression=Suppression.objects.get())
    assert suppressions.of(address="a@example.org") is None
    with time_machine.travel(timezone.now() + DAY):
        bounce("a@example.org", "hard_bounce")
        assert suppressions.of(address="a@example.org") is None
        bounce("a@example.org", "hard_bounce", days_ago=0.1)
        assert suppressions.of(address="a@example.org")


def test_taking_off_can_be_undone():
    made = suppressions.add(address="a@example.org", reason="staff", scope="all", note="They asked.")
    before = suppressions.lift(suppression=made)
    suppressions.put_back(suppression=made, until=before)
    assert suppressions.of(address="a@example.org", bulk=False)


def test_a_suppression_with_an_end_ends():
    suppressions.add(address="a@example.org", reason="staff", scope="all", until=timezone.now() + DAY)
    assert suppressions.of(address="a@example.org")
    with time_machine.travel(timezone.now() + 2 * DAY):
        assert suppressions.of(address="a@example.org") is None


def test_the_address_itself_is_not_kept():
    made = suppressions.add(address="ana.example@example.org", reason="staff", scope="all")
    assert made.masked == "a…@example.org"
    assert "ana.example" not in str([getattr(made, field.name) for field in made._meta.fields])
