"""The weekly digest: made for everybody who is due, one transaction a person, and looked at once more before it goes.

Content, the row of the outbox and the next due instant are written together or not at all, so that a kill at any moment
loses no digest and makes none twice; the key of the row is the local ISO week.
"""

import datetime
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from allauth.account.models import EmailAddress
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from notify import addresses, mime, reasons, schedule, tokens
from notify.digest import content as contents
from notify.digest import inspection, render
from notify.digest.content import DigestContent, Reader
from notify.digest.inspection import Rendered
from notify.digest.links import Links
from notify.kinds import DIGEST
from notify.models import Channel, Delivery, Preference
from notify.services import outbox, preferences
from recs.models import Interaction

logger = logging.getLogger(__name__)
BATCH = 100
DOWN = (InterfaceError, OperationalError)  # the database itself: nobody's digest is broken
MOST_LATE = 60  # periods that are written down as missed; a site that slept longer has other worries


def pump(now: datetime.datetime | None = None, *, limit: int = BATCH) -> int:
    """Make the digests of up to `limit` people who are due; of how many. 0: nobody is due whom nobody else has in hand.

    Several may run at once: each person's row is locked for their own transaction, and whoever comes second finds the
    next due instant there already.
    """
    now = now or timezone.now()
    due = list(Preference.objects.filter(next_due_at__lte=now).select_related("user").order_by("next_due_at")[:limit])
    if not due:
        return 0
    found = _gathered([Reader(one.user, _today(one, now)) for one in due], now)
    verified = _verified([one.user for one in due])
    return sum(_settle(one, found.get(one.user_id), one.user_id in verified, now) for one in due)


def content(user: User, now: datetime.datetime | None = None) -> DigestContent:
    """What this person's digest would hold now."""
    now = now or timezone.now()
    return contents.gather([Reader(user, _today(preferences.of(user), now))], now)[user.pk]


def compose(
    user: User,
    content: DigestContent,
    key: str,
    *,
    preference: Preference | None = None,
    recipient: str = "",
    is_test: bool = False,
    data: Mapping[str, Any] | None = None,
) -> Delivery | None:
    """Put the digest into the outbox under this key; None when one with it stands there. Raises ValueError for a person
    without an address. A mail to somebody else (`recipient`) does nothing to the person it was made for.
    """
    is_sample = bool(recipient) and addresses.normal(recipient) != addresses.normal(user.email)
    preference = preference or preferences.of(user)
    words, built = _build(user, content, key, preference, recipient=recipient, is_sample=is_sample)
    return outbox.enqueue(
        user=user,
        kind=DIGEST,
        channel=Channel.EMAIL,
        key=key,
        recipient=recipient or user.email,
        subject=words.subject,
        content=words.text,
        message=built.message,
        message_id=built.message_id,
        data={**content.data, **(data or {})},
        is_test=is_test,
    )


def preview(user: User, now: datetime.datetime | None = None) -> Rendered | None:
    """The person's digest as it would be now, to look at: its links do nothing. None: there is too little to say."""
    found = content(user, now)
    if not found.is_enough:
        return None
    _words, built = _build(user, found, "sample", preferences.of(user), is_sample=True)
    return inspection.read(built.message)


def send_now(user: User, *, recipient: str = "", is_test: bool = True) -> Delivery | None:
    """One outside the schedule, through the same outbox; it is not remembered as told. None: there is too little to
    say. Sending it soon is the caller's task (notify.tasks.send_soon). Raises ValueError for a bad address."""
    found = content(user)
    if not found.is_enough:
        return None
    return compose(user, found, tokens.new_test_key(), recipient=recipient, is_test=is_test)


def last_look(delivery: Delivery) -> str:
    """Right before the first attempt: what the person has done meanwhile, and what is gone, leaves the digest.

    Fewer than three fresh picks left: the reason not to send it. Otherwise, where any film fell out, the mail is made
    again, shorter, under the same Message-ID (outbox.rewrite says why that is sound).
    """
    if delivery.is_test or delivery.attempts or "films" not in delivery.data:
        return ""
    kept = contents.from_data(delivery.data)
    left = kept.without(_done_meanwhile(delivery.user, kept))
    if not left.is_enough:
        return reasons.NOTHING_TO_SAY
    data = {**delivery.data, **left.data}
    if data != delivery.data:
        words, built = _build(
            delivery.user, left, delivery.idempotency_key, preferences.of(delivery.user), recipient=delivery.recipient
        )
        outbox.rewrite(delivery, subject=words.subject, content=words.text, message=built.message, data=data)
    return ""


def _done_meanwhile(user: User, kept: DigestContent) -> set[int]:
    """Picks that are settled now, and films that left the watchlist."""
    fresh = {told.film.id for told in kept.picks} | ({kept.editors.id} if kept.editors else set())
    waiting = {film.id for film in kept.watchlist}
    still = set(
        user.interactions.filter(interaction_type=Interaction.Type.WATCHLIST, movie_id__in=waiting).values_list(
            "movie_id", flat=True
        )
        if waiting
        else ()
    )
    return contents.settled(user, fresh) | (waiting - still)


