"""Messages on a device, in a browser: asked for after a press and an explanation, refused, granted, shown, followed.

Browsers without a window have no push service, so a subscription is made up: its keys are real, and it leads to a push
service on this machine. What that got is handed to the browser's service worker.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from notify.models import Delivery, Device
from notify.push import web
from notify.services import delivery, preferences, pushes
from tests import needs
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import LOOKED_AT, amiss, amiss_now
from tests.notify.conftest import PRIVATE_KEY
from tests.notify.push_service import Browser, PushService, running
from tests.running import wait_for

PAGE = "/settings/notifications/push/"
MADE_UP = """
(said) => {
  const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = (text) => Uint8Array.from(plain(text), (sign) => sign.charCodeAt(0));
  const make = (key) => ({
    endpoint: said.endpoint, options: { applicationServerKey: key.buffer ?? key }, toJSON: () => said,
    unsubscribe: async () => { localStorage.removeItem("made-up"); return true; },
  });
  PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
    localStorage.setItem("made-up", "1");
    return make(applicationServerKey);
  };
  PushManager.prototype.getSubscription = async function () {
    return localStorage.getItem("made-up") ? make(bytes(said.site)) : null;
  };
}
"""


@pytest.fixture
def push_service(settings) -> Iterator[PushService]:
    needs.package("pywebpush")
    settings.VAPID_PRIVATE_KEY, settings.VAPID_PUBLIC_KEY = PRIVATE_KEY, web.public_key(PRIVATE_KEY)
    settings.VAPID_SUBJECT = "mailto:films@example.org"
    with running() as service:
        settings.PUSH_HOSTS = [service.place]
        yield service


@pytest.fixture
def visitor() -> Browser:
    return Browser()


@pytest.fixture
def granted(site: Site, push_service: PushService, visitor: Browser, viewer) -> Page:
    """The page in a browser that says yes."""
    site.page.context.grant_permissions(["notifications"], origin=site.url)
    said = {"endpoint": f"{push_service.url}/me", "keys": visitor.keys, "site": web.public_key(PRIVATE_KEY)}
    site.page.add_init_script(f"({MADE_UP})({json.dumps(said)})")
    site.sign_in(viewer)
    return site.open(PAGE)


def turn_on(page: Page) -> None:
    page.get_by_role("button", name="Turn on on this device").click()
    expect(page.get_by_text("This device gets messages.")).to_be_visible()


def standing(page: Page) -> list[dict[str, Any]]:
    """What the browser shows outside of all pages."""
    return page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications())
        .map(({ title, body, tag, data }) => ({ title, body, tag, data }))"""
    )


def shown(page: Page) -> list[dict[str, Any]]:
    """The same, once there is something: the worker wakes when it likes."""
    assert wait_for(lambda: standing(page), 15)
    return standing(page)


def deliver(page: Page, site: Site, text: str, *, is_shown: bool = True) -> None:
    """Hand this to the service worker, as the browser does when a message has arrived."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(one["registrationId"] for one in said["registrations"] if not one["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    for _ in range(50):
        if found:
            break
        page.wait_for_timeout(50)
    said = {"origin": site.url, "registrationId": found[-1], "data": text}
    for _ in range(5 if is_shown else 1):  # a worker that is just falling asleep may miss it: it is sent again
        session.send("ServiceWorker.deliverPushMessage", said)
        if not is_shown or wait_for(lambda: standing(page), 4):
            break


def test_nothing_is_asked_before_the_button_is_pressed(site, granted):
    asked = granted.evaluate("(async () => (await navigator.serviceWorker.getRegistrations()).length)()")
    assert asked == 0
    expect(granted.get_by_text("When you press the button, your browser asks")).to_be_visible()


def test_a_device_is_turned_on_and_off(site, granted, viewer, push_service):
    turn_on(granted)
    assert Device.objects.get(user=viewer).token == f"{push_service.url}/me"
    granted.get_by_role("button", name="Turn off on this device").click()
    expect(granted.get_by_role("button", name="Turn on on this device")).to_be_visible()
    assert not Device.objects.exists()


def test_the_page_knows_its_own_device_again(site, granted):
    turn_on(granted)
    granted.reload()
    expect(granted.get_by_text("This device gets messages.")).to_be_visible()
    expect(granted.get_by_text("This device", exact=True)).to_be_visible()


def test_a_message_to_try_it_out_is_shown(site, granted, visitor, push_service):
    turn_on(granted)
    granted.get_by_role("button", name="Send me one now").click()
    expect(granted.get_by_text("On its way.")).to_be_visible()
    said = visitor.read(push_service.asked[0].body)
    deliver(granted, site, json.dumps(said))
    assert [(one["title"], one["tag"]) for one in shown(granted)] == [("It works", "test")]


def test_a_newer_message_of_the_same_topic_takes_the_place_of_the_older(site, granted):
    turn_on(granted)
    for title in ("Old", "New"):
        deliver(granted, site, json.dumps({"title": title, "body": "", "topic": "picks", "url": "/", "click": "/"}))
    assert wait_for(lambda: [one["title"] for one in standing(granted)] == ["New"], 15)


def put_away(page: Page) -> None:
    page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications()).forEach((one) => one.close())"""
    )
    page.wait_for_timeout(200)


