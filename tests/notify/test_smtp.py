"""What each answer of a real mail server does to a row, at the step that it answers."""

import socket

import pytest

from notify import reasons
from notify.models import Circuit, DeliveryEvent
from notify.services import delivery
from tests.notify import outbox, smtp
from tests.running import free_port

pytestmark = pytest.mark.django_db


def sent_with(sink: smtp.Sink, step: str, answer: str):
    """The row after one attempt against a server that says this."""
    sink.says(step, answer)
    row = outbox.mail()
    delivery.send_batch(channel="email")
    return outbox.now(row)


def test_the_stored_bytes_go_over_the_wire_as_they_are(sink):
    text = "\n".join(["A line.", ".", "..", ".dotted", "x" * 900, ""])
    row = outbox.mail(message=outbox.message("a@example.org", "<x@example.org>", text))
    delivery.send_batch(channel="email")
    wanted = bytes(row.message).replace(b"\r\n", b"\n").rstrip()
    assert sink.messages[0].replace(b"\r\n", b"\n").rstrip() == wanted


def test_one_connection_takes_the_whole_batch(sink):
    rows = [outbox.mail() for _ in range(4)]
    assert delivery.send_batch(channel="email") == {"sent": 4}
    assert sink.taken == [row.message_id for row in rows]


@pytest.mark.parametrize(
    ("step", "answer", "status", "reason", "attempts"),
    [
        ("MAIL", "451 4.3.0 try later", "scheduled", "", 1),
        ("MAIL", "550 5.7.1 not from you", "scheduled", "", 0),
        ("MAIL", "530 5.7.0 authentication required", "scheduled", "", 0),
        ("MAIL", "552 5.3.4 too large", "failed", reasons.TOO_LARGE, 1),
        ("MAIL", smtp.HANG, "scheduled", "", 0),
        ("MAIL", smtp.CLOSE, "scheduled", "", 0),
        ("RCPT", "421 4.3.2 closing", "scheduled", "", 0),
        ("RCPT", "450 4.2.0 greylisted", "scheduled", "", 1),
        ("RCPT", "550 5.1.1 nobody here", "bounced", reasons.REFUSED, 1),
        ("RCPT", "550 nobody here", "bounced", reasons.REFUSED, 1),
        ("RCPT", "550 5.4.4 cannot be routed", "failed", reasons.REFUSED, 1),
        ("RCPT", "550 5.7.1 policy", "failed", reasons.REFUSED, 1),
        ("RCPT", "552 5.2.2 mailbox full", "bounced", reasons.REFUSED, 1),
        ("RCPT", smtp.HANG, "scheduled", "", 0),
        ("RCPT", smtp.CLOSE, "scheduled", "", 0),
        ("DATA", "421 4.3.2 closing", "scheduled", "", 0),
        ("DATA", "450 4.2.0 not now", "scheduled", "", 1),
        ("DATA", "554 5.6.0 looks like spam", "failed", reasons.REFUSED, 1),
        ("DATA", smtp.HANG, "in_doubt", reasons.UNCONFIRMED, 1),
        ("DATA", smtp.CLOSE, "in_doubt", reasons.UNCONFIRMED, 1),
        ("DATA", smtp.TAKE_AND_CLOSE, "in_doubt", reasons.UNCONFIRMED, 1),
    ],
)
def test_an_answer_means_what_its_step_makes_of_it(sink, step, answer, status, reason, attempts):  # noqa: PLR0917
    row = sent_with(sink, step, answer)
    assert (row.status, row.reason, row.attempts) == (status, reason, attempts)


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        ("550 5.1.1 nobody here", ["hard_bounce"]),
        ("552 5.2.2 mailbox full", ["soft_bounce"]),
        ("550 5.4.4 cannot be routed", []),
        ("550 5.7.1 policy", []),
        ("450 4.2.0 greylisted", ["deferred"]),
    ],
)
def test_only_what_is_about_the_address_counts_against_it(sink, answer, event):
    sent_with(sink, "RCPT", answer)
    assert list(DeliveryEvent.objects.values_list("event", flat=True)) == event


def test_a_refused_message_does_not_spoil_the_next(sink):
    answers = iter(["550 5.1.1 nobody", "", "450 4.2.0 later", ""])
    sink.script = lambda step, _address: next(answers) if step == "RCPT" else ""
    rows = [outbox.mail() for _ in range(4)]
    delivery.send_batch(channel="email")
    assert [outbox.now(row).status for row in rows] == ["bounced", "sent", "scheduled", "sent"]


def test_450_then_250_arrives_once(sink):
    row = sent_with(sink, "RCPT", "450 4.2.0 greylisted")
    sink.script = lambda _step, _address: ""
    assert delivery.send(delivery=row).status == "sent"
    assert sink.taken == [row.message_id]


def test_a_server_that_is_not_there_costs_no_attempt(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).attempts) == ("scheduled", 0)
    assert "refused" in Circuit.objects.get().last_error


def test_a_server_that_hangs_from_the_first_word_costs_no_attempt(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        row = outbox.mail()
        delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).attempts) == ("scheduled", 0)
    assert Circuit.objects.get().failures == 1


def test_tls_that_the_server_does_not_speak_costs_no_attempt(sink, settings):
    settings.EMAIL_USE_TLS = True
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).attempts) == ("scheduled", 0)
    assert "STARTTLS" in Circuit.objects.get().last_error


def test_a_log_in_that_the_server_refuses_costs_no_attempt(sink, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "films", "wrong"
    row = outbox.mail()
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).attempts) == ("scheduled", 0)
    assert Circuit.objects.get().failures == 1


def test_a_domain_in_other_letters_goes_out_in_ascii(sink):
    outbox.mail(outbox.reader(email="zoë@bücher.example"), message=b"Subject: x\r\n\r\nx\r\n")
    delivery.send_batch(channel="email")
    assert sink.recipients == ["zoë@xn--bcher-kva.example"]
    assert "SMTPUTF8" in sink.options[0]


@pytest.mark.parametrize("address", ["a\r\nRCPT TO:<b@example.org>@example.org", "a@example.org\r\nDATA"])
def test_a_line_break_in_an_address_is_no_command(sink, address):
    user = outbox.reader()
    row = outbox.mail(user, recipient=address, message=b"Subject: x\r\n\r\nx\r\n", is_test=True)
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, sink.taken) == ("failed", [])


def test_a_row_without_a_message_fails_and_says_that_it_is_our_fault(sink):
    row = outbox.mail()
    type(row).objects.filter(id=row.id).update(message=None)
    delivery.send_batch(channel="email")
    assert (outbox.now(row).status, outbox.now(row).reason) == ("failed", reasons.BROKEN)
