"""What is missing before large providers take our mails."""

from argparse import ArgumentParser
from typing import Any

from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError

from notify import setup


class Command(BaseCommand):
    help = "Say what is missing for digests to arrive: settings, and SPF, DKIM, DMARC and MX of the sender's domain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--selector", default="", help="the DKIM selector of whoever signs the mails")
        parser.add_argument("--name-server", default="", metavar="HOST[:PORT]", help="ask this name server")
        parser.add_argument("--connect", action="store_true", help="also open a connection to the mail server")

    def handle(self, *, selector: str, name_server: str, connect: bool, **_options: Any) -> None:
        found = setup.findings(selector=selector, server=_server(name_server))
        if connect:
            found.append(_connected())
        for finding in found:
            self.stdout.write(f"{finding.level:<8}{finding.text}")
        missing = sum(finding.level == setup.MISSING for finding in found)
        if missing:
            raise CommandError(f"{missing} of {len(found)} are missing")


def _server(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.partition(":")
    if port and not port.isdigit():
        raise CommandError("--name-server takes a host, or host:port")
    return host, int(port or 53)


def _connected() -> setup.Finding:
    try:
        connection = get_connection()
        connection.open()
        connection.close()
    except Exception as problem:  # each backend has its own kinds
        return setup.Finding(setup.MISSING, f"the mail server: {type(problem).__name__}: {problem}")
    return setup.Finding(setup.OK, "the mail server answers")
