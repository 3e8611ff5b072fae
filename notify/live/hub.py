"""The streams of this process, and what wakes them."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from django.db import DatabaseError, close_old_connections, connection, connections

from notify.live import people, states
from notify.live.people import Listener
from notify.live.states import State

logger = logging.getLogger(__name__)
HEARTBEAT = 20.0  # seconds; proxies close what is silent for longer; a session that ended is found at the latest now
DEBOUNCE = 0.05
PAUSES = (0.2, 5.0)  # seconds before the next attempt to reach the database: the first and the longest
MOST_OF_ONE = 20  # streams of one person: every browser needs one
RETRY = b"retry: 3000\n\n"
BEAT = b"event: beat\ndata: 1\n\n"
OVER = b"event: over\ndata: 1\n\n"
Answer = TypeVar("Answer")


@dataclass(eq=False, slots=True)
class Stream:
    """One open page. It keeps the newest state that is still to be told, never a queue: a slow reader costs nothing."""

    listener: Listener
    language: str
    missed: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    told: State | None = None
    state: State | None = None
    beats: bool = False
    is_over: bool = False
    has_left: bool = False

    def tell(self, state: State) -> None:
        self.state = state
        if state != self.told:
            self.wake.set()

    def beat(self) -> None:
        self.beats = True
        self.wake.set()

    def end(self) -> None:
        self.is_over = True
        self.wake.set()

    def leave(self) -> None:
        self.has_left = True
        self.wake.set()

    def take(self) -> Iterator[bytes]:
        """What is to be sent now."""
        if self.state is not None and self.state != self.told:
            self.told, missed, self.missed = self.state, self.missed, 0
            yield states.event(self.told, language=self.language, missed=missed)
        if self.beats:
            self.beats = False
            yield BEAT
        if self.is_over:
            yield OVER


class Hub:
    """Everything runs on one event loop; only questions to the database go to threads."""

    def __init__(self) -> None:
        self.streams: dict[int, set[Stream]] = {}
        self._threads = ThreadPoolExecutor(2, "inbox")
        self._changed: set[int] = set()
        self._has_changes = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(task()) for task in (self._listen, self._tell, self._check)]

    def stop(self) -> None:
        """Every stream ends; pages come back by themselves once somebody answers again."""
        for task in self._tasks:
            task.cancel()
        for stream in self._all():
            stream.leave()

    async def ask(self, question: Callable[..., Answer], *given: Any) -> Answer:
        """Ask the database without keeping the others waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _asked, question, given)

    def is_full(self, user_id: int) -> bool:
        return len(self.streams.get(user_id, ())) >= MOST_OF_ONE

    def add(self, stream: Stream) -> None:
        """It is told the state as soon as that has been read."""
        self.streams.setdefault(stream.listener.user_id, set()).add(stream)
        self._about([stream.listener.user_id])

    def remove(self, stream: Stream) -> None:
        theirs = self.streams.get(stream.listener.user_id, set())
        theirs.discard(stream)
        if not theirs:
            self.streams.pop(stream.listener.user_id, None)

    def _all(self) -> list[Stream]:
        return [stream for theirs in self.streams.values() for stream in theirs]

    def _about(self, user_ids: Iterable[int]) -> None:
        self._changed.update(self.streams.keys() & set(user_ids))
        if self._changed:
            self._has_changes.set()

    def _heard(self, payload: str) -> None:
        if payload.startswith(people.OVER):
            for stream in self._all():
                if people.hidden(stream.listener.session_key) == payload.removeprefix(people.OVER):
                    stream.end()
        else:
            self._about(int(part) for part in payload.split(",") if part.isdecimal())

    async def _listen(self) -> None:
        """One connection for the whole process, made anew for as long as it takes."""
        pause = PAUSES[0]
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listening:
                    await listening.execute("LISTEN inbox")
                    pause = PAUSES[0]
                    self._about(self.streams)  # what was said while nobody listened
                    await self._hear(listening)
            except (psycopg.Error, OSError) as problem:
                logger.warning("not listening to the database: %s", problem)
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))
            pause = min(2 * pause, PAUSES[1])

    async def _hear(self, listening: "psycopg.AsyncConnection[Any]") -> None:
        while True:
            async for notice in listening.notifies(timeout=HEARTBEAT):
                self._heard(notice.payload)
            await listening.execute("SELECT 1")  # a connection that died in silence says so now

    async def _tell(self) -> None:
        """A burst of changes is one question about all whom it concerns."""
        while True:
            await self._has_changes.wait()
            await asyncio.sleep(DEBOUNCE)
            changed, self._changed = self._changed, set()
            self._has_changes.clear()
            try:
                read = await self.ask(states.read, changed)
            except DatabaseError as problem:
                logger.warning("inboxes could not be counted: %s", problem)
                await asyncio.sleep(1)
                self._about(changed)
                continue
            for user_id, state in read.items():
                for stream in self.streams.get(user_id, ()):
                    stream.tell(state)

    async def _check(self) -> None:
        """The heart beats: streams of ended sessions close, and what expired by itself is counted anew."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            with contextlib.suppress(DatabaseError):
                gone = await self.ask(people.gone, [stream.listener for stream in self._all()])
                for stream in self._all():
                    if stream.listener in gone:
                        stream.end()
            self._about(list(self.streams))
            for stream in self._all():
                stream.beat()


def _asked(question: Callable[..., Answer], given: tuple[Any, ...]) -> Answer:
    """In a thread: the connection goes back to its pool at once."""
    close_old_connections()
    try:
        return question(*given)
    finally:
        connection.close()


def _parameters() -> dict[str, Any]:
    told = connections["default"].get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert")
    return {name: told[name] for name in wanted if told.get(name)} | {"connect_timeout": 5}
