"""Telling people by push: who, how often, in which language; and whose browser is whose."""

import datetime
import threading

import pytest
import time_machine
from django.db import connection
from django.utils.translation import gettext_lazy

from accounts.models import User
from notify import reasons
from notify.models import Delivery, Device
from notify.services import delivery, devices, preferences, push_clicks, pushes
from notify.signals import push_clicked
from tests import factories
from tests.notify.push_service import Browser

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _on(push_is_on) -> None:
    pass


def endpoint(name: str = "one") -> str:
    return f"https://fcm.googleapis.com/fcm/send/{name}"


def browser_of(user: User, name: str = "one", **more) -> Device:
    return devices.subscribe(user=user, endpoint=endpoint(name), keys=Browser().keys, **more)


@pytest.fixture
def fan() -> User:
    user = factories.user()
    preferences.choose(user=user, kind="picks", channel="push", enabled=True)
    return user


def tell(user: User, key: str = "picks:1", **said) -> list[Delivery]:
    return pushes.enqueue(user=user, kind="picks", key=key, **{"title": "T", "body": "B", "url": "/", **said})


def test_each_device_gets_a_row_of_its_own(fan):
    browser_of(fan, "one")
    browser_of(fan, "two")
    assert len(tell(fan)) == 2


def test_the_same_message_is_never_put_in_twice(fan):
    browser_of(fan)
    tell(fan)
    assert (tell(fan), Delivery.objects.count()) == ([], 1)


def test_a_device_that_joins_later_does_not_get_what_was_told_before(fan):
    browser_of(fan, "one")
    tell(fan)
    browser_of(fan, "two")
    assert tell(fan) == []


def test_nobody_is_pushed_to_who_did_not_ask_for_it():
    user = factories.user()
    browser_of(user)
    assert (tell(user), Delivery.objects.count()) == ([], 0)


def test_who_has_no_device_is_written_down(fan):
    assert tell(fan) == []
    assert (Delivery.objects.get().status, Delivery.objects.get().reason) == ("skipped", reasons.NO_DEVICE)


def test_three_messages_a_day_are_enough(fan):
    browser_of(fan, "one")
    browser_of(fan, "two")
    told = [bool(tell(fan, key=f"picks:{number}")) for number in range(5)]
    assert told == [True, True, True, False, False]
    assert {row.reason for row in Delivery.objects.filter(status="skipped")} == {reasons.CAPPED}


def test_the_next_day_there_may_be_more(fan):
    browser_of(fan)
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        for number in range(4):
            tell(fan, key=f"picks:{number}")
        clock.shift(datetime.timedelta(hours=24, seconds=1))
        assert len(tell(fan, key="picks:tomorrow")) == 1


@pytest.mark.django_db(transaction=True)
def test_of_messages_that_come_at_once_no_fourth_slips_through(fan):
    browser_of(fan)

    def one(number: int) -> None:
        tell(fan, key=f"picks:{number}")
        connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Delivery.objects.filter(status="scheduled").count() == 3


def test_nothing_is_written_where_push_is_off(fan, settings):
    browser_of(fan)
    settings.VAPID_PRIVATE_KEY = settings.VAPID_PUBLIC_KEY = ""
    assert (tell(fan), Delivery.objects.count()) == ([], 0)


def test_simulated_people_are_left_alone(fan):
    fan.is_simulated = True
    assert (tell(fan), Delivery.objects.count()) == ([], 0)


def test_the_words_are_in_the_person_s_language(fan):
    fan.preferred_language = "de"
    browser_of(fan)
    [row] = tell(fan, title=gettext_lazy("Watchlist"))
    assert row.subject != "Watchlist"


def test_in_quiet_hours_a_message_waits_for_their_end(fan):
    browser_of(fan)
    with time_machine.travel("2026-11-20T23:30:00Z", tick=False):
        preferences.save_quiet_hours(user=fan, start=datetime.time(22), end=datetime.time(7))
        [row] = tell(fan)
        delivery.send_batch(channel="push")
    assert Delivery.objects.get(id=row.id).scheduled_at == datetime.datetime(2026, 11, 21, 7, tzinfo=datetime.UTC)


def test_who_turns_the_kind_off_gets_nothing_that_waits(fan):
    browser_of(fan)
    [row] = tell(fan)
    preferences.choose(user=fan, kind="picks", channel="push", enabled=False)
    delivery.send_batch(channel="push")
    assert Delivery.objects.get(id=row.id).reason == reasons.UNWANTED


def test_what_leads_off_the_site_is_refused(fan):
    browser_of(fan)
    with pytest.raises(ValueError):
        tell(fan, url="https://example.com/")


def test_an_address_that_is_too_long_is_written_down(fan):
    browser_of(fan)
    assert tell(fan, url="/film/" + "x" * 4_000) == []
    assert Delivery.objects.get().reason == reasons.TOO_LARGE


def test_a_message_to_try_it_out_counts_for_nothing(fan):
    browser_of(fan)
    assert all(row.is_test for _ in range(4) for row in pushes.send_test(user=fan))
    assert len(tell(fan)) == 1


