"""What a way out is asked to do, and what it may say came of it."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from notify.models import Delivery
from notify.texts import storable


class Result(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message; `error` quotes the other side.

    sent: it has been taken. retry: not now, this one message; `after` is how long the other side wants us to wait.
    refused: never; `hard` when the address does not exist, `soft` when the mailbox cannot take anything just now.
    unknown: it was handed over and nobody said whether it was taken. unavailable: the whole way out is closed (nothing
    was handed over, the message loses no attempt, and the rest of the batch waits).
    """

    delivery: Delivery
    result: Result
    error: str = ""
    reason: str = ""
    after: datetime.timedelta | None = None
    hard: bool = False
    soft: bool = False
    external_id: str = ""

    def __post_init__(self) -> None:
        for name in ("error", "external_id"):
            object.__setattr__(self, name, storable(getattr(self, name)))

    @classmethod
    def sent(cls, delivery: Delivery, external_id: str = "") -> "Outcome":
        return cls(delivery, Result.SENT, external_id=external_id)

    @classmethod
    def retry(
        cls, delivery: Delivery, error: str, after: datetime.timedelta | None = None, *, soft: bool = False
    ) -> "Outcome":
        return cls(delivery, Result.RETRY, error, after=after, soft=soft)

    @classmethod
    def refused(
        cls, delivery: Delivery, reason: str, error: str, *, hard: bool = False, soft: bool = False
    ) -> "Outcome":
        """`reason` is a word of notify.reasons."""
        return cls(delivery, Result.REFUSED, error, reason=reason, hard=hard, soft=soft)

    @classmethod
    def unknown(cls, delivery: Delivery, error: str) -> "Outcome":
        return cls(delivery, Result.UNKNOWN, error)

    @classmethod
    def unavailable(cls, delivery: Delivery, error: str) -> "Outcome":
        return cls(delivery, Result.UNAVAILABLE, error)


class Unavailable(Exception):
    """The way out is closed, and no message had been asked for yet."""

    def __init__(self, said: str) -> None:
        super().__init__(storable(said))


# Takes messages one at a time, as late as it can (each is checked once more when it is asked for), and yields one
# outcome for each before it takes the next. Raises Unavailable when it cannot even begin.
SendBatch = Callable[[Iterable[Delivery]], Iterator[Outcome]]
