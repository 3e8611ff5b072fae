"""Is the worker alive? It writes the time once a minute; whoever asks looks how long ago that was."""

import time

from django.core.cache import cache

KEY = "worker:heartbeat"
SILENT_SECONDS = 180


def beat() -> None:
    cache.set(KEY, time.time(), 3600)


def seconds_since() -> float | None:
    """Seconds since the worker's last sign of life, or None when there was none within the hour."""
    last = cache.get(KEY)
    return None if last is None else max(0.0, time.time() - last)


def is_alive() -> bool:
    silence = seconds_since()
    return silence is not None and silence < SILENT_SECONDS
