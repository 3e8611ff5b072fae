"""What may have changed between the making of a message and its sending."""

import datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from notify import kinds, reasons
from notify.models import Preference
from notify.services import delivery, gate, suppressions
from tests.notify import outbox

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def change(user, **fields) -> None:
    type(user).objects.filter(pk=user.pk).update(**fields)


CHANGES = {
    reasons.INACTIVE: lambda user: change(user, is_active=False),
    reasons.SIMULATED: lambda user: change(user, is_simulated=True),
    reasons.ADDRESS_CHANGED: lambda user: change(user, email="new@example.org"),
    reasons.UNVERIFIED: lambda user: EmailAddress.objects.filter(user=user).update(verified=False),
    reasons.UNWANTED: lambda user: Preference.objects.filter(user=user).update(weekly_digest=False),
    reasons.PAUSED: lambda user: Preference.objects.filter(user=user).update(paused_until=timezone.now() + DAY),
    reasons.SUPPRESSED: lambda user: suppressions.add(address=user.email, reason="staff", scope="bulk"),
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_changed_since_the_mail_was_made_keeps_it_from_going_out(reason):
    row = outbox.mail()
    CHANGES[reason](row.user)
    assert delivery.send_batch(channel="email") == {"skipped": 1}
    assert (outbox.now(row).status, outbox.now(row).reason) == ("skipped", reason)


def test_nothing_changed_and_nothing_keeps_it():
    assert gate.reason_not_to_send(outbox.mail()) == ""


def test_a_row_without_an_address_says_so():
    assert gate.reason_not_to_send(outbox.mail(recipient="", message=b"x")) == reasons.NO_ADDRESS


def test_who_closed_their_account_took_their_mails_along():
    row = outbox.mail()
    (mine,) = delivery.claim(channel="email", limit=1)
    row.user.delete()
    batch = delivery.Batch("email", [mine])
    assert list(batch.passing()) == []


@pytest.mark.parametrize("reason", [reasons.UNWANTED, reasons.PAUSED, reasons.UNVERIFIED, reasons.ADDRESS_CHANGED])
def test_a_test_mail_only_needs_an_address(reason):
    row = outbox.mail(is_test=True)
    CHANGES[reason](row.user)
    assert gate.reason_not_to_send(row) == ""


def test_a_test_mail_does_not_go_where_nothing_may_go():
    row = outbox.mail(is_test=True)
    suppressions.add(address=row.recipient, reason="hard_bounce", scope="all")
    assert gate.reason_not_to_send(row) == reasons.SUPPRESSED


@pytest.mark.parametrize(
    "reason", [reason for reason in CHANGES if reason not in {reasons.INACTIVE, reasons.SIMULATED}]
)
def test_what_concerns_the_account_comes_whatever_was_chosen(reason):
    row = outbox.mail(kind=kinds.ACCOUNT)
    CHANGES[reason](row.user)
    assert gate.reason_not_to_send(row) == ""


def test_a_digest_of_last_week_is_not_sent_any_more():
    row = outbox.mail()
    with time_machine.travel(timezone.now() + 7 * DAY):
        assert gate.reason_not_to_send(row) == reasons.EXPIRED


def test_a_message_may_say_itself_how_long_it_is_of_use():
    row = outbox.mail(data={"expires_at": (timezone.now() + DAY).isoformat()})
    assert gate.reason_not_to_send(row) == ""
    with time_machine.travel(timezone.now() + 2 * DAY):
        assert gate.reason_not_to_send(row) == reasons.EXPIRED


def quiet(start: int, end: int, zone: str = "UTC") -> Preference:
    return Preference(quiet_start=datetime.time(start), quiet_end=datetime.time(end), timezone=zone)


def at(hour: int, day: int = 5) -> datetime.datetime:
    return datetime.datetime(2026, 3, day, hour, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("wishes", "now", "until"),
    [
        (quiet(13, 15), at(14), at(15)),
        (quiet(13, 15), at(15), None),
        (quiet(13, 15), at(12), None),
        (quiet(22, 7), at(23), at(7, 6)),
        (quiet(22, 7), at(3), at(7)),
        (quiet(22, 7), at(8), None),
        (quiet(22, 7, "Asia/Tokyo"), at(14), at(22)),
        (quiet(9, 9), at(9), None),
        (Preference(timezone="UTC"), at(9), None),
    ],
)
def test_quiet_hours_end_at_the_persons_own_wall_clock(wishes, now, until):
    assert gate.quiet_until(wishes, now) == until


def test_an_alert_in_the_quiet_hours_waits_for_their_end():
    user = outbox.reader(quiet_start=datetime.time(22), quiet_end=datetime.time(7))
    with time_machine.travel(at(23), tick=False):
        row = outbox.mail(user, kind="trending")
        assert delivery.send_batch(channel="email") == {"deferred": 1}
        assert outbox.now(row).scheduled_at == at(7, 6)


def test_the_digest_comes_at_its_own_hour_even_then():
    user = outbox.reader(quiet_start=datetime.time(22), quiet_end=datetime.time(7))
    with time_machine.travel(at(23), tick=False):
        assert gate.not_before(outbox.mail(user)) is None