def _build(
    user: User,
    content: DigestContent,
    key: str,
    preference: Preference,
    *,
    recipient: str = "",
    is_sample: bool = False,
) -> tuple[render.Words, mime.Built]:
    links = Links(user, key, is_measured=preference.measure_clicks, is_sample=is_sample)
    with render.speaking_to(user, preference.timezone):
        words = render.digest(content, preference=preference, links=links)
        built = mime.build(
            user=user,
            kind=DIGEST,
            subject=words.subject,
            text=words.text,
            html=words.html,
            key=key,
            recipient=recipient,
            is_sample=is_sample,
        )
    return words, built


def _gathered(readers: Sequence[Reader], now: datetime.datetime) -> dict[int, DigestContent]:
    """What each of them would be told; where one person's rows break it, the others' is still found."""
    try:
        return contents.gather(readers, now)
    except DOWN:
        raise
    except Exception:
        if len(readers) == 1:
            logger.exception("nothing could be picked for the digest of person %s", readers[0].user.pk)
            return {}
        return {pk: one for reader in readers for pk, one in _gathered([reader], now).items()}


def _settle(seen: Preference, content: DigestContent | None, is_verified: bool, now: datetime.datetime) -> bool:
    """One person, one transaction. A digest that cannot be made is written down as broken and holds up nobody."""
    try:
        with transaction.atomic():
            return _make(seen, content, is_verified, now)
    except DOWN:
        raise
    except Exception:
        logger.exception("the digest of person %s could not be made", seen.user_id)
        with transaction.atomic():
            return _make(seen, None, is_verified, now)


def _make(seen: Preference, content: DigestContent | None, is_verified: bool, now: datetime.datetime) -> bool:
    rows = Preference.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    preference = rows.filter(pk=seen.pk, next_due_at=seen.next_due_at).first()
    if preference is None or seen.next_due_at is None:
        return False
    if not preference.weekly_digest:
        return _wait_until(preference, None)
    user, spread = preference.user, schedule.jitter(preference.user_id)
    periods = _periods(preference, seen.next_due_at - spread, now - spread)
    for missed in periods[:-1]:
        _skip(user, missed, reasons.LATE)
    newest = periods[-1]
    reason = _reason(user, preference, is_verified, now)
    if content is None or reason or not content.is_enough:
        _skip(user, newest, reason or (reasons.NOTHING_TO_SAY if content else reasons.BROKEN))
    else:
        key = schedule.digest_key(user.pk, newest.week)
        said = {"week": newest.week, "due": newest.at.isoformat()}
        compose(user, content, key, preference=preference, data=said)
    return _wait_until(preference, _following(preference, newest, now - spread).at + spread)


def _wait_until(preference: Preference, at: datetime.datetime | None) -> bool:
    return bool(Preference.objects.filter(pk=preference.pk).update(next_due_at=at))


def _periods(preference: Preference, first: datetime.datetime, until: datetime.datetime) -> Sequence[schedule.Due]:
    """The due instants that have passed and were not dealt with, one a week, the newest last."""
    newest = schedule.Due(first, schedule.week_of(first, preference.timezone))
    found = {newest.week: newest}
    while (following := _next(preference, newest.at)).at <= until:
        newest = found[following.week] = following
    return list(found.values())[-MOST_LATE - 1 :]


def _following(preference: Preference, newest: schedule.Due, now: datetime.datetime) -> schedule.Due:
    """The next one, of another week: the day may have been changed while this one was waited for."""
    due = _next(preference, max(newest.at, now))
    return due if due.week != newest.week else _next(preference, due.at)


def _next(preference: Preference, after: datetime.datetime) -> schedule.Due:
    return schedule.next_due(
        after, day=preference.digest_day, time=preference.digest_time, timezone=preference.timezone
    )


def _reason(user: User, preference: Preference, is_verified: bool, now: datetime.datetime) -> str:
    if not user.is_active:
        return reasons.INACTIVE
    if user.is_simulated:
        return reasons.SIMULATED
    if preference.paused_until and preference.paused_until > now:
        return reasons.PAUSED
    return "" if is_verified else reasons.UNVERIFIED


def _skip(user: User, due: schedule.Due, reason: str) -> None:
    key = schedule.digest_key(user.pk, due.week)
    outbox.skip(user=user, kind=DIGEST, channel=Channel.EMAIL, key=key, reason=reason, data={"week": due.week})


def _today(preference: Preference, now: datetime.datetime) -> datetime.date:
    return now.astimezone(schedule.zone(preference.timezone)).date()


def _verified(users: Sequence[User]) -> set[int]:
    """The ids of those who have confirmed the address that we would write to."""
    own = {user.pk: user.email.casefold() for user in users}
    rows = EmailAddress.objects.filter(user_id__in=own, verified=True).values_list("user_id", "email")
    return {pk for pk, email in rows if own[pk] == email.casefold()}
