"""Push messages on the wire: a real HTTP server gets them, decrypts them and answers as push services do."""

import base64
import datetime
import json
import threading
import time
from email.utils import format_datetime

import pytest
from django.utils import timezone

from accounts.models import User
from notify import reasons
from notify.models import Circuit, Delivery, Device
from notify.push import adapters, web
from notify.push.base import Answer, Verdict
from notify.services import delivery, devices, doubts, leases, preferences, pushes
from tests import factories
from tests.notify.push_service import Browser, PushService

pytestmark = pytest.mark.django_db


@pytest.fixture
def fan(push_service: PushService) -> User:
    """Somebody who wants picks by push."""
    user = factories.user()
    preferences.choose(user=user, kind="picks", channel="push", enabled=True)
    return user


def tell(user: User, key: str = "picks:1", **said) -> list[Delivery]:
    words = {"title": "Three films for you", "body": "Alien, Brazil, Casablanca", "url": "/me/watchlist/", **said}
    return pushes.enqueue(user=user, kind="picks", key=key, **words)


def sent(row: Delivery) -> Delivery:
    """Send what is due, and the row as it then stands."""
    delivery.send_batch(channel="push")
    return Delivery.objects.get(id=row.id)


def again(row: Delivery) -> Delivery:
    Delivery.objects.filter(pk=row.pk).update(scheduled_at=timezone.now())
    return sent(row)


def test_the_browser_reads_what_was_written(push_service, fan):
    browser = Browser()
    push_service.device(fan, browser)
    [row] = tell(fan)
    assert sent(row).status == "sent"
    said = browser.read(push_service.asked[0].body)
    assert (said["title"], said["body"], said["url"]) == (
        "Three films for you",
        "Alien, Brazil, Casablanca",
        "/me/watchlist/",
    )


def test_the_message_leads_through_an_address_of_ours(push_service, fan):
    browser = Browser()
    push_service.device(fan, browser)
    sent(tell(fan)[0])
    assert browser.read(push_service.asked[0].body)["click"].startswith("/push/")


def test_the_request_says_what_a_push_service_must_know(push_service, fan):
    push_service.device(fan)
    sent(tell(fan, topic="picks")[0])
    headers = push_service.asked[0].headers
    assert {name: headers[name] for name in ("TTL", "Urgency", "Topic", "Content-Encoding")} == {
        "TTL": "86400",
        "Urgency": "low",
        "Topic": "picks",
        "Content-Encoding": "aes128gcm",
    }


def test_the_site_says_who_it_is_for_twelve_hours(push_service, fan, settings):
    push_service.device(fan)
    sent(tell(fan)[0])
    token, key = push_service.asked[0].headers["Authorization"].removeprefix("vapid t=").split(",k=")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["aud"], claims["sub"], key) == (
        push_service.url,
        "mailto:films@example.org",
        settings.VAPID_PUBLIC_KEY,
    )
    assert abs(claims["exp"] - time.time() - 12 * 3600) < 60


def test_the_name_that_the_push_service_gave_it_is_kept(push_service, fan):
    push_service.device(fan)
    assert sent(tell(fan)[0]).external_id == "/message/7"


def test_a_device_remembers_when_it_was_last_reached(push_service, fan):
    device = push_service.device(fan)
    sent(tell(fan)[0])
    device.refresh_from_db()
    assert device.last_ok_at is not None


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(push_service, fan, status):
    push_service.device(fan)
    push_service.answers.append((status, {}))
    row = sent(tell(fan)[0])
    fan.refresh_from_db()
    assert (row.status, row.reason) == ("failed", reasons.NO_DEVICE)
    assert (Device.objects.count(), fan.device_token) == (0, None)


def test_one_dead_device_does_not_stop_the_others(push_service, fan):
    for path in ("/one", "/two", "/three"):
        push_service.device(fan, path=path)
    push_service.answers.extend([(410, {}), (500, {})])
    rows = tell(fan)
    delivery.send_batch(channel="push")
    states = [Delivery.objects.get(id=row.id).status for row in rows]
    assert states == ["failed", "scheduled", "sent"]


