"""Senders killed with SIGKILL again and again, a mail server that fails in every way, a database that crashes: with
reports of what arrived nothing is lost and nothing doubled; without them nothing is doubled and staff see every doubt.
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify import smtp
from tests.notify.stage import Stage
from tests.running import ROOT, wait_for

pytestmark = pytest.mark.slow
POINTS = ["before claim", "after claim", "after MAIL", "after DATA body", "after 250", "before commit"]
MAILS = 56  # more than one batch, so that both senders have some


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another account when we are root
        made = Stage(Path(folder))
        try:
            yield made
        finally:
            made.close()


def moody(chance: random.Random) -> smtp.Script:
    """A server that fails now and then in each of its ways, and knows nobody called reader-0."""

    def script(step: str, address: str) -> str:
        if step == "RCPT" and address.startswith("reader-0@"):
            return "550 5.1.1 nobody here"
        dice = chance.random()
        if step == "RCPT":
            return "450 4.2.0 greylisted" if dice < 0.03 else "421 4.3.2 closing" if dice < 0.04 else ""
        if step == "DATA":
            ways = [smtp.CLOSE, smtp.TAKE_AND_CLOSE, "450 4.3.0 not now", smtp.HANG]
            return ways[int(dice * 200)] if dice < 0.02 else ""
        return ""

    return script


@pytest.mark.parametrize("point", POINTS)
def test_two_senders_killed_at_the_worst_point_lose_and_double_nothing(stage, point):
    wanted = stage.fill(MAILS)
    stage.doomed("log", point)
    stage.rest("log")
    assert (sorted(stage.sink.taken), stage.sink.doubled) == (sorted(wanted), [])
    assert stage.states() == {"sent": MAILS}


@pytest.mark.parametrize("point", POINTS)
def test_without_reports_two_kills_leave_two_doubts_at_most_and_double_nothing(stage, point):
    wanted = stage.fill(MAILS)
    stage.doomed("none", point)
    stage.rest("none")
    doubts = 0 if "claim" in point else 2
    assert (stage.sink.doubled, len(in_doubt(stage))) == ([], doubts)
    assert set(wanted) - set(stage.sink.taken) <= in_doubt(stage)
    assert stage.states()["sent"] == MAILS - doubts


def in_doubt(stage: Stage) -> set[str]:
    query = "SELECT message_id FROM notification_logs WHERE status = 'in_doubt' AND reason = 'unconfirmed'"
    return {found for (found,) in stage.sql(query)}


def to_nobody(stage: Stage) -> set[str]:
    query = "SELECT message_id FROM notification_logs WHERE recipient LIKE 'reader-0@%'"
    return {found for (found,) in stage.sql(query)}


def riot(stage: Stage, source: str) -> None:
    """Kill until everything is settled, or a while has passed; let the database crash twice in between."""
    stage.sink.delay = 0.01  # most of a mail's time passes where a kill does harm
    chance = random.Random(7)
    stage.sink.script = moody(chance)
    for number in range(25):
        if stage.is_settled():
            break
        if number in {1, 3}:
            numbers = [stage.order("send", source, "") for _ in range(2)]
            time.sleep(0.2)
            stage.crash_database()
            stage.start_database()
            time.sleep(0.3)
            stage.kill(*numbers)
        stage.round(source, chance.uniform(0.1, 0.35))
    stage.sink.script = lambda step, address: "550 5.1.1 nobody" if address.startswith("reader-0@") else ""
    stage.rest(source)


def test_with_reports_a_riot_loses_nothing_and_doubles_nothing(stage):
    wanted = set(stage.fill(300, people=15))
    refused = to_nobody(stage)
    riot(stage, "log")
    assert (set(stage.sink.taken), stage.sink.doubled) == (wanted - refused, [])
    states = stage.states()
    assert (states["sent"], states["bounced"] + states["skipped"]) == (280, 20)
    assert stage.kills > 10


def test_without_reports_a_riot_doubles_nothing_and_shows_every_doubt_to_staff(stage):
    wanted = set(stage.fill(300, people=15))
    refused = to_nobody(stage)
    riot(stage, "none")
    doubts = in_doubt(stage)
    assert stage.sink.doubled == []
    assert wanted - refused - set(stage.sink.taken) <= doubts
    assert len(doubts) == stage.states().get("in_doubt", 0)  # the kills of a quick riot may leave none
    assert set(stage.states()) <= {"sent", "bounced", "skipped", "in_doubt"}


def consumer(stage: Stage) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "manage.py", "run_huey", "--workers", "2", "--quiet", "--flush-locks"]
    return subprocess.Popen(command, cwd=ROOT, env=stage.environment, stderr=stage.log)


def test_the_real_consumer_is_killed_and_the_next_one_carries_on(stage):
    wanted = stage.fill(300)
    stage.sink.delay = 0.01
    for number in range(3):
        before = len(stage.sink.taken)
        process = consumer(stage)
        stage.finish("pump")
        assert wait_for(lambda seen=before: len(stage.sink.taken) > seen, 60)
        if number < 2:
            time.sleep(0.3)
            process.send_signal(signal.SIGKILL)
            process.wait()
            stage.report()
            stage.wait_out()
    unsure_at_most = 4  # two kills, two senders each
    assert wait_for(lambda: len(stage.sink.taken) >= 300 - unsure_at_most, 30)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    stage.report()
    assert stage.sink.doubled == []
    unsure = "SELECT message_id FROM notification_logs WHERE status IN ('in_doubt', 'sending')"
    assert set(wanted) - set(stage.sink.taken) <= {found for (found,) in stage.sql(unsure)}
