"""Why did this person not get it? Every condition of a message, in the order in which they are asked."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify import reasons, schedule
from notify.kinds import DIGEST, KINDS, is_account
from notify.models import Channel, Delivery, Preference
from notify.services import circuits, digests, gate, preferences, suppressions
from web import heartbeat

Text = str | Promise


@dataclass(frozen=True)
class Step:
    """`ok` is None for what only delays or explains; `reason` is a word of notify.reasons where the gate has one."""

    name: Text
    ok: bool | None
    said: Text
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """`rows` are the last ones, newest first, each with the sentence of its reason."""

    steps: Sequence[Step]
    rows: Sequence[tuple[Delivery, Text]]

    @property
    def obstacle(self) -> Step | None:
        return next((step for step in self.steps if step.ok is False), None)


def look(*, user: User, kind: str, channel: str, now: dt.datetime | None = None) -> Verdict:
    """Raises KeyError for a kind that does not exist or does not come by this channel."""
    KINDS[kind].channels[channel]
    asked = _Asked(user, kind, channel, preferences.of(user), now or timezone.now())
    questions = _OF_AN_ACCOUNT if is_account(kind) else _QUESTIONS
    steps = [step for question in questions for step in question(asked)]
    rows = user.deliveries.filter(notification_type=kind, channel=channel).defer("message", "content")
    return Verdict(steps, [(row, reasons.SENTENCES.get(row.reason, "")) for row in rows.order_by("-created_at")[:10]])


@dataclass(frozen=True)
class _Asked:
    user: User
    kind: str
    channel: str
    wishes: Preference
    now: dt.datetime

    def local(self, moment: dt.datetime) -> str:
        """A moment as the person's own clocks show it."""
        there = moment.astimezone(schedule.zone(self.wishes.timezone))
        naive = there.replace(tzinfo=None)
        shown = f"{date_format(naive, 'l')}, {date_format(naive, 'DATE_FORMAT')}, {date_format(naive, 'TIME_FORMAT')}"
        return f"{shown} ({self.wishes.timezone})"


def _step(name: Text, ok: bool, good: Text, reason: str, bad: Text = "") -> Step:
    return Step(name, ok, good if ok else (bad or reasons.SENTENCES[reason]), "" if ok else reason)


def _account(asked: _Asked) -> Iterator[Step]:
    user = asked.user
    yield _step(_("Account"), user.is_active, _("The account is open."), reasons.INACTIVE)
    if user.is_simulated:
        yield _step(_("A real person"), False, "", reasons.SIMULATED)


def _address(asked: _Asked) -> Iterator[Step]:
    if asked.channel != Channel.EMAIL:
        return
    user = asked.user
    yield _step(_("Address"), bool(user.email), _("There is an address."), reasons.NO_ADDRESS)
    if not user.email:
        return
    found = suppressions.of(address=user.email, bulk=not is_account(asked.kind))
    yield _step(
        _("Suppression list"),
        found is None,
        _("The address is not on it."),
        reasons.SUPPRESSED,
        found
        and gettext("On the list since %(date)s: %(why)s.")
        % {"date": date_format(found.created_at, "DATE_FORMAT"), "why": found.get_reason_display()}
        or "",
    )
    if is_account(asked.kind):
        return
    yield _step(
        _("Confirmed"), preferences.is_verified(user), _("The person has confirmed their address."), reasons.UNVERIFIED
    )


def _device(asked: _Asked) -> Iterator[Step]:
    if asked.channel == Channel.PUSH:
        has_one = asked.user.devices.exists()
        yield _step(_("Device"), has_one, _("There is a device to push to."), reasons.NO_DEVICE)


def _wish(asked: _Asked) -> Iterator[Step]:
    wanted = preferences.wants(user=asked.user, kind=asked.kind, channel=asked.channel)
    yield _step(_("Wanted"), wanted, _("The person wants this kind of message by this channel."), reasons.UNWANTED)


def _pause(asked: _Asked) -> Iterator[Step]:
    if asked.channel == Channel.IN_APP:
        return
    if not preferences.is_paused(asked.wishes, now=asked.now) or asked.wishes.paused_until is None:
        yield Step(_("Pause"), True, _("The person has not paused their messages."))
        return
    until = gettext("Paused until %(date)s.") % {"date": asked.local(asked.wishes.paused_until)}
    yield Step(_("Pause"), False, until, reasons.PAUSED)


def _quiet(asked: _Asked) -> Iterator[Step]:
    if asked.kind == DIGEST or asked.channel == Channel.IN_APP:
        return
    if until := gate.quiet_until(asked.wishes, asked.now):
        said = gettext("It is quiet there now; alerts wait until %(date)s.") % {"date": asked.local(until)}
        yield Step(_("Quiet hours"), None, said)


def _due(asked: _Asked) -> Iterator[Step]:
    if asked.kind != DIGEST or not asked.wishes.weekly_digest:
        return
    at = asked.wishes.next_due_at
    if at is None:
        yield Step(_("Next date"), False, _("None is set. Saving the day or the hour in the settings sets one."))
    elif at <= asked.now:
        yield Step(_("Next date"), None, _("One is due now and is made within minutes."))
    else:
        yield Step(_("Next date"), None, gettext("The next one is made on %(date)s.") % {"date": asked.local(at)})


def _content(asked: _Asked) -> Iterator[Step]:
    if asked.kind == DIGEST and asked.user.is_active:
        enough = digests.content(asked.user, asked.now).is_enough
        yield _step(
            _("Films"), enough, _("There are three fresh films or more to write about."), reasons.NOTHING_TO_SAY
        )


def _way_out(asked: _Asked) -> Iterator[Step]:
    if asked.channel == Channel.IN_APP:
        return
    yield Step(
        _("Worker"),
        heartbeat.is_alive(),
        _("It runs.") if heartbeat.is_alive() else _("It gives no sign of life: nothing is sent until it runs again."),
    )
    is_open = circuits.is_open(name=asked.channel)
    said = _("It fails just now and is left alone for a while; nothing is lost.") if is_open else _("It is in use.")
    yield Step(_("Way out"), None if is_open else True, said)


# Who it is, where to, whether they want it; then time, content and the machinery.
_QUESTIONS: Sequence[Callable[[_Asked], Iterator[Step]]] = (
    _account,
    _address,
    _device,
    _wish,
    _pause,
    _quiet,
    _due,
    _content,
    _way_out,
)
_OF_AN_ACCOUNT = (_account, _address, _way_out)
