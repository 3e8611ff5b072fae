"""What a person's own export says of what they hear from us."""

import datetime
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notify.models import Delivery
from notify.services import delivery, outbox, preferences
from tests import factories
from tests.notify.outbox import mail, reader

pytestmark = pytest.mark.django_db


def export(user: User) -> dict:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("recs:download", args=["marquee"]))
    return json.loads(b"".join(answer.streaming_content))


def test_it_has_every_square_of_the_matrix(viewer):
    preferences.choose(user=viewer, kind="watchlist_release", channel="email", enabled=True)
    kinds = export(viewer)["notifications"]["kinds"]
    assert set(kinds) == {kind for kind, _channel in preferences.squares(viewer)}
    assert kinds["watchlist_release"] == {"in_app": True, "email": True, "push": False}


def test_it_has_when_the_digest_comes_quiet_hours_and_the_pause(viewer):
    nine, ten, seven = datetime.time(9, 30), datetime.time(22), datetime.time(7)
    preferences.save_schedule(user=viewer, day=4, time=nine, timezone="Europe/Berlin")
    preferences.save_quiet_hours(user=viewer, start=ten, end=seven)
    preferences.measure_clicks(user=viewer, allowed=False)
    until = preferences.pause(user=viewer, weeks=2)
    said = export(viewer)["notifications"]
    assert said["digest"] == {"day": "friday", "time": "09:30:00", "timezone": "Europe/Berlin"}
    assert said["quiet_hours"] == {"from": "22:00:00", "until": "07:00:00"}
    assert datetime.datetime.fromisoformat(said["paused_until"]) - until < datetime.timedelta(seconds=1)
    assert said["notes_followed_links"] is False


def test_who_never_chose_has_the_defaults_and_no_row_is_made(viewer):
    said = export(viewer)["notifications"]
    assert (said["quiet_hours"], said["paused_until"], said["digest"]["day"]) == (None, None, "monday")
    assert not hasattr(User.objects.get(pk=viewer.pk), "notification_preferences")


def test_it_lists_what_was_sent_and_what_was_not_without_any_bytes():
    user = reader()
    mail(user, key="digest:one")
    delivery.send_batch(channel="email")
    outbox.skip(user=user, kind="picks", channel="email", key="picks:one", reason="capped")
    sent, skipped = export(user)["messages"]
    assert {**sent, "made_at": "", "sent_at": ""} == {
        "kind": "digest",
        "channel": "email",
        "subject": "Your week",
        "state": "sent",
        "made_at": "",
        "sent_at": "",
    }
    assert datetime.datetime.fromisoformat(sent["sent_at"]) <= timezone.now()
    assert (skipped["kind"], skipped["state"], skipped["sent_at"]) == ("picks", "skipped", None)


def test_it_says_nothing_of_others_nor_of_what_staff_sent_to_themselves():
    user = reader()
    mail(reader())
    mail(user, key="test:staff", is_test=True, recipient="staff@example.org")
    mail(user, key="test:own", is_test=True)
    assert Delivery.objects.count() == 3
    assert len(export(user)["messages"]) == 1


def test_a_film_more_or_a_message_more_costs_no_query_more(viewer, django_assert_max_num_queries):
    mail(viewer)
    with django_assert_max_num_queries(30) as few:
        export(viewer)
    for _ in range(5):
        mail(viewer)
        factories.rating(viewer, factories.movie(), 4.0)
    with django_assert_max_num_queries(len(few)):
        export(viewer)
