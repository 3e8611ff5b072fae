"""What a piece of work costs: seconds, and how far the process's memory rose meanwhile."""

import ctypes
import gc
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
KIBI = 1024


@dataclass
class Cost:
    """`megabytes` counts all memory of the process, that of compiled code too, above what it held at the start."""

    seconds: float = 0.0
    megabytes: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """On Linux the kernel's mark of the highest resident size is set back first; elsewhere a peak that lies before
    the work hides a smaller one within it, and the figure is what the mark rose by.
    """
    cost = Cost()
    _hand_back()
    _forget_peak()
    before = _resident()
    start = time.perf_counter()
    yield cost
    cost.seconds = time.perf_counter() - start
    cost.megabytes = max(_peak() - before, 0) / KIBI


def _hand_back() -> None:
    """Give what is free back to the system, or the work would find room in it that seems to cost nothing."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _forget_peak() -> None:
    try:
        _CLEAR.write_text(_RESET_PEAK)
    except OSError:
        return


def _resident() -> int:
    return _status("VmRSS") or _peak()


def _peak() -> int:
    """In kibibytes."""
    unit = KIBI if sys.platform == "darwin" else 1  # macOS says bytes
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _status(name: str) -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