def test_a_message_that_was_too_large_is_sent_once_more_and_shorter(push_service, fan):
    browser = Browser()
    push_service.device(fan, browser)
    push_service.answers.append((413, {}))
    assert sent(tell(fan)[0]).status == "sent"
    assert [browser.read(asked.body)["body"] for asked in push_service.asked] == ["Alien, Brazil, Casablanca", ""]


def test_a_message_that_is_too_large_even_then_is_given_up(push_service, fan):
    push_service.device(fan)
    push_service.answers.extend([(413, {}), (413, {})])
    row = sent(tell(fan)[0])
    assert (row.status, row.reason, len(push_service.asked)) == ("failed", reasons.TOO_LARGE, 2)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_push_service_that_is_busy_is_asked_again_when_it_wants(push_service, fan, status):
    push_service.device(fan)
    push_service.answers.append((status, {"Retry-After": "3600"}))
    row = sent(tell(fan)[0])
    assert row.status == "scheduled"
    assert row.scheduled_at - timezone.now() > datetime.timedelta(minutes=59)
    assert again(row).status == "sent"


def test_a_date_to_come_again_is_understood_too(push_service, fan):
    push_service.device(fan)
    at = timezone.now().astimezone(datetime.UTC) + datetime.timedelta(hours=2)
    push_service.answers.append((429, {"Retry-After": format_datetime(at, usegmt=True)}))
    row = sent(tell(fan)[0])
    assert abs(row.scheduled_at - at) < datetime.timedelta(minutes=1)


