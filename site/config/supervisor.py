"""Run several programs as one: all start together, and when one ends or Ctrl-C comes, all end."""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15


class AlreadyRunning(Exception):
    """Another process holds the lock; the text it left says which one and where it answers."""


@contextlib.contextmanager
def only_one(lock: Path, note: str) -> Iterator[None]:
    """Hold a lock file; raises AlreadyRunning with the holder's note. The kernel frees it, whatever kills us."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise AlreadyRunning(handle.read().strip()) from None
        handle.truncate(0)
        handle.write(note)
        handle.flush()
        yield
        handle.truncate(0)


def _end_with_parent(parent: int) -> None:
    """On Linux the kernel ends the child when we are killed; elsewhere the next start cleans up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # killed before the kernel knew that it should tell
            os._exit(1)


@dataclass
class Program:
    """One child: its name, its command, and the signal that asks it to end in good order."""

    name: str
    command: list[str]
    environment: dict[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone, and we pass it on in the right form
            preexec_fn=partial(_end_with_parent, os.getpid()),  # noqa: PLW1509 - only prctl, and no thread runs yet
        )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process and self.running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)

    def end(self, deadline: float) -> None:
        """Wait until the deadline, then end the child and whatever it started."""
        if not self.process:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Supervisor:
    """The programs, and a file that names them so that a killed run can be cleaned up by the next."""

    programs: list[Program]
    register: Path
    stopping: bool = field(default=False, init=False)

    def start(self) -> None:
        for program in self.programs:
            program.start()
            self._write_register()

    def restart(self, program: Program) -> None:
        program.ask_to_stop()
        program.end(time.monotonic() + STOP_SECONDS)
        program.start()
        self._write_register()

    def watch(self, each_second: Callable[[], None] = lambda: None) -> str:
        """Block until a signal asks us to stop (returns "") or a program ended by itself (returns its name)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        while not self.stopping:
            for program in self.programs:
                if not program.running:
                    return program.name
            each_second()
            time.sleep(0.5)
        return ""

    def stop(self) -> None:
        """Ask all to end, and make sure that they do."""
        for program in self.programs:
            program.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for program in self.programs:
            program.end(deadline)
        self.register.unlink(missing_ok=True)

    def _on_signal(self, number: int, frame: object) -> None:
        self.stopping = True

    def _write_register(self) -> None:
        running = [{"pid": p.process.pid, "command": p.command[-1]} for p in self.programs if p.process]
        self.register.write_text(json.dumps(running))


def end_leftovers(register: Path) -> int:
    """End the programs of a killed run: only those whose number still bears the command that we started."""
    try:
        entries = json.loads(register.read_text())
    except (OSError, ValueError):
        return 0
    ended = 0
    for entry in entries:
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(entry["pid"])], capture_output=True, text=True, check=False
        )
        if entry["command"] in shown.stdout:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(entry["pid"], signal.SIGKILL)
                ended += 1
    register.unlink(missing_ok=True)
    return ended
