"""The clock and the muscle: every task may be lost at any time, and the next minute finds all that is due again."""

import contextlib
import time

from django.core.mail import EmailMultiAlternatives
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from notify import mime
from notify.channels import CHANNELS, patience
from notify.models import Delivery
from notify.services import alerts, announcements, delivery, digests, doubts, inbox, news, zones

SENDERS = 2  # at a time and channel; a mail waits for the network, so more than one is worth it
TURN = 60
PAUSE = 5
FIRST = 10  # of the tasks that wait: somebody looks at their mailbox


@db_periodic_task(crontab(minute="*"), name="notify.pump_outbox")
def pump_outbox() -> None:
    """Settle what is in doubt, and set senders to work until the next minute, when this comes again: one that goes on
    looking where nothing is due yet, more where there is work for them."""
    doubts.settle()
    for channel in CHANNELS:
        for _ in range(max(1, delivery.due(channel=channel, limit=SENDERS))):
            send_batch(channel, time.time() + TURN)


@db_task(name="notify.send_batch")
def send_batch(channel: str, until: float) -> None:
    """One batch; then to the back of the queue, so that other work gets its turn between two batches. Where nothing
    could be sent, another look in some seconds: something may be due by then, or be allowed again."""
    done = delivery.send_batch(channel=channel)
    if done and time.time() < until:
        send_batch(channel, until)
    elif time.time() + PAUSE < until:
        send_batch.schedule((channel, until), delay=PAUSE)


@db_periodic_task(crontab(minute="*"), name="notify.pump_digests")
def pump_digests() -> None:
    """Set to work on whoever is due."""
    make_digests(time.time() + TURN)


@db_task(name="notify.make_digests")
def make_digests(until: float) -> None:
    """Those of some people; then to the back of the queue, as above."""
    if digests.pump() and time.time() < until:
        make_digests(until)


@db_periodic_task(crontab(minute="12"), name="notify.pump_alerts")
def pump_alerts() -> None:
    """Look for news for everybody who has evening now."""
    look_for_news(0, time.time() + 55 * TURN)


@db_task(name="notify.look_for_news")
def look_for_news(after: int, until: float) -> None:
    """For some people; then to the back of the queue, as above."""
    if (last := alerts.pump(after)) and time.time() < until:
        look_for_news(last, until)


def send_soon(delivery_id: int) -> None:
    """This one row, ahead of everything that waits: somebody has asked for it and looks at their mailbox."""
    _send_one(delivery_id)


@db_task(priority=FIRST, name="notify.send_one")
def _send_one(delivery_id: int) -> None:
    if row := Delivery.objects.filter(id=delivery_id).first():
        delivery.send(delivery=row)


@db_task(priority=FIRST, retries=5, retry_delay=TURN, name="notify.send_apart")
def send_apart(address: str, subject: str, text: str, html: str) -> None:
    """A mail to an address that is nobody's here, and so can have no row: tried for some minutes, then given up."""
    with contextlib.suppress(ValueError):  # a blank in quotes, which only a mail server can love
        address = mime.wire(address)
    mail = EmailMultiAlternatives(subject, text, to=[address], headers={"Auto-Submitted": "auto-generated"})
    mail.connection = patience.connection()
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()


@db_task(name="notify.tell_of_new_picks")
def tell_of_new_picks() -> None:
    """After a training. Should it be lost, the next night tells of what is new by then."""
    news.new_picks()


@db_task(name="notify.tell_of_an_experiment")
def tell_of_an_experiment(experiment_id: int) -> None:
    news.experiment_ended(experiment_id=experiment_id)


@db_periodic_task(crontab(minute="25"), name="notify.tell_of_what_happened")
def tell_of_what_happened() -> None:
    """Films that came out today, and experiments of which nobody was told."""
    news.releases()
    news.experiments_ended()


@db_periodic_task(crontab(minute="*"), name="notify.carry_out_announcements")
def carry_out_announcements() -> None:
    announcements.carry_out()


@db_task(name="notify.announce_now")
def announce_now() -> None:
    """At once, for staff who wait for it; otherwise the next minute does it."""
    announcements.carry_out()


@db_periodic_task(crontab(hour="4", minute="40"), name="notify.forget_expired")
def forget_expired() -> None:
    inbox.forget_expired()


@db_periodic_task(crontab(hour="3", minute="55"), name="notify.mend_zones")
def mend_zones() -> None:
    zones.mend()
