"""A mail server's whole answer has to come in the time that is given to it.

A socket's own timeout only says how long it may be silent: who sends a letter now and then, or one more line and one
more, could keep a sender for longer than its lease, or for ever.
"""

import smtplib
import socket
import time
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

LONGEST_ANSWER = 64 * 1024


class Backend(EmailBackend):
    """Django's own, with connections that lose patience."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return PatientSSL if self.use_ssl else Patient


class Lines:
    """What smtplib reads answers from, until `deadline` (of time.monotonic) and not after it."""

    def __init__(self, source: socket.socket) -> None:
        self._source, self._heard, self._room = source, b"", LONGEST_ANSWER
        self._deadline: float | None = None

    def begin(self) -> None:
        """Another answer is waited for, twice as long as the socket may be silent."""
        patience = self._source.gettimeout()
        self._deadline = time.monotonic() + 2 * patience if patience else None
        self._room = LONGEST_ANSWER

    def readline(self, most: int) -> bytes:
        while b"\n" not in self._heard and len(self._heard) < most:
            piece = self._receive()
            if not piece:
                break
            self._heard += piece
        line, end, rest = self._heard[:most].partition(b"\n")
        line += end
        self._heard = rest + self._heard[most:]
        self._room -= len(line)
        if self._room < 0:
            raise OSError("the answer does not end")
        return line

    def close(self) -> None:
        """The socket closes itself."""

    def _receive(self) -> bytes:
        patience = self._source.gettimeout()
        if self._deadline is None or patience is None:
            return self._source.recv(4096)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._source.settimeout(min(left, patience))
        try:
            return self._source.recv(4096)
        finally:
            self._source.settimeout(patience)


class Patient(smtplib.SMTP):
    file: Any  # smtplib forgets it when the connection ends, and when it becomes a secret one

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = Lines(self.sock)
        if self.file is not None:
            self.file.begin()
        return super().getreply()


class PatientSSL(Patient, smtplib.SMTP_SSL):
    """The same, secret from the first word."""


def connection() -> Any:
    """The backend that the settings name; Django's for mail servers in its patient form."""
    backend = get_connection()
    return Backend() if type(backend) is EmailBackend else backend
