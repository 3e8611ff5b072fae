"""What a person wants to hear."""

from django.db.models import Q

from accounts.models import User
from notify.kinds import KINDS
from notify.models import Choice, Preference


def of(user: User) -> Preference:
    """The person's preferences; an unsaved row of defaults, in their own zone, when they never chose."""
    found = Preference.objects.filter(user=user).first()
    return found or Preference(user=user, timezone=user.preferred_timezone)


def wants(*, user: User, kind: str, channel: str) -> bool:
    """Whether this kind may come to the person by this channel; False for a channel that the kind does not know."""
    place = KINDS[kind].channels.get(channel)
    if place is None:
        return False
    if isinstance(place, str):
        return bool(getattr(of(user), place))
    chosen = Choice.objects.filter(user=user, kind=kind, channel=channel).values_list("enabled", flat=True).first()
    return place if chosen is None else chosen


def who_want(*, kind: str, channel: str) -> Q:
    """The same question as a condition on User, for those who ask about everybody at once."""
    place = KINDS[kind].channels[channel]
    if isinstance(place, str):
        default = getattr(Preference(), place)
        wanted = Q(**{f"notification_preferences__{place}": True})
        return wanted | Q(notification_preferences__isnull=True) if default else wanted
    other = Choice.objects.filter(kind=kind, channel=channel, enabled=not place).values("user_id")
    return ~Q(pk__in=other) if place else Q(pk__in=other)


def choose(*, user: User, kind: str, channel: str, enabled: bool) -> None:
    """Save one square of the matrix. Raises KeyError for a kind or channel that does not exist."""
    place = KINDS[kind].channels[channel]
    if isinstance(place, str):
        Preference.objects.update_or_create(
            user=user, defaults={place: enabled}, create_defaults={place: enabled, "timezone": user.preferred_timezone}
        )
    else:
        Choice.objects.update_or_create(user=user, kind=kind, channel=channel, defaults={"enabled": enabled})
