"""A process that is there to be killed: it loads Django once and forks a sender whenever it is asked for one.

A line on its input is one order, and the number of the process that carries it out is written on its output.
"""

import json
import os
import signal
import smtplib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "site")]
NEVER = 10**9


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, at: int, when: Callable[..., bool] = lambda *_: True) -> None:
    """Die at the `at`-th call of this function, before anything of it has happened."""
    original, calls = getattr(owner, name), []

    def replacement(*arguments: Any, **named: Any) -> Any:
        calls.extend([1] if when(*arguments) else [])
        if len(calls) >= at:
            die()
        return original(*arguments, **named)

    setattr(owner, name, replacement)


def after(owner: Any, name: str, at: int, when: Callable[..., bool] = lambda *_: True) -> None:
    """Die when the `at`-th call of this function has done its work."""
    original, calls = getattr(owner, name), []

    def replacement(*arguments: Any, **named: Any) -> Any:
        answer = original(*arguments, **named)
        calls.extend([1] if when(*arguments) else [])
        if len(calls) >= at:
            die()
        return answer

    setattr(owner, name, replacement)


def inside(owner: Any, name: str, at: int) -> None:
    """Die when the `at`-th call has written everything and not committed it."""
    from django.db import transaction

    original, calls = getattr(owner, name), []

    def replacement(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) < at:
            return original(*arguments, **named)
        with transaction.atomic():
            original(*arguments, **named)
            die()
        return None

    setattr(owner, name, replacement)


def doom(point: str) -> None:
    """Let this process die at a point of its work."""
    from notify.services import delivery

    {
        "": lambda: None,
        "before claim": lambda: before(delivery, "claim", 1),
        "after claim": lambda: after(delivery, "claim", 1),
        "after MAIL": lambda: after(smtplib.SMTP, "mail", 2),
        "after DATA body": lambda: after(smtplib.SMTP, "send", 2, lambda _smtp, data: data[-5:] == b"\r\n.\r\n"),
        "after 250": lambda: before(delivery, "mark", 2),
        "before commit": lambda: inside(delivery, "mark", 2),
    }[point]()


def send(source: str, point: str) -> None:
    """What a worker does, over and over: one pass of the outbox."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    settings.MAIL_EVENT_SOURCE = source
    doom(point)
    while True:
        try:
            with Path(os.devnull).open("w") as nowhere:
                call_command("send_outbox", stdout=nowhere)
        except Exception:  # the database is away
            connection.close()
            time.sleep(0.1)
        time.sleep(0.02)


def fill(mails: int, people: int) -> None:
    from tests.notify import outbox

    readers = [outbox.reader(email=f"reader-{number}@example.org") for number in range(people)]
    for number in range(mails):
        outbox.mail(readers[number % people], key=f"digest:{number}:{os.getpid()}")


def record(file: str) -> None:
    from django.core.management import call_command

    call_command("record_mail_events", file)


def pump() -> None:
    from notify.tasks import pump_outbox

    pump_outbox()


ORDERS: dict[str, Callable[..., None]] = {"send": send, "fill": fill, "record": record, "pump": pump}


def main() -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.EMAIL_TIMEOUT = 5
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from notify import tasks  # noqa: F401 - loaded once, for all children

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what commands print is no answer
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if child := os.fork():
            answers.write(f"{child}\n")
            answers.flush()
            continue
        try:
            ORDERS[name](*arguments)
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
