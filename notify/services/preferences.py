"""What a person wants to hear, by which channel, and when."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone as clock

from accounts.models import User
from notify import schedule
from notify.kinds import CHOICES, DIGEST
from notify.models import Channel, Choice, Delivery, DeliveryStatus, Preference
from notify.signals import mail_left

ALL = "all"  # the scope of an unsubscription from every mail but those about the account
LONGEST_PAUSE = 12  # weeks
Square = tuple[str, str]  # kind and channel


def of(user: User) -> Preference:
    """The person's preferences; an unsaved row of defaults, in their own zone, when they never chose."""
    found = Preference.objects.filter(user=user).first()
    return found or Preference(user=user, timezone=user.preferred_timezone)


def wants(*, user: User, kind: str, channel: str, preference: Preference | None = None) -> bool:
    """Whether this kind may come to the person by this channel; False for a channel that the kind does not know.
    `preference` spares a query where it was read just now."""
    place = CHOICES[kind].channels.get(channel)
    if place is None:
        return False
    if isinstance(place, str):
        return bool(getattr(preference or of(user), place))
    chosen = Choice.objects.filter(user=user, kind=kind, channel=channel).values_list("enabled", flat=True).first()
    return place if chosen is None else chosen


def who_want(*, kind: str, channel: str) -> Q:
    """The same question as a condition on User, for those who ask about everybody at once."""
    place = CHOICES[kind].channels[channel]
    if isinstance(place, str):
        default = getattr(Preference(), place)
        wanted = Q(**{f"notification_preferences__{place}": True})
        return wanted | Q(notification_preferences__isnull=True) if default else wanted
    other = Choice.objects.filter(kind=kind, channel=channel, enabled=not place).values("user_id")
    return ~Q(pk__in=other) if place else Q(pk__in=other)


def squares(user: User) -> dict[Square, bool]:
    """The whole matrix: every kind by every channel that it knows."""
    preference = of(user)
    rows = Choice.objects.filter(user=user).values_list("kind", "channel", "enabled")
    chosen = {(kind, channel): on for kind, channel, on in rows}
    return {
        (kind.slug, channel): getattr(preference, place)
        if isinstance(place, str)
        else chosen.get((kind.slug, channel), place)
        for kind in CHOICES.values()
        for channel, place in kind.channels.items()
    }


def choose(*, user: User, kind: str, channel: str, enabled: bool) -> None:
    """Save one square of the matrix. Raises KeyError for a kind or channel that does not exist."""
    choose_all(user=user, wanted={(kind, channel): enabled})


def choose_all(*, user: User, wanted: Mapping[Square, bool], now: dt.datetime | None = None) -> None:
    """Save these squares together; the others stay. Raises KeyError for a kind or channel that does not exist."""
    with _changing(user) as preference:
        had_digest = preference.weekly_digest
        for (kind, channel), enabled in wanted.items():
            place = CHOICES[kind].channels[channel]
            if isinstance(place, str):
                setattr(preference, place, enabled)
            else:
                Choice.objects.update_or_create(user=user, kind=kind, channel=channel, defaults={"enabled": enabled})
        if preference.weekly_digest != had_digest:
            _reckon(preference, now)


def save_schedule(*, user: User, day: int, time: dt.time, timezone: str, now: dt.datetime | None = None) -> Preference:
    """When the digest comes. A week that has had its digest gets no second one, in the new zone either."""
    with _changing(user) as preference:
        before = (preference.digest_day, preference.digest_time, preference.timezone)
        preference.digest_day, preference.digest_time, preference.timezone = day, time, timezone
        if before != (day, time, timezone):
            _reckon(preference, now)
    return preference


def follow_zone(*, user: User, before: str) -> None:
    """The person's own zone has changed: the digest moves with it, unless it was given another one on purpose."""
    found = Preference.objects.filter(user=user, timezone=before).first()
    if found:
        save_schedule(user=user, day=found.digest_day, time=found.digest_time, timezone=user.preferred_timezone)


def save_quiet_hours(*, user: User, start: dt.time | None, end: dt.time | None) -> None:
    """Both or neither; a span may go over midnight. Raises ValueError for one alone, or for none in between."""
    if (start is None) != (end is None) or (start is not None and start == end):
        raise ValueError("quiet hours have a beginning and another end")
    with _changing(user) as preference:
        preference.quiet_start, preference.quiet_end = start, end


def measure_clicks(*, user: User, allowed: bool) -> None:
    """Whether we note that a link of a mail was followed."""
    with _changing(user) as preference:
        preference.measure_clicks = allowed


def pause(*, user: User, weeks: int, now: dt.datetime | None = None) -> dt.datetime:
    """Nothing but what concerns the account until then; the next digest is the first one after it."""
    if not 1 <= weeks <= LONGEST_PAUSE:
        raise ValueError(f"a pause lasts 1 to {LONGEST_PAUSE} weeks")
    until = (now or clock.now()) + dt.timedelta(weeks=weeks)
    with _changing(user) as preference:
        preference.paused_until = until
        _reckon(preference, now)
    return until


def resume(*, user: User, now: dt.datetime | None = None) -> None:
    """End a pause at once."""
    with _changing(user) as preference:
        preference.paused_until = None
        _reckon(preference, now)