@pytest.mark.parametrize("status", [400, 401, 403, 405])
def test_what_is_refused_is_not_tried_again_and_the_device_stays(push_service, fan, status):
    push_service.device(fan)
    push_service.answers.append((status, {}))
    row = sent(tell(fan)[0])
    assert (row.status, row.reason, Device.objects.count()) == ("failed", reasons.REFUSED, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(push_service, fan, status):
    push_service.device(fan)
    push_service.answers.append((status, {"Location": f"{push_service.url}/elsewhere"}))
    row = sent(tell(fan)[0])
    assert (row.status, [asked.path for asked in push_service.asked]) == ("failed", ["/one"])


def test_a_push_service_that_hangs_is_left_and_asked_again(push_service, fan, monkeypatch):
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", 0.2)
    push_service.device(fan)
    push_service.hang = threading.Event()
    row = sent(tell(fan)[0])
    assert (row.status, row.attempts) == ("scheduled", 1)
    assert "Timeout" in row.last_error


def test_a_hanging_push_service_closes_nothing_for_the_others(push_service, fan, monkeypatch):
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", 0.2)
    push_service.device(fan)
    push_service.hang = threading.Event()
    sent(tell(fan)[0])
    assert not Circuit.objects.filter(failures__gt=0).exists()


def test_a_push_service_that_is_away_is_asked_again(push_service, fan, settings):
    settings.PUSH_HOSTS = ["127.0.0.1:9"]
    devices.subscribe(user=fan, endpoint="http://127.0.0.1:9/one", keys=Browser().keys)
    assert sent(tell(fan)[0]).status == "scheduled"


def test_an_address_that_is_no_longer_allowed_gets_nothing(push_service, fan, settings):
    push_service.device(fan)
    rows = tell(fan)
    settings.PUSH_HOSTS = []
    row = sent(rows[0])
    assert (row.status, row.reason, push_service.asked) == ("failed", reasons.REFUSED, [])


def test_an_allowed_name_that_leads_into_the_own_network_gets_nothing(push_service, fan, settings, monkeypatch):
    Device.objects.create(
        user=fan, device_type="web", token="https://fcm.googleapis.com/fcm/send/x", keys=Browser().keys
    )
    port = int(push_service.place.rpartition(":")[2])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", ("10.0.0.7", port))])
    row = sent(tell(fan)[0])
    assert (row.status, row.reason, push_service.asked) == ("failed", reasons.REFUSED, [])


def test_a_row_that_is_too_large_never_reaches_the_wire(push_service, fan):
    push_service.device(fan)
    [row] = tell(fan)
    Delivery.objects.filter(pk=row.pk).update(message=b"{" + b" " * 4_000)
    row = sent(row)
    assert (row.status, row.reason, push_service.asked) == ("failed", reasons.TOO_LARGE, [])


def test_keys_that_break_the_cipher_stop_nobody_else(push_service, fan):
    Device.objects.create(
        user=fan, device_type="web", token=f"{push_service.url}/bad", keys={"p256dh": "AA", "auth": ""}
    )
    push_service.device(fan)
    rows = tell(fan)
    delivery.send_batch(channel="push")
    assert [Delivery.objects.get(id=row.id).status for row in rows] == ["failed", "sent"]


def test_what_was_put_off_does_not_take_the_place_of_what_is_newer(push_service, fan):
    push_service.device(fan)
    push_service.answers.append((503, {}))
    older = sent(tell(fan, key="picks:1")[0])
    assert sent(tell(fan, key="picks:2")[0]).status == "sent"
    older = again(older)
    assert (older.status, older.reason) == ("failed", reasons.EXPIRED)


def test_a_device_that_has_changed_its_owner_gets_nothing_of_the_old_one(push_service, fan):
    push_service.device(fan)
    [row] = tell(fan)
    push_service.device(factories.user())
    row = sent(row)
    assert (row.status, row.reason, push_service.asked) == ("failed", reasons.NO_DEVICE, [])


def test_without_the_extra_the_rows_wait(push_service, fan, monkeypatch):
    push_service.device(fan)
    [row] = tell(fan)
    monkeypatch.setattr(web, "is_installed", lambda: False)
    assert (sent(row).status, Delivery.objects.get(id=row.id).attempts) == ("scheduled", 0)
    assert Circuit.objects.get(name="push").failures == 1


def test_a_message_whose_sender_died_is_sent_again(push_service, fan):
    push_service.device(fan)
    [row] = tell(fan)
    [held] = leases.claim(channel="push", limit=1)
    leases.begin(held)
    long_ago = timezone.now() - datetime.timedelta(minutes=20)
    Delivery.objects.filter(pk=row.pk).update(lease_until=long_ago)
    doubts.settle()
    row = sent(row)
    assert (row.status, row.attempts, len(push_service.asked)) == ("sent", 2, 1)


class Phone:
    """An adapter as somebody might plug it in."""

    def __init__(self) -> None:
        self.got: list[str] = []

    def is_ready(self) -> bool:
        return True

    def send(self, device, message) -> Answer:
        self.got.append(f"{device.token}: {message.title}")
        return Answer(Verdict.TAKEN, external_id="projects/x/messages/1")


@pytest.fixture
def phone():
    made = Phone()
    adapters.register("android", made)
    yield made
    adapters.unplug("android")


def test_an_adapter_that_is_plugged_in_reaches_phones(push_service, fan, phone):
    devices.remember(user=fan, device_type="android", token="abc", name="Pixel")
    row = sent(tell(fan)[0])
    assert (row.status, row.external_id, phone.got) == ("sent", "projects/x/messages/1", ["abc: Three films for you"])


def test_a_phone_without_an_adapter_is_no_device(push_service, fan):
    devices.remember(user=fan, device_type="android", token="abc", name="Pixel")
    assert tell(fan) == []
    assert Delivery.objects.get().reason == reasons.NO_DEVICE


def test_a_phone_whose_adapter_was_taken_away_says_so(push_service, fan, phone):
    devices.remember(user=fan, device_type="android", token="abc", name="Pixel")
    [row] = tell(fan)
    adapters.unplug("android")
    row = sent(row)
    assert (row.status, row.reason) == ("failed", reasons.NO_DEVICE)
    assert "android" in row.last_error