def count(page: Page) -> int:
    page.wait_for_timeout(500)
    return len(standing(page))


def test_a_message_that_comes_twice_stays_away_when_it_was_put_away(site, granted):
    turn_on(granted)
    text = json.dumps({"title": "T", "body": "", "topic": "picks", "url": "/", "click": "/push/a/"})
    deliver(granted, site, text)
    assert len(shown(granted)) == 1
    deliver(granted, site, text)
    assert count(granted) == 1
    put_away(granted)
    deliver(granted, site, text, is_shown=False)
    assert count(granted) == 0


@pytest.mark.parametrize("nonsense", ["", "no json", "[]", '{"title": 7}'])
def test_a_message_that_makes_no_sense_is_shown_as_the_site_itself(site, granted, nonsense):
    turn_on(granted)
    deliver(granted, site, nonsense)
    assert len(shown(granted)) == 1


def click_in_worker(page: Page) -> dict[str, list[str]]:
    """Press the message. Only a finger may open windows, so the two ways to one are listened to."""
    [worker] = page.context.service_workers
    return worker.evaluate(
        """async () => {
          const done = { opened: [], focused: [] };
          self.clients.openWindow = async (address) => { done.opened.push(String(address)); };
          WindowClient.prototype.focus = async function () { done.focused.push(this.url); return this; };
          let notification;
          for (let tries = 0; !notification && tries < 50; tries += 1) {  // a busy machine shows it late
            if (tries) await new Promise((on) => setTimeout(on, 100));
            [notification] = await self.registration.getNotifications();
          }
          const press = new NotificationEvent("notificationclick", { notification });
          const waits = [];
          press.waitUntil = (promise) => waits.push(promise);
          self.dispatchEvent(press);
          await Promise.all(waits);
          return done;
        }"""
    )


@pytest.fixture
def push_to(site, granted, visitor, push_service, viewer) -> Callable[[str], Delivery]:
    """Turn this browser on, and let a message about this page of ours arrive."""
    turn_on(granted)
    preferences.choose(user=viewer, kind="picks", channel="push", enabled=True)

    def push(url: str) -> Delivery:
        [row] = pushes.enqueue(user=viewer, kind="picks", key=f"e2e:{url}", title="Films", body="Three", url=url)
        delivery.send_batch(channel="push")
        deliver(granted, site, json.dumps(visitor.read(push_service.asked[-1].body)))
        shown(granted)
        return row

    return push


def test_a_pressed_message_opens_the_page_through_the_signed_address(site, granted, push_to):
    row = push_to("/me/watchlist/")
    [address] = click_in_worker(granted)["opened"]
    granted.goto(address)
    assert granted.url == f"{site.url}/me/watchlist/"
    assert Delivery.objects.get(id=row.id).status == "clicked"


def test_a_pressed_message_goes_to_the_tab_that_is_there_already(site, granted, push_to):
    row = push_to(PAGE)
    assert click_in_worker(granted) == {"opened": [], "focused": [f"{site.url}{PAGE}"]}
    assert Delivery.objects.get(id=row.id).status == "clicked"


def test_a_message_never_leads_off_the_site(site, granted):
    turn_on(granted)
    deliver(granted, site, json.dumps({"title": "x", "url": "https://example.com/", "click": "//example.com/"}))
    shown(granted)
    assert click_in_worker(granted)["opened"] == [f"{site.url}/"]


