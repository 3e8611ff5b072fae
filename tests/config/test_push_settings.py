"""Keys for push: made by a command, both or neither, and of one pair."""

import pytest
from django.core.management import CommandError, call_command

from notify import checks
from notify.push import web
from tests import needs
from tests.config.test_env import check


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    needs.package("pywebpush")
    public, private = web.new_keys()
    return {"VAPID_PUBLIC_KEY": public, "VAPID_PRIVATE_KEY": private}


def test_the_command_prints_a_pair_that_the_site_takes(capsys):
    needs.package("pywebpush")
    call_command("generate_vapid_keys")
    printed = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    done = check(**printed)
    assert done.returncode == 0, done.stderr


def test_each_pair_is_a_new_one(keys):
    assert web.new_keys()[1] != keys["VAPID_PRIVATE_KEY"]


def test_the_command_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(web, "is_installed", lambda: False)
    with pytest.raises(CommandError, match="make push"):
        call_command("generate_vapid_keys")


@pytest.mark.parametrize("missing", ["VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY"])
def test_half_a_pair_stops_the_start(keys, missing):
    done = check(**{**keys, missing: None})
    assert done.returncode == 1
    assert done.stderr.startswith(f"marquee: {missing} is not set, but its other half is")


def test_two_halves_of_different_pairs_are_found_out(keys):
    done = check(**{**keys, "VAPID_PUBLIC_KEY": web.new_keys()[0]})
    assert done.returncode == 1
    assert "VAPID_PUBLIC_KEY is not the other half of VAPID_PRIVATE_KEY." in done.stderr


def test_keys_without_the_extra_are_found_out(keys, settings, monkeypatch):
    settings.VAPID_PRIVATE_KEY = keys["VAPID_PRIVATE_KEY"]
    monkeypatch.setattr(web, "is_installed", lambda: False)
    [problem] = checks.push()
    assert (problem.id, "make push" in problem.hint) == ("notify.E001", True)


def test_without_keys_the_extra_is_not_missed(settings, monkeypatch):
    settings.VAPID_PRIVATE_KEY = ""
    monkeypatch.setattr(web, "is_installed", lambda: False)
    assert checks.push() == []


def test_the_extra_is_not_loaded_before_it_is_needed():
    """It takes half a second and 30 MB."""
    import subprocess
    import sys

    script = "import django; django.setup(); import notify.tasks, sys; sys.exit('pywebpush' in sys.modules)"
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "MARQUEE_MODE": "local", "PYTHONPATH": ".:site"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
