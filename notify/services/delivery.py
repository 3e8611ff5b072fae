"""Sending what stands in the outbox: claim, ask the gate, begin, hand over, write down what came of it.

Whoever is killed anywhere in between loses nothing and sends nothing twice: services/leases.py says who may send a row,
services/doubts.py settles the row of which nobody knows.
"""

import contextlib
import datetime
import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone

from accounts.models import User
from notify import reasons
from notify.channels import CHANNELS, Outcome, Result, Unavailable
from notify.models import Delivery, EventKind
from notify.services import circuits, events, freshness, gate, leases, outbox

logger = logging.getLogger(__name__)
BATCH = 50
RETRIES = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
MINUTE = datetime.timedelta(minutes=1)
PATIENCE_SECONDS = 120  # how long an answer is kept in mind while the database is away; shorter than a lease

due, claim, allowance = leases.due, leases.claim, leases.allowance


@dataclass
class Batch:
    """Rows in our hands, and what became of them."""

    channel: str
    waiting: list[Delivery]
    counts: dict[str, int] = field(default_factory=dict)
    is_stopped: bool = False

    def passing(self) -> Iterator[Delivery]:
        """One row after the other, each checked at the last moment and marked as on its way."""
        extended = timezone.now()
        while self.waiting and not self.is_stopped:
            if timezone.now() - extended > leases.LEASE / 4:
                leases.extend(self.waiting)
                extended = timezone.now()
            delivery = self.waiting.pop(0)
            if self._may_go(delivery) and leases.begin(delivery):
                yield delivery

    def _may_go(self, delivery: Delivery) -> bool:
        try:
            if reason := gate.reason_not_to_send(delivery) or freshness.last_look(delivery=delivery):
                self.count("skipped", mark_skipped(delivery, reason))
                return False
            if later := gate.not_before(delivery):
                self.count("deferred", mark_deferred(delivery, later))
                return False
        except User.DoesNotExist:  # closed the account, and the row went with it
            return False
        except (DatabaseError, InterfaceError):
            raise
        except Exception:  # one message that cannot be looked at must not keep all others waiting
            logger.exception("message %s is broken", delivery.id)
            broken = _waiting(delivery, status=Delivery.Status.FAILED, reason=reasons.BROKEN)
            self.count("broken", broken)
            return False
        return True

    def count(self, what: str, done: bool) -> None:
        if done:
            self.counts[what] = self.counts.get(what, 0) + 1


def send_batch(*, channel: str, limit: int | None = None) -> dict[str, int]:
    """Claim and send up to `limit` rows (BATCH); how many were sent, skipped, deferred, put off, … . Empty: nothing to
    do now, because nothing is due, the way out is closed, or the minute's allowance is used up."""
    if not due(channel=channel) or not circuits.may_pass(name=channel):
        return {}
    return _work(Batch(channel, claim(channel=channel, limit=limit or BATCH)))


def send(*, delivery: Delivery) -> Delivery:
    """Send this one row now, if it still waits and nobody else has it; the row as it then stands."""
    if circuits.may_pass(name=delivery.channel):
        _work(Batch(delivery.channel, leases.claim_one(delivery=delivery)))
    return Delivery.objects.get(pk=delivery.pk)


def _work(batch: Batch) -> dict[str, int]:
    if not batch.waiting:
        return {}
    try:
        for outcome in CHANNELS[batch.channel](batch.passing()):
            batch.count(outcome.result, _insist(functools.partial(mark, outcome)))
            if outcome.result in {Result.UNAVAILABLE, Result.UNKNOWN}:
                circuits.failed(name=batch.channel, error=outcome.error)
                batch.is_stopped = True
    except Unavailable as problem:
        batch.counts[Result.UNAVAILABLE] = 1
        circuits.failed(name=batch.channel, error=str(problem))
    else:
        if not batch.is_stopped:
            circuits.worked(name=batch.channel)
    finally:
        with contextlib.suppress(DatabaseError, InterfaceError):  # they come back by themselves, only later
            leases.give_back(batch.waiting)
    return batch.counts or {"gone": 1}


def mark(outcome: Outcome) -> bool:
    """Write down what came of it. False when the row is no longer ours."""
    return {
        Result.SENT: mark_sent,
        Result.RETRY: mark_retry,
        Result.REFUSED: mark_refused,
        Result.UNKNOWN: mark_unknown,
        Result.UNAVAILABLE: mark_unavailable,
    }[outcome.result](outcome)


