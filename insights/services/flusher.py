"""Empties this process's spool into the database, from a thread of its own that starts with the first row."""

import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

from insights.services import ingest, lines
from insights.services.lines import Row
from insights.services.spool import Held, Spool

logger = logging.getLogger(__name__)
BATCH = 5_000  # rows that are worth not waiting for the second to pass
LONGEST_WAIT = 30  # seconds between two attempts while the database is away
ADOPT_SECONDS = 60  # how often the thread looks for what killed processes left behind


class Flusher:
    """The spool of one process, and the thread that empties it; `seconds` 0 stands for no thread."""

    def __init__(self, spool: Spool, seconds: float) -> None:
        self.spool, self.seconds = spool, seconds
        self._some, self._many = threading.Event(), threading.Event()
        self._waiting = 0
        self._starting, self._flushing = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._degraded = False
        self._adopted = -float(ADOPT_SECONDS)

    def write(self, rows: Sequence[Row]) -> None:
        """Keep the rows with one write(); straight into the database where the folder cannot take them."""
        try:
            self.spool.append(b"".join(map(lines.encode, rows)))
        except OSError as problem:
            if not self._degraded:
                logger.error("activity goes straight into the database, for the spool cannot be written: %s", problem)
            self._degraded = True
            ingest.insert(lines.decode(b"".join(map(lines.encode, rows))).rows)
            return
        if self._degraded:
            logger.warning("the activity spool can be written again")
            self._degraded = False
        self._wake(len(rows))

    def _wake(self, count: int) -> None:
        if not self.seconds:
            return
        self._waiting += count  # two threads may count at once; it is only a hint
        self._some.set()
        if self._waiting >= BATCH:
            self._many.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="activity", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        failures = 0
        while True:
            self._some.wait()
            self._many.wait(self.seconds)
            self._some.clear()
            self._many.clear()
            self._waiting = 0
            failures = 0 if self._tried(first=not failures) else failures + 1
            if failures:
                self._some.set()
                time.sleep(min(LONGEST_WAIT, 2.0 ** min(failures, 10)))

    def _tried(self, *, first: bool) -> bool:
        try:
            self.load_own()
            if time.monotonic() - self._adopted >= ADOPT_SECONDS:
                self._adopted = time.monotonic()
                self.adopt()
        except ingest.UNREACHABLE as problem:
            if first:
                logger.error("the database does not take activity, which waits in %s: %s", self.spool.folder, problem)
            return False
        except Exception:
            logger.exception("activity could not be brought into the database")
            return False
        finally:
            connection.close()
        return True

    def flush(self) -> int:
        """Everything of this process, then what others left behind; returns how many rows went in."""
        return self.load_own() + self.adopt()

    def load_own(self) -> int:
        """Load this process's files; one that cannot be loaded waits. Returns how many rows went in."""
        with self._flushing:
            count = 0
            while held := self.spool.pop():
                try:
                    count += self._load(held)
                except BaseException:
                    self.spool.push(held)
                    raise
            return count

    def adopt(self) -> int:
        """Load the files of processes that are gone; returns how many rows went in."""
        count = 0
        for held in self.spool.orphans():
            try:
                count += self._load(held)
            except BaseException:
                held.release()
                raise
        return count

    @staticmethod
    def _load(held: Held) -> int:
        count = ingest.load(name=held.name, data=held.read())
        held.remove()
        return count


_mine: Flusher | None = None
_making = threading.Lock()


def mine() -> Flusher:
    """The flusher of this process, made when it is first needed."""
    folder = settings.ACTIVITY_SPOOL_DIR
    found = _mine
    return found if found is not None and found.spool.folder == folder else _make(folder)


def _make(folder: Path) -> Flusher:
    global _mine  # noqa: PLW0603 - one for each process, as the name says
    with _making:
        if _mine is None or _mine.spool.folder != folder:
            if _mine is not None:
                _mine.spool.abandon()
            _mine = Flusher(Spool(folder, settings.ACTIVITY_SPOOL_MB * 2**20), settings.ACTIVITY_FLUSH_SECONDS)
        return _mine


def _after_fork() -> None:
    """The files belong to the parent, who holds their locks on; this process makes its own when it has something."""
    global _mine, _making  # noqa: PLW0603
    _making = threading.Lock()
    if _mine is not None:
        _mine.spool.abandon()
        _mine = None


os.register_at_fork(after_in_child=_after_fork)
