"""Granian's processes with our applications, asked to end before they serve."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from config import web_server
from tests.running import ROOT, free_port, wait_for

SLOW_SETTINGS = """
    import pathlib, time
    pathlib.Path("loading").touch()
    time.sleep(60)
"""


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_stop_while_the_application_still_loads_is_heard(interface, tmp_path):
    (tmp_path / "slow_settings.py").write_text(textwrap.dedent(SLOW_SETTINGS))
    command = [sys.executable, "-m", "granian", "--interface", interface, "--port", str(free_port())]
    command += ["--workers-kill-timeout", "20s", f"config.{interface}:application"]
    path = os.pathsep.join([str(tmp_path), str(ROOT), str(ROOT / "site")])
    ours = {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "slow_settings"}
    server = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, **ours}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert wait_for((tmp_path / "loading").exists, 20)
    finally:
        server.terminate()
        said = server.communicate(timeout=40)[0]
    assert "refused to gracefully stop" not in said
    assert server.returncode == 0


def test_handlers_of_others_are_left_alone(monkeypatch):
    set_anew = []
    monkeypatch.setattr(signal, "signal", lambda *given: set_anew.append(given))
    web_server.end_at_once_while_loading()
    assert set_anew == []
