"""Mail servers at their worst: slow, silent, long-winded, rude, and out of their minds."""

import datetime
import itertools
import time
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from notify import reasons, tasks
from notify.channels import patience
from notify.models import Circuit, DeliveryEvent
from notify.services import delivery
from tests.notify import outbox
from tests.notify.raw_smtp import DROP, RawServer, Reply, slowly

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings) -> Iterator[RawServer]:
    """Friendly until it is told otherwise."""
    made = RawServer(lambda _step, _line: None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", made.port, 0.3
    yield made
    made.stop()


def says(server: RawServer, step: str, make: Callable[[], Reply]) -> None:
    server.script = lambda asked, _line: make() if asked == step else None


def outcome(server: RawServer, step: str, make: Callable[[], Reply]):
    says(server, step, make)
    row = outbox.mail()
    delivery.send_batch(channel="email")
    return outbox.now(row)


@pytest.mark.parametrize(
    ("step", "answer", "status", "attempts"),
    [
        ("GREETING", b"554 nobody at home\r\n", "scheduled", 0),
        ("GREETING", b"HTTP/1.1 400 Bad Request\r\n\r\n", "scheduled", 0),
        ("EHLO", b"250-h\xc3\xa9llo\r\n250 \xff\xfe\r\n", "sent", 1),
        ("MAIL", b"250-fine\r\n250 with me\r\n", "sent", 1),
        ("MAIL", b"252 as you like\r\n", "sent", 1),
        ("RCPT", DROP, "scheduled", 0),
        ("RCPT", b"252 cannot say, but will try\r\n", "sent", 1),
        ("RCPT", b"452 4.5.3 too many recipients\r\n", "scheduled", 1),
        ("RCPT", b"550 5.1.1 Empf\xe4nger unbekannt\r\n", "bounced", 1),
        ("RCPT", b"550-5.1.1 There is\r\n550-5.1.1 nobody\r\n550 5.1.1 here\r\n", "bounced", 1),
        ("RCPT", b"550 5.1.1 no\x00body\r\n", "bounced", 1),
        ("RCPT", b"550 " + b"x" * 9_000 + b"\r\n", "scheduled", 0),
        ("DATA", b"421 closing\r\n", "scheduled", 0),
        ("TEXT", b"421-4.3.2 \xe9\r\n421 4.3.2 closing\r\n", "scheduled", 0),
        ("TEXT", b"200 queued\r\n", "sent", 1),
        ("TEXT", b"queued as 17\r\n", "in_doubt", 1),
        ("TEXT", b"354 go on\r\n", "in_doubt", 1),
        ("TEXT", b"25", "in_doubt", 1),
    ],
)
def test_whatever_a_server_says_the_row_says_what_is_known(server, step, answer, status, attempts):  # noqa: PLR0917
    row = outcome(server, step, lambda: answer)
    assert (row.status, row.attempts) == (status, attempts)


def test_a_mail_that_was_taken_in_unusual_words_is_not_sent_again(server):
    outcome(server, "TEXT", lambda: b"252 queued\r\n")
    delivery.send_batch(channel="email")
    assert len(server.texts) == 1


@pytest.mark.parametrize(("step", "status"), [("GREETING", "scheduled"), ("RCPT", "scheduled"), ("TEXT", "in_doubt")])
@pytest.mark.parametrize("piece", [b"250-and another thing\r\n", b"2"])
def test_an_answer_that_never_ends_is_not_waited_for(server, step, status, piece):
    began = time.monotonic()
    row = outcome(server, step, lambda: slowly(*[piece] * 30, every=0.1))
    assert (row.status, len(Circuit.objects.get().last_error) > 0) == (status, True)
    assert time.monotonic() - began < 2.5  # it would be three seconds, or for ever


def test_a_flood_of_lines_does_not_fill_the_memory(server):
    row = outcome(server, "RCPT", lambda: itertools.repeat(b"250-more\r\n" * 1_000, 10_000))
    assert (row.status, "does not end" in row.last_error) == ("scheduled", True)


def test_a_slow_answer_in_many_lines_is_an_answer(server):
    row = outcome(server, "TEXT", lambda: slowly(b"250-one\r\n", b"250-two\r\n", b"250 th", b"ree\r\n", every=0.1))
    assert row.status == "sent"


def test_what_the_settings_name_becomes_patient_only_where_it_is_a_mail_server(server, settings):
    assert isinstance(patience.connection(), patience.Backend)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert not isinstance(patience.connection(), patience.Backend)


def test_mails_without_a_row_lose_patience_too(server):
    says(server, "TEXT", lambda: slowly(*[b"2"] * 60, every=0.1))
    began = time.monotonic()
    with pytest.raises(OSError, match="too long|timed out"):
        tasks.send_apart.call_local("nobody@example.org", "No account", "There is none.", "")
    assert time.monotonic() - began < 4  # of six seconds
    assert mail.outbox == []


@pytest.mark.parametrize("answer", [b"454 4.7.0 not now\r\n", b"220 go ahead\r\nnonsense instead of a handshake\r\n"])
def test_a_start_of_tls_that_fails_costs_no_attempt_and_sends_nothing_in_the_open(server, settings, answer):
    settings.EMAIL_USE_TLS = True
    server.script = lambda step, _line: {"EHLO": b"250-here\r\n250 STARTTLS\r\n", "STAR": answer}.get(step)
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).attempts, server.texts) == ("scheduled", 0, [])
    assert Circuit.objects.get().failures == 1


@pytest.mark.parametrize("fault", [DROP, b"550 " + b"x" * 9_000 + b"\r\n"])
def test_one_address_at_which_the_server_hangs_up_holds_up_nobody_else(server, fault):
    server.script = lambda step, line: fault if step == "RCPT" and b"poison" in line else None
    poison = outbox.mail(outbox.reader(email="poison@example.org"))
    others = [outbox.mail() for _ in range(3)]
    at = timezone.now()
    for minute in range(3):
        with time_machine.travel(at + datetime.timedelta(minutes=minute)):
            delivery.send_batch(channel="email")
    assert [outbox.now(row).status for row in others] == ["sent"] * 3
    assert (outbox.now(poison).status, outbox.now(poison).attempts) == ("scheduled", 0)


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("450 4.2.1 busy", "bounced", reasons.REFUSED),
        ("450 later", "bounced", reasons.REFUSED),
        ("452 4.5.3 too many", "failed", reasons.GAVE_UP),
        ("450 4.7.1 grey", "failed", reasons.GAVE_UP),
    ],
)
def test_patience_that_ends_counts_against_a_mailbox_and_not_against_a_policy(server, said, status, reason):
    says(server, "RCPT", lambda: said.encode() + b"\r\n")
    row = outbox.mail()
    type(row).objects.filter(id=row.id).update(attempts=len(delivery.RETRIES))
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).reason) == (status, reason)
    assert DeliveryEvent.objects.filter(event="soft_bounce").exists() is (status == "bounced")
