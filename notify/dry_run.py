"""Who would get the digest now, and who would not, and why; nothing is sent."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from notify import addresses, reasons
from notify.digest import content as contents
from notify.digest.content import Reader
from notify.kinds import DIGEST
from notify.models import Channel
from notify.schedule import zone
from notify.services import preferences, suppressions

SHOWN = 50


@dataclass(frozen=True)
class Line:
    """`reason` is a word of notify.reasons, or nothing for who would get it."""

    user: User
    due: dt.datetime | None
    reason: str

    @property
    def sentence(self) -> object:
        return reasons.SENTENCES.get(self.reason, "")


@dataclass(frozen=True)
class DryRun:
    """`counts` goes over everybody who could be written to; whether there are films enough is found out for `lines`
    alone, because it takes the recommender."""

    counts: Sequence[tuple[str, int]]
    lines: Sequence[Line]

    @property
    def would(self) -> int:
        return dict(self.counts).get("", 0)

    @property
    def without_films(self) -> int:
        return sum(line.reason == reasons.NOTHING_TO_SAY for line in self.lines)


def run(now: dt.datetime | None = None) -> DryRun:
    now = now or timezone.now()
    kept_back = set(suppressions.active().values_list("address_hash", flat=True))
    counts: Counter[str] = Counter()
    counts[reasons.UNWANTED] = User.objects.filter(is_active=True, is_simulated=False).exclude(_wanted()).count()
    chosen: list[Line] = []
    for user in _readers().iterator(chunk_size=2_000):
        reason = _reason(user, kept_back, now)
        counts[reason] += 1
        if len(chosen) < SHOWN:
            chosen.append(Line(user, user.notification_preferences.next_due_at, reason))
    shown = _with_content(chosen, now)
    return DryRun(sorted(counts.items(), key=lambda count: (count[0] != "", -count[1])), shown)


def _wanted() -> Q:
    return preferences.who_want(kind=DIGEST, channel=Channel.EMAIL)


def _readers() -> QuerySet[User]:
    """Everybody who wants the digest, the next to be due first."""
    confirmed = EmailAddress.objects.alias(lowered=Lower("email")).filter(
        user=OuterRef("pk"), verified=True, lowered=Lower(OuterRef("email"))
    )
    found = User.objects.filter(_wanted()).annotate(is_confirmed=Exists(confirmed))
    return found.select_related("notification_preferences").order_by("notification_preferences__next_due_at", "pk")


def _reason(user: User, kept_back: set[str], now: dt.datetime) -> str:
    if not user.is_active:
        return reasons.INACTIVE
    if user.is_simulated:
        return reasons.SIMULATED
    if not user.email:
        return reasons.NO_ADDRESS
    if kept_back and addresses.hashed(user.email) in kept_back:
        return reasons.SUPPRESSED
    if not user.is_confirmed:  # type: ignore[attr-defined]
        return reasons.UNVERIFIED
    return reasons.PAUSED if preferences.is_paused(user.notification_preferences, now=now) else ""


def _with_content(lines: Sequence[Line], now: dt.datetime) -> list[Line]:
    """The same lines; those who would get it and have too few films for it say so."""
    ready = [line.user for line in lines if not line.reason]
    today = {user.pk: now.astimezone(zone(user.notification_preferences.timezone)).date() for user in ready}
    found = contents.gather([Reader(user, today[user.pk]) for user in ready], now) if ready else {}
    return [
        Line(line.user, line.due, reasons.NOTHING_TO_SAY)
        if not line.reason and not found[line.user.pk].is_enough
        else line
        for line in lines
    ]
