"""Handing messages to a mail server, step by step: what an answer means depends on the step that it answers.

Nothing has been handed over until the server asked for the text (354); from there on until its answer to the final dot,
a connection that breaks leaves open whether it took the message (RFC 5321, 6.1).
"""

import contextlib
import re
import smtplib
from collections.abc import Iterable, Iterator
from email.utils import parseaddr

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from notify import mime, reasons
from notify.channels.base import Outcome, Unavailable
from notify.models import Delivery

Answer = tuple[int, bytes]
CLOSING = 421
NOT_ALLOWED = {530, 534, 535, 538}  # the server wants another log-in: nothing to do with this message
ENHANCED = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")


def send_batch(backend: EmailBackend, deliveries: Iterable[Delivery]) -> Iterator[Outcome]:
    """One connection for all of them. Raises Unavailable when there is none to be had."""
    try:
        backend.open()
        if backend.connection is not None:
            backend.connection.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as problem:  # refused, hanging, TLS, log-in
        raise Unavailable(_said(problem)) from problem
    if backend.connection is None:
        raise Unavailable("no connection")
    try:
        for delivery in deliveries:
            yield _send(backend.connection, delivery)
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            backend.close()


def _send(smtp: smtplib.SMTP, delivery: Delivery) -> Outcome:
    if not delivery.message:
        return Outcome.refused(delivery, reasons.BROKEN, "there is no message")
    try:
        return _announce(smtp, delivery) or _hand_over(smtp, delivery)
    except ValueError as problem:  # a line break or letters that cannot be sent, in the address
        return Outcome.refused(delivery, reasons.BROKEN, _said(problem))
    except smtplib.SMTPNotSupportedError as problem:
        return Outcome.refused(delivery, reasons.REFUSED, _said(problem))
    except (OSError, smtplib.SMTPException) as problem:
        return Outcome.unavailable(delivery, _said(problem))


def _announce(smtp: smtplib.SMTP, delivery: Delivery) -> Outcome | None:
    """Envelope and DATA: None when the server waits for the text."""
    recipient = mime.wire(delivery.recipient)
    answer = smtp.mail(mime.wire(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]), _options(smtp, delivery, recipient))
    if not _is_yes(answer):
        return _sender_refused(smtp, delivery, answer)
    answer = smtp.rcpt(recipient)
    if not _is_yes(answer):
        return _recipient_refused(smtp, delivery, answer)
    answer = smtp.docmd("DATA")
    return None if answer[0] == 354 else _text_refused(smtp, delivery, answer)


def _hand_over(smtp: smtplib.SMTP, delivery: Delivery) -> Outcome:
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", bytes(delivery.message or b"")).removesuffix(b"\r\n")
    try:
        smtp.send(re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n")
        answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as problem:
        return Outcome.unknown(delivery, _said(problem))
    if _is_yes(answer):
        return Outcome.sent(delivery)
    if not 400 <= answer[0] < 600:  # neither yes nor no: it may have been taken
        return Outcome.unknown(delivery, _text(answer))
    return _text_refused(smtp, delivery, answer)


def _is_yes(answer: Answer) -> bool:
    """The first digit decides (RFC 5321, 4.3.2): whoever takes a mail with another 2xx has taken it."""
    return 200 <= answer[0] < 300


def _options(smtp: smtplib.SMTP, delivery: Delivery, recipient: str) -> list[str]:
    """Raises SMTPNotSupportedError where the server cannot take what we have."""
    options = []
    message = bytes(delivery.message or b"")
    if smtp.has_extn("size"):
        options.append(f"SIZE={len(message)}")
    if not recipient.isascii():
        if not smtp.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("the server takes no addresses outside ASCII")
        options.append("SMTPUTF8")
    if not message.isascii() and smtp.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    return options


def _sender_refused(smtp: smtplib.SMTP, delivery: Delivery, answer: Answer) -> Outcome:
    """Of all messages alike, but for one that is too large, and for a server that asks for patience."""
    if answer[0] == 552 or _status(answer) == "5.3.4":
        return _end(smtp, Outcome.refused(delivery, reasons.TOO_LARGE, _text(answer)))
    if 400 <= answer[0] < 500 and answer[0] != CLOSING:
        return _end(smtp, Outcome.retry(delivery, _text(answer)))
    return Outcome.unavailable(delivery, _text(answer))


def _recipient_refused(smtp: smtplib.SMTP, delivery: Delivery, answer: Answer) -> Outcome:
    code, status = answer[0], _status(answer)
    if code == CLOSING or code in NOT_ALLOWED or not 400 <= code < 600:
        return Outcome.unavailable(delivery, _text(answer))
    full = code == 552 or status[2:] == "2.2"
    if code < 500:  # 4.3.x to 4.7.x: too many at once, the network, a policy; nothing of the mailbox
        return _end(smtp, Outcome.retry(delivery, _text(answer), soft=status[2:3] in {"", "1", "2"}))
    hard = not full and status != "5.4.4" and not status.startswith("5.7.")
    return _end(smtp, Outcome.refused(delivery, reasons.REFUSED, _text(answer), hard=hard, soft=full))


def _text_refused(smtp: smtplib.SMTP, delivery: Delivery, answer: Answer) -> Outcome:
    """The answer to DATA or to the final dot; it says nothing of the address."""
    code = answer[0]
    if code == CLOSING or code in NOT_ALLOWED or not 400 <= code < 600:
        return Outcome.unavailable(delivery, _text(answer))
    if code < 500:
        return _end(smtp, Outcome.retry(delivery, _text(answer)))
    reason = reasons.TOO_LARGE if code == 552 or _status(answer) == "5.3.4" else reasons.REFUSED
    return _end(smtp, Outcome.refused(delivery, reason, _text(answer)))


def _end(smtp: smtplib.SMTP, outcome: Outcome) -> Outcome:
    """Ready for the next message. A connection that breaks here breaks at the next one's first word as well."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.rset()
    return outcome


def _status(answer: Answer) -> str:
    found = ENHANCED.search(answer[1] or b"")
    return found[1].decode() if found else ""


def _text(answer: Answer) -> str:
    return f"{answer[0]} {(answer[1] or b'').decode(errors='replace')}"[:500]


def _said(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:500]
