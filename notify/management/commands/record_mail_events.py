"""The door for whoever reads a mail server's log: one JSON object a line, as often as they like."""

import datetime
import json
import sys
from argparse import ArgumentParser, FileType
from io import TextIOWrapper
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from notify.models import EventKind
from notify.services import events

REPORTS = [kind.value for kind in EventKind if kind not in events.OURS]


class Command(BaseCommand):
    help = (
        "Write down what became of mails, from lines like "
        '{"event": "delivered", "message_id": "<x@example.org>", "at": "2026-03-05T12:00:00Z", "said": "250 ok"}. '
        "A line may come again; mails that are not ours are passed over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=FileType(encoding="utf-8"), default=sys.stdin)

    def handle(self, *, file: TextIO, **_options: Any) -> None:
        new = bad = 0
        if isinstance(file, TextIOWrapper):
            file.reconfigure(errors="replace")  # a server quotes whatever it was told
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                new += _record(json.loads(line)) is not None
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as problem:
                bad += 1
                self.stderr.write(f"line {number}: {problem}")
        self.stdout.write(f"{new} new")
        if bad:
            raise CommandError(f"{bad} lines were not understood; all others are written down")


def _record(said: Any) -> object:
    """Raises ValueError, TypeError or KeyError for what is no report."""
    if not isinstance(said, dict):
        raise ValueError("not an object")
    if said["event"] not in REPORTS:
        raise ValueError(f"event must be one of {', '.join(REPORTS)}")
    return events.record(
        event=said["event"],
        message_id=_text(said, "message_id"),
        address=_text(said, "address"),
        at=_time(_text(said, "at")),
        detail={"said": _text(said, "said")} if said.get("said") else None,
    )


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(f"{name} must be text")
    return value[:500]


def _time(text: str) -> datetime.datetime | None:
    if not text:
        return None
    found = parse_datetime(text)
    if found is None or found.tzinfo is None:
        raise ValueError("at must be a time with its offset, like 2026-03-05T12:00:00Z")
    return found
