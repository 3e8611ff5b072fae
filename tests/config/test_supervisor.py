"""Several programs run as one: nothing outlives the run, and nothing of others is touched."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from config import supervisor

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]


def program(name: str, command: list[str] = FOREVER) -> supervisor.Program:
    return supervisor.Program(name, command, dict(os.environ))


def alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(shown.strip()) and not shown.startswith("Z")


def wait_until(condition, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_stopping_ends_every_program(tmp_path):
    group = supervisor.Supervisor([program("one"), program("two")], tmp_path / "programs.json")
    group.start()
    pids = [item.process.pid for item in group.programs]
    group.stop()
    assert not any(alive(pid) for pid in pids)
    assert not (tmp_path / "programs.json").exists()


def test_watching_ends_when_one_program_ends_and_names_it(tmp_path):
    group = supervisor.Supervisor(
        [program("lasting"), program("short", [sys.executable, "-c", "pass"])], tmp_path / "programs.json"
    )
    group.start()
    assert group.watch() == "short"
    group.stop()


def test_a_second_run_is_refused_with_the_note_of_the_first(tmp_path):
    with (
        supervisor.only_one(tmp_path / "lock", "process 1, http://127.0.0.1:8000/"),
        pytest.raises(supervisor.AlreadyRunning, match="process 1"),
        supervisor.only_one(tmp_path / "lock", "process 2"),
    ):
        pass


def test_the_programs_of_a_killed_run_end_with_it(tmp_path):
    script = textwrap.dedent(f"""
        import os, sys, time
        from pathlib import Path
        from config import supervisor
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        group = supervisor.Supervisor([supervisor.Program("one", command, dict(os.environ))],
                                      Path({str(tmp_path / "programs.json")!r}))
        group.start()
        time.sleep(600)
    """)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root}:{root / 'site'}"}
    run = subprocess.Popen([sys.executable, "-c", script], env=environment)
    assert wait_until((tmp_path / "programs.json").exists)
    child = json.loads((tmp_path / "programs.json").read_text())[0]["pid"]
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert wait_until(lambda: not alive(child))


def test_leftovers_are_ended_by_number_and_command_and_strangers_are_not(tmp_path):
    left, stranger = program("left"), program("stranger")
    left.start()
    stranger.start()
    register = tmp_path / "programs.json"
    register.write_text(
        json.dumps(
            [
                {"pid": left.process.pid, "command": left.command[-1]},
                {"pid": stranger.process.pid, "command": "something else entirely"},
            ]
        )
    )
    assert supervisor.end_leftovers(register) == 1
    left.process.wait(timeout=5)
    assert alive(stranger.process.pid)
    stranger.end(time.monotonic())
