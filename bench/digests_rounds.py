"""The rounds of `bench.digests`, in a process that has its database and only watches the worker."""

import os
import sys
import time
from statistics import median

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import mail_people, mailing_rounds, pages  # noqa: E402
from notify.models import Delivery, Preference  # noqa: E402
from notify.services import outbox  # noqa: E402

RATINGS, PICKS = 5, 20
LOOK, ALERT = 2.0, 15.0  # seconds between two looks, and between two alerts
MOST_SILENT = 180  # seconds without progress after which something is wrong


def seed(people: int) -> None:
    call_command("load_catalogue", verbosity=0)
    mail_people.make(people)
    mail_people.interest(RATINGS, PICKS)
    mail_people.execute("UPDATE notifications_preferences SET next_due_at = now() - random() * interval '1 minute'")
    mail_people.execute("VACUUM ANALYZE")


def resident(pids: list[int]) -> float:
    """MB of memory of all of them."""
    held = 0
    for pid in pids:
        with open(f"/proc/{pid}/statm") as file:
            held += int(file.read().split()[1])
    return held * os.sysconf("SC_PAGE_SIZE") / 2**20


def used(pids: list[int]) -> float:
    """Seconds of processor time of all of them."""
    return sum(pages.cpu_seconds(pid) for pid in pids)


def counts() -> tuple[int, int]:
    """How many digests were made, and how many of these were handed over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE status <> 'scheduled' AND status <> 'sending')"
            " FROM notification_logs WHERE notification_type = 'digest'"
        )
        return cursor.fetchone()


def alert(number: int, user: User) -> None:
    outbox.enqueue(
        user=user,
        kind="trending",
        channel="email",
        key=f"alert-{number}",
        recipient=user.email,
        subject="",
        content="",
        message=b"Subject: x\r\n\r\nx",
        message_id=f"<alert-{number}@example.org>",
        not_before=timezone.now(),
    )


def watch(workers: list[int], people: int) -> tuple[float, float, list[float]]:
    """Seconds until all were made, until all were out, and the workers' memory at each look."""
    start, cpu = time.perf_counter(), used(workers)
    made = sent = alerts = 0
    all_made, moved, memory = 0.0, start, []
    user = User.objects.order_by("id")[0]
    while sent < people:
        time.sleep(LOOK)
        now, before = time.perf_counter(), (made, sent)
        made, sent = counts()
        memory.append(resident(workers))
        all_made = all_made or (now - start if made == people else 0.0)
        if now - start > ALERT * alerts and made:
            alerts += 1
            alert(alerts, user)
        if (made, sent) != before:
            moved = now
        elif now - moved > MOST_SILENT:
            sys.exit(f"{made:,} made and {sent:,} sent of {people:,}, and no more for {MOST_SILENT} seconds")
    took = time.perf_counter() - start
    each = 1000 * (used(workers) - cpu) / people
    print(f"{each:.1f} ms of the workers' CPU a digest, making and sending")
    return all_made, took, memory


def waits() -> list[float]:
    """Seconds that each alert waited."""
    rows = Delivery.objects.filter(notification_type="trending", sent_at__isnull=False)
    return sorted((sent - due).total_seconds() for sent, due in rows.values_list("sent_at", "scheduled_at"))


def busiest() -> int:
    """The most mails that went out in any sixty seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(n) FROM (SELECT count(*) OVER (ORDER BY sent_at RANGE BETWEEN interval '60 seconds' PRECEDING"
            " AND CURRENT ROW) AS n FROM notification_logs WHERE sent_at IS NOT NULL) AS spans"
        )
        return cursor.fetchone()[0]


def main(workers: list[int]) -> None:
    people = Preference.objects.filter(next_due_at__isnull=False).count()
    body = mailing_rounds.message()
    before = mailing_rounds.bare(body)
    all_made, took, memory = watch(workers, people)
    bare = median([before, mailing_rounds.bare(body)])
    rate, held = people / took, waits()
    print(f"{people:,} digests due in one minute: all made after {all_made:.0f} s, all handed over after {took:.0f} s")
    print(f"{rate:.0f} digests/s from the first look to the last mail, {rate / bare:.2f} of the bare mail server")
    print(f"{busiest():,} mails in the busiest minute, of {os.environ['MAIL_PER_MINUTE']} allowed")
    print(f"memory: {memory[0]:.0f} MB at first, {median(memory):.0f} in between, {max(memory):.0f} at most")
    if held:
        print(f"{len(held)} alerts meanwhile waited {median(held):.1f} s, {held[-1]:.1f} at most")


if __name__ == "__main__":
    if sys.argv[1] == "seed":
        seed(int(sys.argv[2]))
    else:
        main([int(pid) for pid in sys.argv[1:]])
