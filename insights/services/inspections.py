"""Who looked at whom: written before anything is shown."""

from accounts.models import User
from insights.models import Inspection


def record(*, actor: User, person: User, algorithm: str) -> Inspection:
    """`algorithm`: the one whose picks were asked for; of messages "mail", "digest" or "why"."""
    return Inspection.objects.create(actor=actor, person=person, algorithm=algorithm)