def mark_sent(outcome: Outcome) -> bool:
    return _ours(
        outcome.delivery,
        status=Delivery.Status.SENT,
        sent_at=timezone.now(),
        reason="",
        last_error="",
        external_id=outcome.external_id or None,
    )


def mark_retry(outcome: Outcome) -> bool:
    """1, 5, 30 minutes, 2, 6 hours later, or when the other side wants it, whichever is later; then it has failed."""
    delivery = outcome.delivery
    if delivery.attempts > len(RETRIES):
        done = _ours(
            delivery, status=Delivery.Status.FAILED, reason=reasons.GAVE_UP, last_error=outcome.error, lease_until=None
        )
        if done and outcome.soft:
            _bounce(outcome, EventKind.SOFT_BOUNCE)
        return done
    wait = RETRIES[delivery.attempts - 1] * random.uniform(1, 1.1)
    done = _ours(
        delivery,
        status=Delivery.Status.SCHEDULED,
        scheduled_at=timezone.now() + max(wait, outcome.after or wait),
        last_error=outcome.error,
    )
    if done:
        _bounce(outcome, EventKind.DEFERRED)
    return done


def mark_refused(outcome: Outcome) -> bool:
    is_bounce = outcome.hard or outcome.soft
    status = Delivery.Status.BOUNCED if is_bounce else Delivery.Status.FAILED
    done = _ours(outcome.delivery, status=status, reason=outcome.reason, last_error=outcome.error)
    if done and is_bounce:
        _bounce(outcome, EventKind.HARD_BOUNCE if outcome.hard else EventKind.SOFT_BOUNCE)
    return done


def mark_unknown(outcome: Outcome) -> bool:
    """In doubt from now on; the token stays, and `lease_until` says since when."""
    return bool(
        _held(outcome.delivery).update(
            status=Delivery.Status.IN_DOUBT,
            reason=reasons.UNCONFIRMED,
            last_error=outcome.error,
            lease_until=timezone.now(),
        )
    )


def mark_unavailable(outcome: Outcome) -> bool:
    """As if it had not been tried, but others go first: should it be this one message at which the other side hangs up,
    the next who knocks must come with another one. The longer that goes on, the longer it waits."""
    delivery = outcome.delivery
    wait = min(max(MINUTE, (timezone.now() - delivery.created_at) / 10), circuits.LONGEST)
    return _ours(
        delivery,
        status=Delivery.Status.SCHEDULED,
        attempts=max(0, delivery.attempts - 1),
        scheduled_at=timezone.now() + wait,
        reason="",
        last_error=outcome.error,
    )


def mark_skipped(delivery: Delivery, reason: str) -> bool:
    return _waiting(delivery, status=Delivery.Status.SKIPPED, reason=reason)


def mark_deferred(delivery: Delivery, later: datetime.datetime) -> bool:
    return _waiting(delivery, scheduled_at=later)


def _held(delivery: Delivery) -> Any:
    """A row that was found in doubt meanwhile still believes the sender who comes back late with an answer."""
    states = [Delivery.Status.SENDING, Delivery.Status.IN_DOUBT]
    return Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token, status__in=states)


def _ours(delivery: Delivery, **changes: Any) -> bool:
    changes |= outbox.parting(delivery, changes["status"])
    return bool(_held(delivery).update(**{"lease_token": None, "lease_until": None, **changes}))


def _waiting(delivery: Delivery, **changes: Any) -> bool:
    rows = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token, status=Delivery.Status.SCHEDULED)
    changes |= outbox.parting(delivery, changes.get("status", Delivery.Status.SCHEDULED))
    return bool(rows.update(lease_token=None, lease_until=None, **changes))


def _bounce(outcome: Outcome, event: EventKind) -> None:
    delivery = outcome.delivery
    key = f"own:{delivery.id}:{delivery.attempts}"
    events.record(event=event, delivery=delivery, provider_key=key, detail={"said": outcome.error})


def _insist(write: Callable[[], bool]) -> bool:
    """We alone know what the other side answered: a database that is away must hear of it when it is back."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            logger.warning("the database is away while an answer waits to be written")
            connection.close()
            time.sleep(0.5)
