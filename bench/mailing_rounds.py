"""The rounds of `bench.mailing`, in a process that has its database and knows its mail server."""

import os
import resource
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter, process_time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import mail_people  # noqa: E402
from notify import mime  # noqa: E402
from notify.models import Delivery  # noqa: E402
from notify.services import delivery, outbox  # noqa: E402

PEOPLE, MAILS, ROUNDS, FLOOD = 500, 500, 3, 5_000
QUEUE_SQL = """
    INSERT INTO notification_logs (user_id, notification_type, channel, subject, content, recipient, message,
        message_id, data, is_test, status, reason, idempotency_key, attempts, last_error, scheduled_at, created_at)
    SELECT u.id, 'digest', 'email', 'Your week', '', u.email, %(message)s, '<' || %(run)s || n || '@example.org>',
        '{}', false, 'scheduled', '', %(run)s || n, 0, '', now(), now()
    FROM generate_series(1, %(count)s) AS n JOIN users u ON u.username = 'bench-' || (1 + n %% %(people)s)
"""


def message() -> bytes:
    """A digest as large as ours are."""
    user = Delivery._meta.get_field("user").related_model.objects.first()
    line = '<p style="margin:0 0 12px;color:#222222">A film about somebody who goes somewhere.</p>'
    built = mime.build(user=user, kind="digest", subject="Your week", text="Six films.", html=line * 400, key="bench")
    return built.message


def queue(run: str, count: int, body: bytes) -> None:
    mail_people.execute(QUEUE_SQL, {"message": body, "run": run, "count": count, "people": PEOPLE})
    mail_people.execute("ANALYZE notification_logs")


def bare(body: bytes) -> float:
    """Mails a second over one connection with nothing but smtplib."""
    start = perf_counter()
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        for number in range(MAILS):
            server.sendmail("films@example.org", [f"bench-{number}@example.org"], body)
    return MAILS / (perf_counter() - start)


def ours(senders: int) -> tuple[float, float]:
    """Mails a second out of the outbox, and this process's CPU milliseconds a mail."""
    start, cpu = perf_counter(), process_time()
    with ThreadPoolExecutor(senders) as pool:
        sent = sum(pool.map(sender, range(senders)))
    return sent / (perf_counter() - start), 1000 * (process_time() - cpu) / sent


def sender(_number: int) -> int:
    sent = 0
    while done := delivery.send_batch(channel="email"):
        sent += done.get("sent", 0)
    connection.close()
    return sent


def megabytes() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def speed(body: bytes, senders: int) -> None:
    rates, ratios, costs = [], [], []
    for number in range(ROUNDS):
        against = bare(body)
        queue(f"speed-{senders}-{number}-", MAILS, body)
        rate, cpu = ours(senders)
        rates.append(rate)
        ratios.append(rate / against)
        costs.append(cpu)
    print(
        f"senders: {senders}; {len(body) / 1024:.0f} kB a mail; {median(rates):.0f} mails/s,"
        f" {median(ratios):.2f} of the bare mail server; {median(costs):.1f} ms CPU a mail"
    )


def flood() -> None:
    """What waits behind a flood, and what the flood costs in memory."""
    queue("flood-", FLOOD, b"Subject: x\r\n\r\n" + b"x" * 8_000)
    delivery.send_batch(channel="email")
    before, start = megabytes(), perf_counter()
    for _ in range(5):
        delivery.send_batch(channel="email")
    user = Delivery.objects.order_by("id").first().user
    alert = outbox.enqueue(
        user=user,
        kind="trending",
        channel="email",
        key="alert",
        recipient=user.email,
        subject="",
        content="",
        message=b"Subject: x\r\n\r\nx",
        message_id="<alert@example.org>",
        not_before=timezone.now(),
    )
    behind = 0
    while Delivery.objects.get(id=alert.id).status == "scheduled":
        behind += delivery.send_batch(channel="email").get("sent", 0)
    while delivery.send_batch(channel="email"):
        pass
    took = perf_counter() - start
    print(f"{FLOOD:,} digests due at once: {FLOOD / took:.0f} mails/s to the last")
    print(f"an alert that came among them was sent within {behind} mails (a batch is {delivery.BATCH})")
    grown, peak = megabytes() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory grew by {grown:.1f} MB from the first batch to the last; {peak:.0f} MB at most")


def main() -> None:
    mail_people.make(PEOPLE)
    time.sleep(1)  # the mail server needs a moment to come up
    for senders in (1, 2):
        speed(message(), senders)
    flood()


if __name__ == "__main__":
    main()
