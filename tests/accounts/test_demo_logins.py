"""The demo's log-ins: one a role, random passwords in a file that only its owner reads, local mode only."""

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import demo_logins

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(settings, tmp_path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR / "demo_logins.json"


def the(role: str) -> User:
    return User.objects.get(email=f"{role}@marquee.localhost")


def test_the_command_prints_a_line_for_each_role_with_a_password_that_works(client):
    out = StringIO()
    call_command("demo_logins", stdout=out)
    lines = [line.split() for line in out.getvalue().splitlines()[1:5]]
    assert [line[0] for line in lines] == ["viewer", "editor", "experimenter", "admin"]
    assert all(User.objects.get(email=email).check_password(password) for _, email, password in lines)


def test_one_can_log_in_with_what_the_file_says(file):
    demo_logins.ensure()
    browser = Client()
    email, password = next(iter(json.loads(file.read_text()).items()))
    browser.post(reverse("account_login"), {"login": email, "password": password})
    assert browser.session["_auth_user_id"] == str(the("viewer").pk)


def test_only_the_owner_may_read_the_file(file):
    demo_logins.ensure()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["demo_logins.json"]


def test_every_password_is_random():
    passwords = {login.password for login in demo_logins.ensure()}
    assert len(passwords) == 4
    assert min(map(len, passwords)) >= 16


def test_a_second_time_keeps_people_and_passwords(file):
    first = {login.user.email: login.password for login in demo_logins.ensure()}
    hashes = set(User.objects.values_list("password", flat=True))
    assert {login.user.email: login.password for login in demo_logins.ensure()} == first
    assert set(User.objects.values_list("password", flat=True)) == hashes
    assert User.objects.count() == 4


@pytest.mark.parametrize("damage", [None, "", "{", "[]", '{"viewer@marquee.localhost": 7}'])
def test_a_lost_or_damaged_file_brings_new_passwords(file, damage):
    first = demo_logins.ensure()[0]
    file.unlink() if damage is None else file.write_text(damage)
    again = demo_logins.ensure()[0]
    assert again.password != first.password
    assert the("viewer").check_password(again.password)
    assert json.loads(file.read_text())[again.user.email] == again.password


def test_another_database_gets_the_passwords_of_the_file():
    first = demo_logins.ensure()[0]
    User.objects.all().delete()
    assert demo_logins.ensure()[0].password == first.password
    assert the("viewer").check_password(first.password)


def test_their_addresses_are_confirmed():
    demo_logins.ensure()
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 4


def test_a_viewer_is_nobody_special():
    demo_logins.ensure()
    viewer = the("viewer")
    assert (viewer.is_staff, viewer.is_superuser, viewer.get_all_permissions()) == (False, False, set())


def test_an_editor_looks_after_films_and_nothing_else():
    demo_logins.ensure()
    editor = the("editor")
    assert editor.is_staff
    assert editor.has_perms(["catalog.add_movie", "catalog.change_movie", "catalog.view_person"])
    assert {name.split(".")[0] for name in editor.get_all_permissions()} == {"catalog"}
    deletes = {name for name in editor.get_all_permissions() if "delete" in name}
    assert deletes == {"catalog.delete_editorspick"}  # theirs to withdraw; films and people are not


def test_an_experimenter_runs_experiments_and_nothing_else():
    demo_logins.ensure()
    assert the("experimenter").is_staff
    assert the("experimenter").get_all_permissions() == {
        "recs.add_experiment",
        "recs.change_experiment",
        "recs.view_experiment",
        "recs.view_assignment",
        "insights.view_experimentsnapshot",
    }


def test_an_admin_may_do_everything():
    demo_logins.ensure()
    assert the("admin").is_superuser
    assert the("admin").is_staff


def test_nothing_is_made_outside_local_mode(settings, file):
    settings.LOCAL = False
    with pytest.raises(CommandError, match="local mode only"):
        call_command("demo_logins")
    assert not User.objects.exists()
    assert not file.exists()