def unsubscribe(*, user: User, scope: str) -> tuple[str, ...]:
    """No more e-mail of this kind, or with `ALL` of any kind that can be chosen; gives the kinds that were on.

    Takes effect for what waits in the outbox too: the sender asks again. Raises KeyError for an unknown kind.
    """
    kinds = _mailed() if scope == ALL else (CHOICES[scope].slug,)
    was = squares(user)
    on = tuple(kind for kind in kinds if was.get((kind, Channel.EMAIL)))
    choose_all(user=user, wanted=dict.fromkeys(((kind, Channel.EMAIL) for kind in on), False))
    if on:
        transaction.on_commit(lambda: mail_left.send_robust(User, user=user, kinds=on))
    return on


def resubscribe(*, user: User, kinds: Iterable[str]) -> None:
    """Take an unsubscription back. Raises KeyError for a kind that does not come by e-mail."""
    choose_all(user=user, wanted=dict.fromkeys(((kind, Channel.EMAIL) for kind in kinds), True))


def is_verified(user: User) -> bool:
    """Whether the person has confirmed the address that we would write to."""
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()


def is_paused(preference: Preference, *, now: dt.datetime | None = None) -> bool:
    return preference.paused_until is not None and preference.paused_until > (now or clock.now())


def next_digest(preference: Preference, *, now: dt.datetime | None = None) -> schedule.Due | None:
    """The wall-clock due that is next, without the few minutes by which people are spread; None without a digest."""
    if not preference.weekly_digest:
        return None
    now = now or clock.now()
    if preference.next_due_at and preference.next_due_at > now:
        after = preference.next_due_at - schedule.jitter(preference.user_id) - dt.timedelta(seconds=1)
    else:
        after = now
    return _due(preference, after)


def mend(*, now: dt.datetime | None = None) -> list[Preference]:
    """After an upgrade of the zones: move what is due by other rules now, and give UTC to those whose zone is gone.

    Gives the rows whose zone is gone, with its old name still in them.
    """
    now = now or clock.now()
    unknown = Preference.objects.exclude(timezone__in=zoneinfo.available_timezones())
    lost = [preference for preference in unknown.select_related("user") if schedule.is_lost(preference.timezone)]
    waiting = Preference.objects.filter(next_due_at__gt=now + schedule.WEEK / 7).order_by("pk")
    for preference in waiting.iterator(chunk_size=2_000):
        stored, spread = preference.next_due_at or now, schedule.jitter(preference.user_id)
        due = _due(preference, stored - spread - schedule.WEEK / 2).at + spread
        if due != stored:  # somebody who saves at this moment is right
            waiting.filter(pk=preference.pk, next_due_at=stored).update(next_due_at=due)
    Preference.objects.filter(pk__in=[one.pk for one in lost]).update(timezone="UTC")
    return lost


def _mailed() -> tuple[str, ...]:
    return tuple(kind.slug for kind in CHOICES.values() if Channel.EMAIL in kind.channels)


@contextmanager
def _changing(user: User) -> Iterator[Preference]:
    """The person's row, made when it is missing, held until it is saved."""
    with transaction.atomic():
        Preference.objects.get_or_create(user=user, defaults={"timezone": user.preferred_timezone})
        preference = Preference.objects.select_for_update().get(user=user)
        yield preference
        preference.save()


def _due(preference: Preference, after: dt.datetime) -> schedule.Due:
    return schedule.next_due(
        after, day=preference.digest_day, time=preference.digest_time, timezone=preference.timezone
    )


def _reckon(preference: Preference, now: dt.datetime | None) -> None:
    """Set when the next digest is made: the first due, spread by the person's jitter, of a week without one."""
    if not preference.weekly_digest:
        preference.next_due_at = None
        return
    now = now or clock.now()
    if _is_owed(preference, now):
        return
    spread = schedule.jitter(preference.user_id)
    after = max(now, preference.paused_until or now) - spread
    last = _last_digest(preference.user_id)
    had = last and schedule.week_of(last, preference.timezone)
    for _week in range(4):
        due = _due(preference, after)
        if due.week != had and not _is_taken(schedule.digest_key(preference.user_id, due.week)):
            break
        after = due.at
    preference.next_due_at = due.at + spread


def _is_owed(preference: Preference, now: dt.datetime) -> bool:
    """A digest was due and nobody has made it yet: whoever changes the day meanwhile does not lose it."""
    due = preference.next_due_at
    if due is None or due > now or is_paused(preference, now=now):
        return False
    last = _last_digest(preference.user_id)
    return last is None or last < due - schedule.jitter(preference.user_id)


def _last_digest(user_id: int) -> dt.datetime | None:
    """When the last one was due, which may be long before it was made."""
    made = Delivery.objects.filter(
        user_id=user_id, notification_type=DIGEST, idempotency_key__startswith=f"digest:{user_id}:"
    )
    last = made.exclude(status=DeliveryStatus.SKIPPED).order_by("-created_at").only("data", "created_at").first()
    if last is None:
        return None
    return dt.datetime.fromisoformat(last.data["due"]) if "due" in last.data else last.created_at


def _is_taken(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM notification_keys WHERE idempotency_key = %s)", [key])
        return bool(cursor.fetchone()[0])
