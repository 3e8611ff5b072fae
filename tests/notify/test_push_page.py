"""Turning push on and off, and what browsers ask for by themselves: the worker, the manifest, a new address."""

import json

import pytest
from django.contrib.auth import get_user
from django.test import Client

from insights.models import ActivityLog
from insights.services import activity
from notify.models import Delivery, Device
from notify.services import devices, preferences, pushes, resending
from tests.notify.push_service import Browser

pytestmark = pytest.mark.django_db
PAGE = "/settings/notifications/push/"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/one"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def turn_on(client: Client, endpoint: str = ENDPOINT, browser: Browser | None = None, **headers: str):
    said = {"endpoint": endpoint, **(browser or Browser()).keys}
    return client.post(f"{PAGE}on/", said, headers={"HX-Request": "true", "User-Agent": FIREFOX, **headers})


@pytest.mark.parametrize("path", [PAGE, "/sw.js", "/manifest.webmanifest", "/push/key/"])
def test_nothing_of_it_is_there_without_keys(member, path):
    assert member.get(path).status_code == 404


@pytest.mark.parametrize("path", [f"{PAGE}on/", f"{PAGE}test/", f"{PAGE}1/remove/", "/push/renew/"])
def test_nothing_of_it_does_anything_without_keys(member, path):
    assert member.post(path).status_code == 404


def test_no_page_mentions_it_without_keys(member):
    page = member.get("/settings/notifications/").content.decode()
    assert [word for word in ("manifest", "push.js", 'id="push"', ":push", ">Push<") if word in page] == []


def test_visitors_are_sent_to_the_log_in(client, push_is_on):
    assert client.get(PAGE).url.startswith("/accounts/login/")


def test_the_page_explains_before_anything_is_asked(member, push_is_on):
    page = member.get(PAGE).content.decode()
    assert page.index("We can tell you about films") < page.index("data-push-on")


def test_a_browser_is_turned_on(member, push_is_on, viewer):
    answer = turn_on(member)
    assert "Firefox · Linux" in answer.content.decode()
    assert viewer.devices.get().token == ENDPOINT


def test_who_has_ticked_no_kind_is_told_that_nothing_comes(member, push_is_on, viewer):
    assert "Nothing comes yet" in turn_on(member).content.decode()
    preferences.choose(user=viewer, kind="trending", channel="push", enabled=True)
    assert "Nothing comes yet" not in member.get(PAGE).content.decode()


def test_somebody_else_who_signs_in_takes_the_browser_over(member, push_is_on, stranger):
    turn_on(member)
    other = Client()
    other.force_login(stranger)
    turn_on(other)
    assert [device.user for device in Device.objects.all()] == [stranger]


@pytest.mark.parametrize("endpoint", ["", "https://10.0.0.1/x", "http://fcm.googleapis.com/x", "https://example.org/"])
def test_an_address_that_we_do_not_send_to_is_refused_in_words(member, push_is_on, endpoint):
    answer = turn_on(member, endpoint)
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert not Device.objects.exists()


def test_subscribing_needs_a_token_of_the_page(push_is_on, viewer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(viewer)
    assert turn_on(strict).status_code == 403


def test_a_device_is_removed(member, push_is_on, viewer):
    turn_on(member)
    answer = member.post(f"{PAGE}{viewer.devices.get().pk}/remove/", headers={"HX-Request": "true"})
    assert "That device gets no more messages." in answer.content.decode()
    assert not Device.objects.exists()


def test_a_device_is_removed_without_a_script_too(member, push_is_on, viewer):
    turn_on(member)
    assert member.post(f"{PAGE}{viewer.devices.get().pk}/remove/").url == PAGE


def test_somebody_else_s_device_is_not_there(member, push_is_on, stranger):
    theirs = devices.subscribe(user=stranger, endpoint=ENDPOINT, keys=Browser().keys)
    assert member.post(f"{PAGE}{theirs.pk}/remove/").status_code == 404


def test_somebody_else_s_devices_are_not_shown(member, push_is_on, stranger):
    devices.subscribe(user=stranger, endpoint=ENDPOINT, keys=Browser().keys, user_agent=FIREFOX)
    assert "Firefox" not in member.get(PAGE).content.decode()


def test_no_page_tells_an_endpoint(member, push_is_on):
    turn_on(member)
    assert ENDPOINT not in member.get(PAGE).content.decode()


def test_signing_out_forgets_the_browser(member, push_is_on):
    turn_on(member)
    member.post("/accounts/logout/")
    assert not get_user(member).is_authenticated
    assert not Device.objects.exists()


def test_signing_out_elsewhere_leaves_it(member, push_is_on, viewer):
    turn_on(member)
    elsewhere = Client()
    elsewhere.force_login(viewer)
    elsewhere.post("/accounts/logout/")
    assert Device.objects.count() == 1


def test_a_test_message_goes_out_at_once(member, push_service, viewer):
    push_service.device(viewer)
    answer = member.post(f"{PAGE}test/", headers={"HX-Request": "true"})
    assert "On its way." in answer.content.decode()
    assert len(push_service.asked) == 1


def test_too_many_test_messages_are_refused_kindly(member, push_service, viewer):
    push_service.device(viewer)
    for _ in range(pushes.MOST_TESTS):
        member.post(f"{PAGE}test/")
    answer = member.post(f"{PAGE}test/", headers={"HX-Request": "true"})
    assert "Those were enough for now." in answer.content.decode()
    assert len(push_service.asked) == pushes.MOST_TESTS


# What browsers ask for by themselves


def test_the_worker_rules_the_whole_site_and_is_never_stale(client, push_is_on):
    answer = client.get("/sw.js")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    assert b'addEventListener("push"' in answer.content


def test_the_manifest_lets_phones_install_the_site(client, push_is_on, settings):
    settings.SITE_NAME = "Odeon"
    answer = client.get("/manifest.webmanifest")
    told = json.loads(answer.content)
    assert (answer["Content-Type"], told["name"], told["display"]) == (
        "application/manifest+json",
        "Odeon",
        "standalone",
    )
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}


