"""The rounds of `bench inbox`, on a seeded database."""

import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import inbox as bench  # noqa: E402
from bench.pages import cpu_seconds  # noqa: E402
from config import database  # noqa: E402
from notify.models import InboxNotification  # noqa: E402

IDLE_SECONDS = 20


def readers() -> list[User]:
    names = [f"reader-{number}" for number in range(bench.STREAMS)]
    User.objects.bulk_create([User(username=name, email=f"{name}@example.org", password="x") for name in names])
    return list(User.objects.filter(username__in=names))


def cookie(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def line(user: User) -> InboxNotification:
    return InboxNotification(user=user, kind="announcement", title="News")


def one_by_one(streams: bench.Streams, users: list[User], unseen: int) -> list[float]:
    seconds = []
    for number in range(0, bench.STREAMS, bench.STREAMS // bench.LINES):
        line(users[number]).save()
        committed = time.perf_counter()
        seconds.append(streams.wait_for(number, unseen) - committed)
    return seconds


def bursts(streams: bench.Streams, users: list[User], unseen: int) -> list[float]:
    """A hundred people at once, in one statement."""
    seconds: list[float] = []
    for start in range(0, bench.STREAMS, bench.BURST):
        some = range(start, start + bench.BURST)
        InboxNotification.objects.bulk_create([line(users[number]) for number in some])
        committed = time.perf_counter()
        seconds += [streams.wait_for(number, unseen) - committed for number in some]
    return seconds


def bare() -> list[float]:
    """A NOTIFY heard by a plain connection."""
    seconds = []
    with database.connect() as listening, connection.cursor() as cursor:
        listening.autocommit = True
        listening.execute("LISTEN bench")
        for _ in range(bench.LINES):
            cursor.execute("SELECT pg_notify('bench', '')")
            committed = time.perf_counter()
            next(listening.notifies(timeout=5, stop_after=1))
            seconds.append(time.perf_counter() - committed)
    return seconds


def main() -> None:
    users = readers()
    cookies = [cookie(user) for user in users]
    with bench.process() as pid:
        empty, streams = bench.memory(pid), bench.Streams()
        started = time.perf_counter()
        for number, one in enumerate(cookies):
            streams.open(number, one)
        for number in range(bench.STREAMS):
            streams.wait_for(number, 0, seconds=60)
        opened = time.perf_counter() - started
        full, cpu, began = bench.memory(pid), cpu_seconds(pid), time.perf_counter()
        while time.perf_counter() - began < IDLE_SECONDS:
            streams.read(0.5)
        idle = (cpu_seconds(pid) - cpu) / IDLE_SECONDS
        print(f"{bench.STREAMS} streams on one process, opened in {opened:.1f} s; idle they use {idle:.1%} of a core")
        each = 1024 * (full - empty) / bench.STREAMS
        print(f"memory {empty:.0f} MB without streams, {full:.0f} MB with them: {each:.0f} kB each")
        # A line of each round is one more unseen for whoever gets it.
        alone = one_by_one(streams, users, 1)
        InboxNotification.objects.all().delete()
        for number in range(0, bench.STREAMS, bench.STREAMS // bench.LINES):
            streams.wait_for(number, 0)
        together = bursts(streams, users, 1)
        print(bench.told("a bare NOTIFY", bare()))
        print(bench.told("one line, commit to event", alone))
        print(bench.told(f"{bench.BURST} people in one statement", together))
        print(bench.verdict(alone + together))


if __name__ == "__main__":
    main()
