"""What the page of preferences shows: the matrix of kinds and channels, read from the registry."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from notify.forms import MatrixForm
from notify.kinds import KINDS, Kind
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


def rows(user: User, form: MatrixForm) -> list[Row]:
    """One row for each kind; with a refused form what was ticked in it, else what is stored."""
    stored = preferences.squares(user)
    if form.is_bound:
        ticked = set(form.data.getlist("squares"))  # type: ignore[attr-defined]
        stored = {(kind, channel): f"{kind}:{channel}" in ticked for kind, channel in stored}
    return [
        Row(kind, [Square(kind.slug, channel, stored.get((kind.slug, channel))) for channel in COLUMNS])
        for kind in KINDS.values()
    ]
