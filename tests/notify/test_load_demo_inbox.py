"""The demo's log-ins find something in their inbox, once."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from notify.models import Announcement, InboxNotification
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_log_in_is_welcomed_once_and_no_simulated_person_is(settings, tmp_path):
    settings.VAR = tmp_path
    simulated = factories.user(is_simulated=True)
    call_command("load_demo_inbox")
    call_command("load_demo_inbox")
    welcomed = InboxNotification.objects.filter(kind="announcement").values_list("user_id", flat=True)
    assert sorted(welcomed) == sorted(User.objects.exclude(pk=simulated.pk).values_list("pk", flat=True))
    assert len(welcomed) == 4


def test_what_staff_have_announced_is_not_added_to(settings, tmp_path, admin):
    settings.VAR = tmp_path
    Announcement.objects.create(title="Ours", message="Words")
    call_command("load_demo_inbox")
    assert Announcement.objects.count() == 1


def test_it_is_for_local_mode_only(settings):
    settings.LOCAL = False
    with pytest.raises(CommandError, match="local mode"):
        call_command("load_demo_inbox")
