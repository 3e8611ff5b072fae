"""Asked right before a message goes out: may it still? Whatever was true when it was made may have changed since."""

import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from notify import addresses, kinds, reasons, schedule
from notify.models import Channel, Delivery, Preference
from notify.services import preferences, suppressions

# A digest of last week, or an alert about something long past, helps nobody.
USEFUL = {Channel.EMAIL: datetime.timedelta(days=6), Channel.PUSH: datetime.timedelta(days=1)}


def reason_not_to_send(delivery: Delivery) -> str:
    """A word of notify.reasons, or nothing. A test mail only needs an address that may be written to. Raises
    User.DoesNotExist when the person is gone."""
    user = _person(delivery)
    is_account = kinds.is_account(delivery.notification_type)
    return (
        _unreachable(delivery, bulk=not (is_account or delivery.is_test))
        or ("" if delivery.is_test else _absent(user))
        or ("" if delivery.is_test or is_account else _unwelcome(delivery, user))
    )


def _person(delivery: Delivery) -> User:
    """As they are now, with their wishes, and whether their address is confirmed: in one query."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=True)
    rows = User.objects.select_related("notification_preferences").annotate(confirmed=Exists(confirmed))
    return rows.get(pk=delivery.user_id)


def not_before(delivery: Delivery) -> datetime.datetime | None:
    """When the person's quiet hours end, if it is now the middle of them. The digest has its own hour."""
    if delivery.is_test or delivery.notification_type == kinds.DIGEST:
        return None
    if kinds.is_account(delivery.notification_type):
        return None
    wishes = Preference.objects.filter(user_id=delivery.user_id, quiet_start__isnull=False).first()
    return quiet_until(wishes, timezone.now()) if wishes else None


def quiet_until(wishes: Preference, now: datetime.datetime) -> datetime.datetime | None:
    """The end of the quiet hours that `now` (aware) lies in. They may go over midnight; equal ends are none at all."""
    start, end = wishes.quiet_start, wishes.quiet_end
    if start is None or end is None or start == end:
        return None
    today = now.astimezone(schedule.zone(wishes.timezone)).date()
    for days in (-1, 0):
        begins = today + datetime.timedelta(days=days)
        ends = begins + datetime.timedelta(days=1 if end < start else 0)
        first = schedule.on(begins, time=start, timezone=wishes.timezone).at
        last = schedule.on(ends, time=end, timezone=wishes.timezone).at
        if first <= now < last:
            return last
    return None


def _unreachable(delivery: Delivery, *, bulk: bool) -> str:
    if delivery.channel != Channel.EMAIL:
        return ""
    if not delivery.recipient:
        return reasons.NO_ADDRESS
    return reasons.SUPPRESSED if suppressions.of(address=delivery.recipient, bulk=bulk) else ""


def _absent(user: User) -> str:
    if not user.is_active:
        return reasons.INACTIVE
    return reasons.SIMULATED if user.is_simulated else ""


def _unwelcome(delivery: Delivery, user: User) -> str:
    if delivery.channel == Channel.EMAIL:
        if addresses.normal(user.email) != addresses.normal(delivery.recipient):
            return reasons.ADDRESS_CHANGED
        if not vars(user)["confirmed"]:
            return reasons.UNVERIFIED
    wishes = getattr(user, "notification_preferences", None)
    kind, channel = delivery.notification_type, delivery.channel
    if not preferences.wants(user=user, kind=kind, channel=channel, preference=wishes):
        return reasons.UNWANTED
    if wishes and wishes.paused_until and wishes.paused_until > timezone.now():
        return reasons.PAUSED
    return reasons.EXPIRED if _useful_until(delivery) < timezone.now() else ""


def _useful_until(delivery: Delivery) -> datetime.datetime:
    """`data["expires_at"]` (ISO 8601 with an offset), or some days after it was made."""
    told = delivery.data.get("expires_at") if isinstance(delivery.data, dict) else None
    return datetime.datetime.fromisoformat(told) if told else delivery.created_at + USEFUL[Channel(delivery.channel)]