def test_nobody_tries_it_out_all_day(fan):
    browser_of(fan)
    for _ in range(pushes.MOST_TESTS):
        pushes.send_test(user=fan)
    with pytest.raises(pushes.TooMany):
        pushes.send_test(user=fan)


# Whose browser


def test_a_browser_that_subscribes_twice_is_one_device(fan):
    assert browser_of(fan).pk == browser_of(fan).pk


def test_a_browser_is_called_by_its_name(fan):
    assert browser_of(fan, user_agent=FIREFOX).name == "Firefox · Windows"


def test_a_browser_has_one_owner_the_last(fan, stranger):
    browser_of(stranger)
    browser_of(fan)
    assert [device.user for device in Device.objects.all()] == [fan]


def test_the_person_shows_the_newest_device(fan):
    browser_of(fan, "one")
    browser_of(fan, "two")
    fan.refresh_from_db()
    assert (fan.device_token, fan.device_type) == (endpoint("two"), "web")


def test_a_lost_device_gives_its_place_to_the_one_before(fan):
    browser_of(fan, "one")
    devices.remove(device=browser_of(fan, "two"))
    fan.refresh_from_db()
    assert fan.device_token == endpoint("one")


def test_who_loses_a_browser_to_somebody_else_no_longer_shows_it(fan, stranger):
    browser_of(stranger)
    browser_of(fan)
    stranger.refresh_from_db()
    assert (stranger.device_token, stranger.device_type) == (None, None)


def test_an_endpoint_that_is_too_long_to_show_is_shown_as_its_hash(fan):
    browser_of(fan, "x" * 600)
    fan.refresh_from_db()
    assert fan.device_token.startswith("sha256:")


def test_of_very_many_devices_the_oldest_make_room(fan):
    for number in range(devices.MOST + 3):
        browser_of(fan, str(number))
    assert fan.devices.count() == devices.MOST
    assert not fan.devices.filter(token=endpoint("0")).exists()


def test_unsubscribing_forgets_only_ones_own(fan, stranger):
    browser_of(fan)
    assert not pushes.unsubscribe(user=stranger, endpoint=endpoint())
    assert pushes.unsubscribe(user=fan, endpoint=endpoint())
    assert not Device.objects.exists()


SECRET = Browser().keys["auth"]
KEYS = [
    {},
    {"p256dh": "", "auth": ""},
    {"p256dh": "not base64!", "auth": SECRET},
    {"p256dh": "A" * 87, "auth": SECRET},
    {"p256dh": "BA" + "A" * 85, "auth": SECRET},  # no point of the curve
    {"p256dh": "B" + "_" * 86, "auth": SECRET},  # beyond the field
    {"p256dh": Browser().keys["p256dh"], "auth": "AAAA"},
    {"p256dh": Browser().keys["p256dh"], "auth": "A" * 5_000},
    {"p256dh": Browser().keys["p256dh"][:-2], "auth": SECRET},
]


@pytest.mark.parametrize("keys", KEYS)
def test_keys_of_no_browser_are_refused(fan, keys):
    with pytest.raises(devices.BadSubscription):
        devices.subscribe(user=fan, endpoint=endpoint(), keys=keys)
    assert not Device.objects.exists()


def test_a_browser_changes_its_address_by_the_secret_of_the_old_one(fan):
    keys = Browser().keys
    device = devices.subscribe(user=fan, endpoint=endpoint("old"), keys=keys)
    renewed = devices.renew(old=endpoint("old"), auth=keys["auth"], endpoint=endpoint("new"), keys=Browser().keys)
    assert (renewed.pk, renewed.token) == (device.pk, endpoint("new"))


@pytest.mark.parametrize("auth", ["", "AAAA", "é"])
def test_nobody_moves_a_browser_without_its_secret(fan, auth):
    browser_of(fan, "old")
    assert devices.renew(old=endpoint("old"), auth=auth, endpoint=endpoint("new"), keys=Browser().keys) is None
    assert Device.objects.get().token == endpoint("old")


# Followed


@pytest.fixture
def heard():
    got = []

    def hear(sender, **said) -> None:
        got.append(said["user"])

    push_clicked.connect(hear, weak=False)
    yield got
    push_clicked.disconnect(hear)


def test_a_followed_message_is_counted_once(fan, heard, django_capture_on_commit_callbacks):
    browser_of(fan)
    [row] = tell(fan)
    with django_capture_on_commit_callbacks(execute=True):
        assert [push_clicks.followed(key=row.idempotency_key) for _ in range(3)] == [True, False, False]
    assert (Delivery.objects.get(id=row.id).status, heard) == ("clicked", [fan])


def test_who_does_not_want_to_be_measured_is_not(fan, heard):
    browser_of(fan)
    [row] = tell(fan)
    preferences.measure_clicks(user=fan, allowed=False)
    assert not push_clicks.followed(key=row.idempotency_key)
    assert (Delivery.objects.get(id=row.id).status, heard) == ("scheduled", [])


def test_a_test_message_is_not_counted(fan):
    browser_of(fan)
    [row] = pushes.send_test(user=fan)
    assert not push_clicks.followed(key=row.idempotency_key)


def test_a_message_that_is_gone_is_not_counted():
    assert not push_clicks.followed(key="push:nothing:7")
