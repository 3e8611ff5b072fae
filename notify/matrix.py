"""What the page of preferences shows: the matrix of kinds and channels, read from the registry."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from accounts.models import User
from notify import push_page
from notify.kinds import CHOICES, Kind
from notify.models import Channel
from notify.services import preferences

COLUMNS = (Channel.IN_APP, Channel.EMAIL, Channel.PUSH)


@dataclass(frozen=True)
class Square:
    """`on` is None where the kind cannot come by this channel."""

    kind: str
    channel: Channel
    on: bool | None

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.channel}"


@dataclass(frozen=True)
class Row:
    kind: Kind
    squares: Sequence[Square]


def columns() -> list[Channel]:
    """The channels that this site has."""
    return [channel for channel in COLUMNS if channel != Channel.PUSH or push_page.is_on()]


def shown() -> list[tuple[str, Channel]]:
    """Every square that is there to be ticked."""
    return [(kind.slug, channel) for kind in CHOICES.values() for channel in columns() if channel in kind.channels]


def rows(user: User, ticked: Collection[str] | None = None) -> list[Row]:
    """One row for each kind that can be chosen; what is stored, or, after a refused form, what was ticked in it."""
    stored = preferences.squares(user)
    if ticked is not None:
        stored = {(kind, channel): f"{kind}:{channel}" in ticked for kind, channel in stored}
    return [
        Row(kind, [Square(kind.slug, channel, stored.get((kind.slug, channel))) for channel in columns()])
        for kind in CHOICES.values()
    ]
