"""Which lines of the inbox were there when a page was made.

Their time alone does not tell: a line may be older than the newest one of a page and have come after it, because its
transaction began before and ended later. So a page keeps what PostgreSQL calls a snapshot, "first:end:running": all
transactions before `first` and those before `end` that are not among the running ones had ended.
"""

import re

from django.db import models
from django.db.models.expressions import RawSQL

LONGEST = 4_000
_FORM = re.compile(r"(\d{1,19}):(\d{1,19}):(\d{1,19}(?:,\d{1,19})*)?", re.ASCII)
_NUMBERS = 2**32  # the first of each round of transaction numbers is never given to one
# A line without a number is older than the column. One with a number that no transaction here has had yet came with a
# dump from another server. What one's own transaction wrote is there for it.
_THERE = """(
    in_app_notifications.made_in IS NULL
    OR pg_visible_in_snapshot(in_app_notifications.made_in, %s::pg_snapshot)
    OR in_app_notifications.made_in >= pg_snapshot_xmax(pg_current_snapshot())
    OR in_app_notifications.made_in = pg_current_xact_id_if_assigned()
)"""


def is_sound(text: str) -> bool:
    """Whether PostgreSQL takes it for a snapshot; anybody may send anything."""
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return False
    first, end = int(found[1]), int(found[2])
    running = [int(number) for number in (found[3] or "").split(",") if number]
    if not (first % _NUMBERS and end % _NUMBERS):
        return False
    return first <= end and running == sorted(running) and all(first <= number < end for number in running)


def there(snapshot: str) -> RawSQL:
    """The condition on a line that it was there. Only for a sound snapshot."""
    return RawSQL(_THERE, [snapshot], models.BooleanField())  # noqa: S611 - a parameter
