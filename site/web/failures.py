"""Tasks that failed, for those who look after the site: the last of them, for a week. Logs say more."""

import time
from typing import NamedTuple

from django.core.cache import cache

KEY = "worker:failures"
KEPT = 50
SECONDS = 7 * 24 * 60 * 60


class Failure(NamedTuple):
    at: float
    task: str
    error: str


def note(task: str, error: BaseException | None) -> None:
    """The kind of an error, not its words: those may name people."""
    cache.set(KEY, [(time.time(), task, type(error).__name__), *cache.get(KEY, [])][:KEPT], SECONDS)


def recent() -> list[Failure]:
    """The newest first; none older than a week."""
    oldest = time.time() - SECONDS
    return [Failure(*one) for one in cache.get(KEY, []) if one[0] >= oldest]
