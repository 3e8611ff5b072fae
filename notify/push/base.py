"""What somebody who takes messages to devices is asked to do, and what they may say came of it."""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from notify.models import Device
from notify.push.messages import Message


class Verdict(StrEnum):
    """taken: it will arrive, or run out of time. gone: there is no such device any more. too_large: a shorter one may
    pass. later: not now; `after` says when at the earliest. refused: never, and the device may be all right. closed:
    no message can go this way now, whosesoever it is."""

    TAKEN = "taken"
    GONE = "gone"
    TOO_LARGE = "too_large"
    LATER = "later"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Answer:
    """`said` quotes the other side; `external_id` is its name for a message that it took."""

    verdict: Verdict
    said: str = ""
    after: datetime.timedelta | None = None
    external_id: str = ""


class Adapter(Protocol):
    """Takes messages to one kind of device."""

    def is_ready(self) -> bool:
        """Whether anything can be sent this way on this site."""
        ...

    def send(self, device: Device, message: Message) -> Answer:
        """Try once, within some ten seconds, and say what came of it. Never raises."""
        ...
