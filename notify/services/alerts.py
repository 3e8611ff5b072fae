"""Telling people between two digests: new picks, a pick that trends, a film of the watchlist that is out.

One alert has the same words on every channel. People have a day and a week in which enough is enough: what would be too
much is written down as such, and the next digest begins with it.
"""

import datetime
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notify import kinds, mime, reasons, schedule
from notify.digest import content, films, news, render, words
from notify.digest.films import Told
from notify.digest.links import Links
from notify.models import Channel, Delivery, DeliveryStatus, Preference
from notify.services import gate, outbox, preferences, pushes

logger = logging.getLogger(__name__)
FROM_HOUR, TO_HOUR = 17, 20  # local: when people choose a film; looked at each hour, so that one missed loses nothing
DAY, WEEK = datetime.timedelta(days=1), datetime.timedelta(days=7)
USEFUL = datetime.timedelta(days=2)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Alert:
    """`url` is a path of ours; `title` and `body` are in the person's language."""

    kind: str
    title: str
    body: str
    url: str
    films: tuple[Told, ...]
    top: tuple[int, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        told = [one.film.id for one in self.films]
        return {"films": told, "reasons": {str(one.film.id): one.reason for one in self.films}, "top": list(self.top)}


def told(user: User, kind: str, now: datetime.datetime | None = None) -> Alert | None:
    """What there is to tell this person of this kind; None where there is no news."""
    now, preference = now or timezone.now(), preferences.of(user)
    today = now.astimezone(schedule.zone(preference.timezone)).date()
    found = news.found(user, kind, now=now, today=today)
    if not found:
        return None
    top = tuple(content.stored([user.pk])[user.pk])[: content.REMEMBERED_TOP]
    with render.speaking_to(user, preference.timezone):
        return _alert(kind, found, top)


def pump(after: int = 0, now: datetime.datetime | None = None, *, limit: int = BATCH) -> int:
    """Look whether there is news for up to `limit` people where it is evening; the id of the last, 0 at the end."""
    now = now or timezone.now()
    people = list(_waiting(now).filter(pk__gt=after).order_by("pk")[:limit])
    for user in people:
        try:
            tell(user=user, now=now)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            logger.exception("the alerts of person %s could not be made", user.pk)
    return people[-1].pk if people else 0


def tell(*, user: User, now: datetime.datetime | None = None) -> list[Delivery]:
    """Put what is new for this person into the outbox, by each channel that they want it by, once a day and kind."""
    now = now or timezone.now()
    made: list[Delivery] = []
    with transaction.atomic():
        preference = _held(user)
        if preference is None or (preference.paused_until and preference.paused_until > now):
            return made
        today = now.astimezone(schedule.zone(preference.timezone)).date()
        wanted = preferences.squares(user)
        for kind in kinds.ALERTS:
            channels = [channel for channel in (Channel.EMAIL, Channel.PUSH) if wanted.get((kind, channel))]
            if channels and not _was_told(user, kind, f"{kind}:{user.pk}:{today}"):
                made += _tell(preference, kind, channels, f"{kind}:{user.pk}:{today}", now)
    return made


def last_look(delivery: Delivery) -> str:
    """As for a digest: what is settled or gone by now leaves the mail before it was ever tried."""
    if delivery.is_test or delivery.attempts or "films" not in delivery.data:
        return ""
    kept = _kept(delivery)
    if delivery.notification_type != kinds.WATCHLIST_RELEASE:
        gone = content.settled(delivery.user, [one.film.id for one in kept])
        kept = tuple(one for one in kept if one.film.id not in gone)
    if not kept:
        return reasons.NOTHING_TO_SAY
    if len(kept) < len(delivery.data["films"]):
        preference = preferences.of(delivery.user)
        with render.speaking_to(delivery.user, preference.timezone):
            alert = _alert(delivery.notification_type, kept, tuple(delivery.data.get("top", ())))
        built, text = _build(delivery.user, preference, alert, delivery.idempotency_key)
        data = {**delivery.data, **alert.data}
        outbox.rewrite(delivery, subject=alert.title, content=text, message=built.message, data=data)
    return ""


def _held(user: User) -> Preference | None:
    """The person's row, ours alone until the end of the transaction: two runs at once must not both find room."""
    rows = Preference.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(user=user).first()


def _tell(
    preference: Preference, kind: str, channels: Sequence[str], key: str, now: datetime.datetime
) -> list[Delivery]:
    user = preference.user
    alert = told(user, kind, now)
    if alert is None:
        return []
    made: list[Delivery | None] = []
    data = {**alert.data, "alert": key, "expires_at": (now + USEFUL).isoformat()}
    is_enough = _alerts(user, now) >= settings.ALERTS_PER_WEEK
    if Channel.EMAIL in channels:
        if is_enough or _mail_is_near(user, preference, now):
            outbox.skip(user=user, kind=kind, channel=Channel.EMAIL, key=key, reason=reasons.CAPPED, data=data)
        else:
            made.append(_mail(preference, alert, key, data, now))
    if Channel.PUSH in channels:
        if is_enough:
            key = f"push:{key}"
            outbox.skip(user=user, kind=kind, channel=Channel.PUSH, key=key, reason=reasons.CAPPED, data=data)
        else:
            pushed = {"kind": kind, "key": key, "title": alert.title, "body": alert.body, "url": alert.url}
            made += pushes.enqueue(user=user, topic=kind, data=data, **pushed)
    return [row for row in made if row is not None]


def _mail(
    preference: Preference, alert: Alert, key: str, data: dict[str, Any], now: datetime.datetime
) -> Delivery | None:
    user = preference.user
    built, text = _build(user, preference, alert, key)
    return outbox.enqueue(
        user=user,
        kind=alert.kind,
        channel=Channel.EMAIL,
        key=key,
        recipient=user.email,
        subject=alert.title,
        content=text,
        message=built.message,
        message_id=built.message_id,
        data=data,
        not_before=gate.quiet_until(preference, now),
    )


def _build(user: User, preference: Preference, alert: Alert, key: str) -> tuple[mime.Built, str]:
    links = Links(user, key, is_measured=preference.measure_clicks)
    with render.speaking_to(user, preference.timezone):
        mail = render.alert(alert.kind, alert.title, alert.films, links=links)
        built = mime.build(user=user, kind=alert.kind, subject=mail.subject, text=mail.text, html=mail.html, key=key)
    return built, mail.text


def _alert(kind: str, found: tuple[Told, ...], top: tuple[int, ...]) -> Alert:
    """The caller speaks the person's language."""
    one = found[0].film if len(found) == 1 else None
    url = reverse("catalog:movie", args=[one.slug]) if one else reverse("home")
    return Alert(kind, words.alert_title(kind, found), words.alert_body(kind, found), url, found, top)


def _kept(delivery: Delivery) -> tuple[Told, ...]:
    known = films.by_ids(delivery.data["films"])
    why = delivery.data["reasons"]
    return tuple(Told(known[film], why[str(film)]) for film in delivery.data["films"] if film in known)


def _waiting(now: datetime.datetime) -> Any:
    """Those who want any alert and have evening."""
    zones = Preference.objects.order_by().values_list("timezone", flat=True).distinct()
    evening = [name for name in zones if FROM_HOUR <= now.astimezone(schedule.zone(name)).hour < TO_HOUR]
    wanted = Q()
    for kind in kinds.ALERTS:
        for channel in (Channel.EMAIL, Channel.PUSH):
            wanted |= preferences.who_want(kind=kind, channel=channel)
    people = User.objects.filter(wanted, is_active=True, is_simulated=False)
    return people.filter(notification_preferences__timezone__in=evening)


def _was_told(user: User, kind: str, key: str) -> bool:
    """By whichever channel, today."""
    rows = Delivery.objects.filter(user=user, notification_type=kind)
    return rows.filter(Q(idempotency_key=key) | Q(data__alert=key)).exists()


def _alerts(user: User, now: datetime.datetime) -> int:
    """Those of the last seven days, each counted once however many channels and devices it went to."""
    rows = _sent(user, now - WEEK).filter(notification_type__in=kinds.ALERTS, data__has_key="alert")
    return rows.values("data__alert").distinct().count()


def _mail_is_near(user: User, preference: Preference, now: datetime.datetime) -> bool:
    """A bulk mail within the last day, or the digest within the next."""
    if preference.weekly_digest and preference.next_due_at and preference.next_due_at < now + DAY:
        return True
    return _sent(user, now - DAY).filter(channel=Channel.EMAIL, notification_type__in=_BULK).exists()


def _sent(user: User, since: datetime.datetime) -> Any:
    rows = Delivery.objects.filter(user=user, created_at__gt=since, is_test=False)
    return rows.exclude(status__in=[DeliveryStatus.SKIPPED, DeliveryStatus.FAILED])


_BULK = [kind.slug for kind in kinds.CHOICES.values() if Channel.EMAIL in kind.channels]
