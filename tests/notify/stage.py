"""A database of our own, a mail server that misbehaves, and senders that are killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from config import cluster
from tests import environment
from tests.notify.smtp import Sink
from tests.running import ROOT, wait_for


class Stage:
    def __init__(self, home: Path) -> None:
        self.home, self.sink, self.kills, self.reported = home, Sink(), 0, 0
        # What was committed must be there after a crash: a mail server is told of nothing that may be forgotten.
        self.database = cluster.Cluster(data=home / "postgres", bindir=environment._bindir())
        self.database.create()
        self.start_database()
        self.database.create_database()
        self.sink.start()
        socket = str(self.database.socket).replace("/", "%2F")
        self.environment = {
            **os.environ,
            "MARQUEE_MODE": "local",
            "MARQUEE_VAR": str(home / "var"),
            "DATABASE_URL": f"postgres://marquee@{socket}/marquee",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "CRITICAL",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=self.environment, check=True)
        self.log = (home / "sender.log").open("w")
        self.forker = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/notify/sender.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=self.environment,
        )

    def close(self) -> None:
        self.forker.stdin.close()
        self.forker.stdout.close()
        self.forker.wait(timeout=20)
        self.log.close()
        self.sink.stop()
        self.database.stop()

    def start_database(self) -> None:
        self.database.start("-c", "fsync=off")

    def crash_database(self) -> None:
        self.database._run("pg_ctl", "stop", "-D", self.database.data, "-m", "immediate", "-w", "-s")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(host=str(self.database.socket), user="marquee", dbname="marquee") as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def order(self, *words: Any) -> int:
        self.forker.stdin.write(json.dumps(words) + "\n")
        self.forker.stdin.flush()
        return int(self.forker.stdout.readline())

    def finish(self, *words: Any) -> None:
        """Give an order and wait until it is carried out."""
        number = self.order(*words)
        assert wait_for(lambda: not Path(f"/proc/{number}").exists(), 20), words

    def fill(self, mails: int, people: int = 5) -> list[str]:
        """An empty outbox with new mails in it; their Message-IDs."""
        for table in ("notification_logs", "delivery_events", "delivery_circuits", "suppressions", "users"):
            self.sql(f"TRUNCATE {table} CASCADE")
        self.sink.taken.clear()
        self.sink.script, self.sink.delay, self.kills = (lambda _step, _address: ""), 0.0, 0
        self.reported = 0
        self.finish("fill", mails, people)
        return [found for (found,) in self.sql("SELECT message_id FROM notification_logs ORDER BY id")]

    def kill(self, *numbers: int) -> None:
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
                self.kills += 1
        assert wait_for(lambda: not any(Path(f"/proc/{number}").exists() for number in numbers), 5)

    def report(self) -> None:
        """The event source: what the mail server has in its log is written down."""
        file, new = self.home / "mail.log", self.sink.taken[self.reported :]
        self.reported += len(new)
        file.write_text("".join(f"{json.dumps({'event': 'accepted', 'message_id': found})}\n" for found in new))
        self.finish("record", str(file))

    def wait_out(self) -> None:
        """Twenty minutes and every pause of a retry go by, while nobody sends."""
        self.sql("UPDATE notification_logs SET lease_until = lease_until - interval '20 minutes'")
        self.sql("UPDATE notification_logs SET scheduled_at = least(scheduled_at, now())")
        self.sql("DELETE FROM delivery_circuits")

    def states(self) -> dict[str, int]:
        return dict(self.sql("SELECT status, count(*)::int FROM notification_logs GROUP BY 1"))

    def is_settled(self) -> bool:
        query = """SELECT count(*) FROM notification_logs WHERE status IN ('scheduled', 'sending')
            OR (status = 'in_doubt' AND lease_until IS NOT NULL)"""
        return self.sql(query) == [(0,)]

    def round(self, source: str, seconds: float) -> None:
        """Two senders work for a moment and are killed; then time goes by."""
        numbers = [self.order("send", source, "") for _ in range(2)]
        time.sleep(seconds)
        self.kill(*numbers)
        if source == "log":
            self.report()
        self.wait_out()

    def doomed(self, source: str, point: str) -> None:
        """Two senders that die at this point of their work."""
        numbers = [self.order("send", source, point) for _ in range(2)]
        assert wait_for(lambda: not any(Path(f"/proc/{number}").exists() for number in numbers), 10), point
        if source == "log":
            self.report()
        self.wait_out()

    def is_idle(self) -> bool:
        query = """SELECT count(*) FROM notification_logs
            WHERE status = 'sending' OR (status = 'scheduled' AND scheduled_at <= now())"""
        return self.sql(query) == [(0,)]

    def rest(self, source: str) -> None:
        """Let a sender bring everything to an end in peace; time goes by whenever it has nothing to do."""
        for _ in range(20):
            if self.is_settled():
                return
            number = self.order("send", source, "")
            assert wait_for(self.is_idle, 60), self.states()
            self.kill(number)
            if source == "log":
                self.report()
            self.wait_out()
        raise AssertionError(f"not settled: {self.states()}")
