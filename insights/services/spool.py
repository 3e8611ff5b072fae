"""Files in which a process keeps what happened until it stands in the database.

Each process appends whole lines to a file of its own, one write() at a time, and holds a lock (flock) on it; the
kernel frees the lock when the process ends, however it ends. A file without a lock is therefore an orphan, and
whoever finds it may take it over. A file is removed only once its rows are committed together with its name.
"""

import contextlib
import errno
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from insights.services import lines

logger = logging.getLogger(__name__)
SUFFIX = ".jsonl"
LARGEST = 4 * 2**20  # bytes a file: what is taken into memory at once


@dataclass(slots=True)
class Held:
    """A spool file that this process alone may read, empty or remove."""

    path: Path
    descriptor: int
    size: int = 0

    @property
    def name(self) -> str:
        return self.path.name

    def append(self, data: bytes) -> None:
        """All of it or nothing; raises OSError (a full disk, a limit on the size of files)."""
        written = os.write(self.descriptor, data)
        if written < len(data):
            os.ftruncate(self.descriptor, self.size)
            raise OSError(errno.ENOSPC, "only a part could be written", str(self.path))
        self.size += written

    def read(self) -> bytes:
        parts, position = [], 0
        while part := os.pread(self.descriptor, 2**20, position):
            parts.append(part)
            position += len(part)
        return b"".join(parts)

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self.release()

    def release(self) -> None:
        """Let others take it over."""
        os.close(self.descriptor)


def take(path: Path) -> Held | None:
    """Lock a file; None when another process holds it, or when it has just been removed."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    return _locked(path, descriptor)


def _locked(path: Path, descriptor: int) -> Held | None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    found = os.fstat(descriptor)
    if found.st_nlink == 0:  # whoever held it before us removed it
        os.close(descriptor)
        return None
    return Held(path, descriptor, found.st_size)


def create(folder: Path) -> Held:
    """A new file whose name begins with the time, so that names sort by age; raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    while True:
        path = folder / f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        # Between the two calls another process may take the empty file for an orphan: then we make another.
        if held := _locked(path, os.open(path, flags, 0o600)):
            return held


@dataclass
class Spool:
    """One process's files in a folder that it shares with others. Safe for any number of threads."""

    folder: Path
    limit: int  # bytes that all files of the folder may take together
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _current: Held | None = None
    _full: list[Held] = field(default_factory=list)

    def append(self, data: bytes) -> None:
        """Keep these lines; raises OSError when the folder cannot take them."""
        with self._lock:
            self._append(data)
            if self._current and self._current.size >= min(LARGEST, self.limit // 4):
                self._close_current()
                self._trim()

    def _append(self, data: bytes) -> None:
        if self._current is None:
            self._current = create(self.folder)
        self._current.append(data)

    def _close_current(self) -> None:
        if self._current:
            self._full.append(self._current)
            self._current = None

    def pop(self) -> Held | None:
        """The oldest file of this process, no longer written to; give it back with `push` when it must wait."""
        with self._lock:
            if not self._full:
                self._close_current()
            return self._full.pop(0) if self._full else None

    def push(self, held: Held) -> None:
        with self._lock:
            self._full.insert(0, held)
            self._trim()

    def orphans(self) -> Iterator[Held]:
        """Files of processes that are gone, oldest first; the caller removes or releases each."""
        for path in self._paths():
            try:
                held = take(path)
            except OSError as problem:
                logger.warning("cannot take over the spool file %s: %s", path, problem)
                continue
            if held:
                yield held

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def _trim(self) -> None:
        """Drop the oldest files until the rest is within the limit; how many rows that cost is itself written down."""
        sizes: dict[Path, int] = {}
        for path in self._paths():
            with contextlib.suppress(OSError):
                sizes[path] = path.stat().st_size
        excess = sum(sizes.values()) - self.limit
        for path, size in sizes.items():
            if excess <= 0:
                return
            excess -= size if self._drop(path) else 0

    def _drop(self, path: Path) -> bool:
        held = next((held for held in self._full if held.path == path), None)
        if held:
            self._full.remove(held)
        elif self._current and self._current.path == path:
            return False
        else:
            held = take(path)
        if held is None:
            return False
        count = lines.count(held.read())
        logger.error("the activity spool is over its limit: dropped the oldest %s rows", count)
        with contextlib.suppress(OSError):  # it is full, after all
            self._append(lines.dropped(count))
        held.remove()
        return True

    def abandon(self) -> None:
        """Close everything and remove nothing; the files are orphans from now on."""
        for held in [*self._full, *([self._current] if self._current else [])]:
            held.release()
        self._full, self._current = [], None