@pytest.mark.parametrize("is_told", [True, False], ids=["the browser tells its old address", "it has forgotten it"])
def test_a_browser_that_changes_its_address_stays_the_same_device(site, granted, visitor, push_service, is_told):
    turn_on(granted)
    device = Device.objects.get()
    before = {"endpoint": device.token, "keys": visitor.keys}
    after = {"endpoint": f"{push_service.url}/new", "keys": Browser().keys}
    [worker] = granted.context.service_workers
    worker.evaluate(
        """async ([before, after]) => {
          const change = new ExtendableEvent("pushsubscriptionchange"), waits = [];
          const as = (said) => said && { toJSON: () => said };
          Object.assign(change, { oldSubscription: as(before), newSubscription: as(after) });
          change.waitUntil = (promise) => waits.push(promise);
          self.dispatchEvent(change);
          await Promise.all(waits);
        }""",
        [before if is_told else None, after],
    )
    device.refresh_from_db()
    assert (device.token, device.keys) == (after["endpoint"], after["keys"])


def test_whoever_refuses_is_told_how_to_allow_it_again(site, push_service, viewer):
    site.sign_in(viewer)
    site.page.add_init_script(
        """Object.defineProperty(Notification, "permission", { get: () => window.answer ?? "default" });
        Notification.requestPermission = async () => (window.answer = "denied");"""
    )
    page = site.open(PAGE)
    page.get_by_role("button", name="Turn on on this device").click()
    expect(page.get_by_text("Your browser does not let this site send messages.")).to_be_visible()
    assert not Device.objects.exists()


def test_a_browser_that_refuses_by_itself_is_believed(site, push_service, viewer):
    site.sign_in(viewer)
    site.page.context.clear_permissions()
    page = site.open(PAGE)
    button = page.get_by_role("button", name="Turn on on this device")
    if button.is_visible():
        button.click()
    expect(page.get_by_text("Your browser does not let this site send messages.")).to_be_visible()


def test_a_browser_without_push_says_so(site, push_service, viewer):
    site.sign_in(viewer)
    site.page.add_init_script("delete window.PushManager")
    page = site.open(PAGE)
    expect(page.get_by_text("This browser cannot show messages of sites.")).to_be_visible()


def test_a_push_service_out_of_reach_is_told(site, granted):
    granted.evaluate("void (PushManager.prototype.subscribe = async () => { throw new DOMException('no'); })")
    granted.get_by_role("button", name="Turn on on this device").click()
    expect(granted.get_by_text("That did not work")).to_be_visible()


STATES = {
    "off": ("", "When you press the button"),
    "refused": ("Object.defineProperty(Notification, 'permission', {get: () => 'denied'})", "does not let this site"),
    "unsupported": ("delete window.PushManager", "This browser cannot show messages of sites."),
    "install": (
        "delete window.PushManager; Object.defineProperty(navigator, 'userAgent', {get: () => 'iPhone'})",
        "Add to Home Screen",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_no_state_has_a_violation(site, push_service, viewer, state):
    before, words = STATES[state]
    if state != "refused":
        site.page.context.grant_permissions(["notifications"], origin=site.url)
    site.page.add_init_script(before)
    site.sign_in(viewer)
    found = []
    for path in (PAGE, "/settings/notifications/"):
        page = site.open(path)
        expect(page.get_by_text(words)).to_be_visible()
        found += amiss_now(page, path)
        found += [f"{path} at {one}" for one in looking.amiss_for_keys_at(page, LOOKED_AT)]
    assert found == []


def test_a_device_that_is_on_has_no_violation(site, granted):
    turn_on(granted)
    granted.get_by_role("button", name="Send me one now").click()
    expect(granted.get_by_text("On its way.")).to_be_visible()
    found = amiss_now(granted, "just now") + looking.amiss_for_keys_at(granted, LOOKED_AT)
    assert found + amiss(site, PAGE) + amiss(site, "/settings/notifications/") == []


def test_without_a_script_the_page_says_so_and_devices_are_removed(site, granted, browser, viewer):
    turn_on(granted)
    context = browser.new_context(java_script_enabled=False, storage_state=site.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{site.url}{PAGE}")
    expect(page.get_by_text("Turning this on needs JavaScript.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_load_state()
    assert not viewer.devices.exists()
    context.close()