def test_pages_name_the_manifest(client, push_is_on):
    assert '<link rel="manifest" href="/manifest.webmanifest">' in client.get("/").content.decode()


def test_workers_may_come_from_the_site_alone(client):
    assert "worker-src 'self'" in client.get("/browse/")["Content-Security-Policy"]


def test_a_worker_learns_the_key(client, push_is_on, settings):
    assert client.get("/push/key/").json() == {"key": settings.VAPID_PUBLIC_KEY}


def renewal(browser: Browser, **changes) -> dict:
    before = {"endpoint": ENDPOINT, "keys": browser.keys}
    return {"before": before, "after": {"endpoint": f"{ENDPOINT}-new", "keys": Browser().keys}, **changes}


def renew(client: Client, said: object):
    return client.post("/push/renew/", said, content_type="application/json")


def test_a_browser_may_change_its_address_while_nobody_is_signed_in(member, push_is_on):
    browser = Browser()
    turn_on(member, browser=browser)
    assert renew(Client(enforce_csrf_checks=True), renewal(browser)).status_code == 204
    assert Device.objects.get().token == f"{ENDPOINT}-new"


def test_nobody_changes_it_without_the_secret(member, client, push_is_on):
    turn_on(member)
    wrong = renewal(Browser(), before={"endpoint": ENDPOINT, "keys": {"auth": "AAAAAAAAAAAAAAAAAAAAAA"}})
    assert renew(client, wrong).status_code == 404
    assert Device.objects.get().token == ENDPOINT


NONSENSE = ["", "{", "[]", "7", "{}", '{"before": 1, "after": 2}', "[" * 9_000, "x" * 100_000, '{"before": {}}']


@pytest.mark.parametrize("said", NONSENSE)
def test_nonsense_is_refused(client, push_is_on, said):
    assert renew(client, said).status_code == 400


def test_an_address_elsewhere_is_refused(member, client, push_is_on):
    browser = Browser()
    turn_on(member, browser=browser)
    away = renewal(browser, after={"endpoint": "https://example.org/x", "keys": Browser().keys})
    assert renew(client, away).status_code == 400


# Followed messages


@pytest.fixture
def link(push_is_on, viewer) -> str:
    preferences.choose(user=viewer, kind="picks", channel="push", enabled=True)
    devices.subscribe(user=viewer, endpoint=ENDPOINT, keys=Browser().keys)
    [row] = pushes.enqueue(user=viewer, kind="picks", key="1", title="T", body="B", url="/me/watchlist/")
    return json.loads(bytes(row.message))["click"]


def test_a_followed_message_leads_to_its_page(client, link):
    assert client.get(link).url == "/me/watchlist/"
    assert Delivery.objects.get().status == "clicked"


@pytest.mark.parametrize("headers", [{"DNT": "1"}, {"Sec-GPC": "1"}, {"Sec-Purpose": "prefetch"}])
def test_whoever_wants_no_trace_leaves_none(client, link, headers):
    assert client.get(link, headers=headers).url == "/me/watchlist/"
    assert Delivery.objects.get().status == "scheduled"


def test_a_glance_changes_nothing(client, link):
    assert client.head(link).url == "/me/watchlist/"
    assert Delivery.objects.get().status == "scheduled"


@pytest.mark.parametrize("token", ["x", "W10:x", "https%3A%2F%2Fexample.org"])
def test_an_address_that_we_did_not_sign_leads_nowhere(client, token):
    assert client.get(f"/push/{token}/").status_code == 404


def test_it_is_still_followed_when_push_was_turned_off_meanwhile(client, link, settings):
    settings.VAPID_PRIVATE_KEY = settings.VAPID_PUBLIC_KEY = ""
    assert client.get(link).url == "/me/watchlist/"


def test_a_followed_message_is_in_the_activity_log(client, link, viewer, django_capture_on_commit_callbacks):
    viewer.data_usage_consent = True
    viewer.save()
    with django_capture_on_commit_callbacks(execute=True):
        client.get(link)
    activity.flush()
    [row] = ActivityLog.objects.filter(action_type="push_click")
    assert row.user == viewer


# What staff see


def test_staff_see_a_message_without_the_address_that_would_count_them(link, admin):
    desk = Client()
    desk.force_login(admin)
    page = desk.get(f"/staff/mail/{Delivery.objects.get().id}/").content.decode()
    assert "/me/watchlist/" in page
    assert link not in page


def test_staff_send_a_message_again(link, admin):
    Delivery.objects.update(status="failed", reason="gave_up")
    made = resending.resend(delivery=Delivery.objects.get(), actor=admin, reason="The phone was off.", nonce="a" * 32)
    assert (made.status, made.data["push"]) == ("scheduled", "push:1")
