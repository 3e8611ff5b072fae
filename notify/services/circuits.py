"""Whether a way out is open: a closed server is left alone for a while, and one sender at a time knocks again."""

import datetime
import random

from django.db.models import F
from django.utils import timezone

from notify.models import Circuit

FIRST, LONGEST = datetime.timedelta(seconds=15), datetime.timedelta(minutes=10)
KNOCK = datetime.timedelta(seconds=60)  # how long the others wait for the one who knocks


def is_open(*, name: str) -> bool:
    """True while nothing is tried."""
    return Circuit.objects.filter(name=name, open_until__gt=timezone.now()).exists()


def may_pass(*, name: str) -> bool:
    """Whether the caller may try now. After a failure the first who asks in time may, and all others wait for them."""
    now = timezone.now()
    broken = Circuit.objects.filter(name=name, failures__gt=0)
    if broken.filter(open_until__lte=now).update(open_until=now + KNOCK):
        return True
    return not broken.exists()


def failed(*, name: str, error: str) -> Circuit:
    """Leave it alone for 15 seconds, then twice as long each time, ten minutes at most; some chance in each."""
    circuit, _ = Circuit.objects.get_or_create(name=name)
    Circuit.objects.filter(pk=circuit.pk).update(failures=F("failures") + 1)
    circuit.refresh_from_db()
    wait = min(FIRST * 2 ** min(circuit.failures - 1, 10), LONGEST) * random.uniform(0.9, 1.1)
    circuit.open_until, circuit.last_error = timezone.now() + wait, error
    circuit.save(update_fields=["open_until", "last_error", "updated_at"])
    return circuit


def worked(*, name: str) -> None:
    """Somebody got through."""
    Circuit.objects.filter(name=name, failures__gt=0).update(
        failures=0, open_until=None, last_error="", updated_at=timezone.now()
    )
