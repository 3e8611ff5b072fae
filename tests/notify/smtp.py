"""A real mail server of our own that does as it is told: takes mails, refuses them, hangs, or breaks off."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.running import free_port

HANG = "hang"
CLOSE = "close"
TAKE_AND_CLOSE = "take and close"
Script = Callable[[str, str], str]


class Sink:
    """`script(step, address)` says what is answered to "MAIL", "RCPT" and "DATA" (that is, to the final dot): a line,
    nothing for 250, or one of the words above. `taken` holds the Message-IDs of what was taken, in order."""

    def __init__(self) -> None:
        self.port = free_port()
        self.script: Script = lambda _step, _address: ""
        self.delay = 0.0
        self.taken: list[str] = []
        self.messages: list[bytes] = []
        self.recipients: list[str] = []
        self.options: list[list[str]] = []
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop(no_assert=True)
            self._controller = None

    def says(self, step: str, answer: str) -> None:
        """From now on this is the answer to one step."""
        self.script = lambda asked, _address: answer if asked == step else ""

    @property
    def doubled(self) -> list[str]:
        return [message_id for message_id, times in Counter(self.taken).items() if times > 1]

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.options.append(options)
        return await self._answer(server, "MAIL", address, lambda: setattr(envelope, "mail_from", address))

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        return await self._answer(server, "RCPT", address, lambda: envelope.rcpt_tos.append(address))

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.delay)
        return await self._answer(server, "DATA", envelope.rcpt_tos[0], lambda: self._take(envelope))

    def _take(self, envelope: Any) -> None:
        with self._lock:
            self.messages.append(envelope.content)
            self.recipients.extend(envelope.rcpt_tos)
            self.taken.append(str(message_from_bytes(envelope.content)["Message-ID"]))

    async def _answer(self, server: SMTP, step: str, address: str, act: Callable[[], Any]) -> str:
        said = self.script(step, address)
        if said == HANG:
            await asyncio.sleep(60)
        if said in {"", TAKE_AND_CLOSE} or said.startswith("2"):
            act()
        if said in {CLOSE, TAKE_AND_CLOSE}:
            server.transport.abort()
        return said if said[:1].isdigit() else "250 OK"
