"""Does the mail get out, and is it welcome? Each answer with what helps."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from notify.models import Channel, Circuit, Delivery, DeliveryStatus
from notify.services import doubts, suppressions
from web import heartbeat

Text = str | Promise
LEVELS = ("red", "amber", "green")
WEEK = datetime.timedelta(days=7)
LATE, VERY_LATE = datetime.timedelta(minutes=10), datetime.timedelta(hours=1)
MANY_DOUBTS = 20
# Per cent. The big mailboxes refuse everybody's mail from about 0.3 % of complaints on.
BOUNCES, COMPLAINTS = (2.0, 5.0), (0.1, 0.3)
FEW = 100  # mails, below which a rate says little


@dataclass(frozen=True)
class Check:
    """`level`: red, amber or green; `todo` is what helps, and empty where all is well."""

    name: Text
    level: str
    said: Text
    todo: Text = ""

    @property
    def word(self) -> Text:
        return {"red": _("Broken"), "amber": _("Look at this")}.get(self.level, _("Well"))

    @property
    def icon(self) -> str:
        return {"red": "close", "amber": "alert"}.get(self.level, "check")


@dataclass(frozen=True)
class Queue:
    """What of a channel waits: due now, due later, on the wire; since when the oldest is due."""

    channel: Channel
    due: int
    later: int
    sending: int
    oldest: datetime.datetime | None


@dataclass(frozen=True)
class Health:
    checks: Sequence[Check]
    queues: Sequence[Queue]
    doubts: Sequence[Delivery]
    doubted: int
    circuits: Sequence[tuple[Circuit, Text]]
    suppressed: int


def look(now: datetime.datetime | None = None) -> Health:
    now = now or timezone.now()
    queues = _queues(now)
    circuits = list(Circuit.objects.order_by("name"))
    in_doubt = Delivery.objects.filter(status=DeliveryStatus.IN_DOUBT)
    doubted = in_doubt.count()
    week = _week(now)
    checks = [
        _worker(),
        *(_queue(queue, now) for queue in queues),
        *ways_out(),
        _doubts(doubted),
        _rate(_("Bounces"), week["bounced"], week["tried"], BOUNCES, _BOUNCED),
        _rate(_("Complaints"), week["complained"], week["tried"], COMPLAINTS, _COMPLAINED),
    ]
    return Health(
        sorted(checks, key=lambda check: LEVELS.index(check.level)),
        queues,
        list(in_doubt.select_related("user").defer("message", "content").order_by("-created_at")[:50]),
        doubted,
        [(circuit, way_out(circuit)) for circuit in circuits],
        suppressions.active().count(),
    )


_BOUNCED = _("See whose addresses come back in the log. Many of one provider mean that it refuses us, not them.")
_COMPLAINED = _(
    "People report mail that they did not expect. See which kind it is, send less of it, and see that the link to "
    "leave is easy to find. From 3 in 1,000 on, mailboxes begin to refuse everything of ours."
)


def ways_out() -> list[Check]:
    """Whether the mail server and the push services answer, as far as anything was sent."""
    return [_circuit(circuit) for circuit in Circuit.objects.order_by("name")]


def _queues(now: datetime.datetime) -> list[Queue]:
    query = """
        SELECT channel, count(*) FILTER (WHERE status = 'scheduled' AND scheduled_at <= %(now)s),
            count(*) FILTER (WHERE status = 'scheduled' AND scheduled_at > %(now)s),
            count(*) FILTER (WHERE status = 'sending'),
            min(scheduled_at) FILTER (WHERE status = 'scheduled' AND scheduled_at <= %(now)s)
        FROM notification_logs WHERE status IN ('scheduled', 'sending') GROUP BY channel"""
    with connection.cursor() as cursor:
        cursor.execute(query, {"now": now})
        found = {channel: counts for channel, *counts in cursor.fetchall()}
    return [Queue(channel, *found.get(channel, (0, 0, 0, None))) for channel in (Channel.EMAIL, Channel.PUSH)]


def _week(now: datetime.datetime) -> Mapping[str, int]:
    """E-mails of seven days that reached a server or were refused by one; test mails are not counted."""
    query = """
        SELECT count(*) FILTER (WHERE sent_at IS NOT NULL OR status IN ('bounced', 'complained')) AS tried,
            count(*) FILTER (WHERE status = 'bounced') AS bounced,
            count(*) FILTER (WHERE status = 'complained') AS complained
        FROM notification_logs WHERE channel = 'email' AND NOT is_test AND created_at > %s"""
    with connection.cursor() as cursor:
        cursor.execute(query, [now - WEEK])
        return dict(zip(("tried", "bounced", "complained"), cursor.fetchone(), strict=True))


def _worker() -> Check:
    if heartbeat.is_alive():
        return Check(_("Worker"), "green", _("It gave a sign of life in the last three minutes."))
    todo = _("Start it again: without it nothing is sent. “manage.py run” starts site and worker.")
    return Check(_("Worker"), "red", _("It gives no sign of life."), todo)


def _queue(queue: Queue, now: datetime.datetime) -> Check:
    name = gettext("Queue: %(channel)s") % {"channel": queue.channel.label}
    said = ngettext("%(count)s message is due.", "%(count)s messages are due.", queue.due) % {
        "count": number_format(queue.due, force_grouping=True)
    }
    if queue.oldest is None:
        return Check(name, "green", said)
    age = now - queue.oldest
    said += " " + gettext("The oldest waits for %(age)s.") % {"age": timesince(queue.oldest, now, depth=1)}
    if age < LATE:
        return Check(name, "green", said)
    todo = _("See whether the worker runs and the other side answers. Nothing is lost: it goes out later.")
    return Check(name, "red" if age >= VERY_LATE else "amber", said, todo)


def _circuit(circuit: Circuit) -> Check:
    name = gettext("Way out: %(name)s") % {"name": way_out(circuit)}
    if not circuit.failures:
        return Check(name, "green", _("The other side answers."))
    said = ngettext("It failed %(count)s time in a row.", "It failed %(count)s times in a row.", circuit.failures) % {
        "count": number_format(circuit.failures)
    }
    if circuit.last_error:
        said += f" “{circuit.last_error[:200]}”"
    todo = _("See to the mail server, its address and its password. We try again by ourselves, less and less often.")
    return Check(name, "red" if circuit.failures > 2 else "amber", said, todo)


def way_out(circuit: Circuit) -> Text:
    """A circuit is named after its channel."""
    return Channel(circuit.name).label if circuit.name in Channel.values else circuit.name


def _doubts(count: int) -> Check:
    name = _("In doubt")
    if not count:
        return Check(name, "green", _("Of every mail we know whether it was taken."))
    said = ngettext(
        "%(count)s mail may have arrived, or not: the connection broke at the last moment.",
        "%(count)s mails may have arrived, or not: the connection broke at the last moment.",
        count,
    ) % {"count": number_format(count, force_grouping=True)}
    todo = _("They are listed below. Send one again only if its reader may rather have it twice than never.")
    if not doubts.has_event_source():
        todo = _(
            "They are listed below. Send one again only if its reader may rather have it twice than never. With "
            "MAIL_EVENT_SOURCE this settles itself."
        )
    return Check(name, "red" if count >= MANY_DOUBTS else "amber", said, todo)


def _rate(name: Text, bad: int, tried: int, levels: tuple[float, float], todo: Text) -> Check:
    if not tried:
        return Check(name, "green", _("No mail went out in seven days, so there is nothing to judge."))
    part = 100 * bad / tried
    said = gettext("%(percent)s %% of %(count)s mails of seven days.") % {
        "percent": number_format(part, 2 if part < 1 else 1),
        "count": number_format(tried, force_grouping=True),
    }
    if part < levels[0]:
        return Check(name, "green", said)
    # One bad mail of five is no rate yet.
    return Check(name, "red" if part >= levels[1] and tried >= FEW else "amber", said, todo)
