"""E-mail, by whatever backend the settings name: a mail server, a provider, the terminal, or a test's memory."""

import errno
import logging
import socket
import ssl
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Any, cast

import requests
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from notify import reasons
from notify.channels import patience, smtp
from notify.channels.base import Outcome, Unavailable
from notify.models import Delivery

logger = logging.getLogger(__name__)
# No byte of a message has left yet.
UNREACHED = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError, requests.ConnectTimeout)
NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH}
# What Django writes from the message's own fields.
WRITTEN_ANEW = {"from", "to", "subject", "message-id", "mime-version", "content-type", "content-transfer-encoding"}


def send_batch(deliveries: Iterable[Delivery]) -> Iterator[Outcome]:
    """Raises Unavailable where no connection is to be had."""
    backend = patience.connection()
    if isinstance(backend, EmailBackend):
        return smtp.send_batch(backend, deliveries)
    return _by_backend(backend, deliveries)


def _by_backend(backend: Any, deliveries: Iterable[Delivery]) -> Iterator[Outcome]:
    """Backends that take Django's messages, not ours: the terminal, files, memory, providers."""
    try:
        backend.open()
    except Exception as problem:  # each backend has its own kinds
        raise Unavailable(f"{type(problem).__name__}: {problem}"[:500]) from problem
    try:
        for delivery in deliveries:
            yield _send(backend, delivery)
    finally:
        backend.close()


def _send(backend: Any, delivery: Delivery) -> Outcome:
    if not delivery.message:
        return Outcome.refused(delivery, reasons.BROKEN, "there is no message")
    try:
        message = as_django(delivery)
    except Exception as problem:  # whatever keeps these bytes from being a mail
        return Outcome.refused(delivery, reasons.BROKEN, f"{type(problem).__name__}: {problem}"[:500])
    try:
        backend.send_messages([message])
    except Exception as problem:  # each backend has its own kinds
        return _failed(delivery, problem)
    status = getattr(message, "anymail_status", None)
    return Outcome.sent(delivery, str(getattr(status, "message_id", None) or ""))


def _failed(delivery: Delivery, problem: Exception) -> Outcome:
    """A provider's answer has a status as web pages have: below 500 it refused, otherwise it may or may not have
    taken it. Where there was no connection it has not. Anything else that happens before it answers is in doubt."""
    said = f"{type(problem).__name__}: {problem}"[:500]
    code = getattr(problem, "status_code", None)
    if code in {401, 402, 403} or any(_is_unreached(one) for one in _chain(problem)):
        return Outcome.unavailable(delivery, said)
    if isinstance(code, int):
        if code == 429:
            return Outcome.retry(delivery, said)
        if 400 <= code < 500:
            return Outcome.refused(delivery, reasons.REFUSED, said)
        return Outcome.unknown(delivery, said)
    if type(problem).__name__ in {"AnymailRecipientsRefused", "AnymailInvalidAddress", "AnymailSerializationError"}:
        return Outcome.refused(delivery, reasons.REFUSED, said)
    logger.warning("nobody knows whether message %s was taken: %s", delivery.id, said)
    return Outcome.unknown(delivery, said)


def _is_unreached(problem: BaseException) -> bool:
    return isinstance(problem, UNREACHED) or getattr(problem, "errno", None) in NO_WAY


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """The problem, and what lies behind it."""
    found, waiting = list[BaseException](), [problem]
    while waiting:
        found.append(one := waiting.pop())
        waiting += [
            cause for cause in (one.__cause__, one.__context__) if cause and all(cause is not known for known in found)
        ]
    return iter(found)


def as_django(delivery: Delivery) -> EmailMultiAlternatives:
    """The stored message once more, as Django's own. Its Message-ID and every header of ours stay as they were made."""
    parsed = cast(EmailMessage, message_from_bytes(bytes(delivery.message or b""), policy=policy.default))
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    headers = {name: str(value) for name, value in parsed.items() if name.lower() not in WRITTEN_ANEW}
    if delivery.message_id:
        headers["Message-ID"] = delivery.message_id
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=_words(text) if text else delivery.content,
        from_email=str(parsed["From"]),
        to=[str(parsed["To"] or delivery.recipient)],
        headers=headers,
    )
    if html:
        message.attach_alternative(_words(html), "text/html")
    vars(message)["metadata"] = {"delivery": str(delivery.id)}  # a provider says it again in its reports
    return message


def _words(part: MIMEPart) -> str:
    """With the ends of lines that Django expects."""
    return str(part.get_content()).replace("\r\n", "\n")
