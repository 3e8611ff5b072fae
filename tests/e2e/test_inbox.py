"""The inbox in a browser: two tabs of one person with the real stream process, keys, the ways back, and no script."""

import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from notify import queries
from notify.models import InboxNotification
from notify.services import inbox
from tests import factories
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import amiss
from tests.notify import streams

EVENTS = re.compile("/events")


@pytest.fixture
def reader(transactional_db) -> User:
    return factories.user(email="reader@example.org", onboarding_completed=True)


@pytest.fixture(scope="module")
def process(django_db_setup, live_server) -> Iterator[streams.Process]:
    """One stream process for all: it knows people by their numbers, and no two tests have the same."""
    with streams.running(int(live_server.url.rpartition(":")[2])) as process:
        yield process


@pytest.fixture
def live(process, live_server, settings) -> None:
    """Pages that listen to it."""
    host = live_server.url.rpartition(":")[0]
    settings.EVENTS_PORT = process.port
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    listening = {**policy, "connect-src": ["'self'", f"{host}:{process.port}"]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": listening}


def tell(user: User, title: str = "News", **fields) -> InboxNotification:
    return inbox.tell(user=user, kind=fields.pop("kind", "announcement"), title=title, **fields)


def shows(page: Page, text: str) -> None:
    expect(page.locator("#bell-count")).to_have_text(text)


def second_tab(site: Site, path: str) -> Page:
    page = site.page.context.new_page()
    page.goto(f"{site.url}{path}")
    return page


def test_what_arrives_shows_in_both_tabs_without_a_reload_and_one_of_them_listens(site: Site, live, reader) -> None:
    asked: list[str] = []
    site.page.context.on("request", lambda request: EVENTS.search(request.url) and asked.append(request.url))
    site.sign_in(reader)
    first = site.open("/browse/")
    second = second_tab(site, "/settings/")
    shows(first, "")
    loads = site.loads
    tell(reader)
    for page in (first, second):
        shows(page, "1")
        expect(page.locator("#bell")).to_have_attribute("aria-label", "Inbox, 1 new message")
    assert site.loads == loads
    assert len(asked) == 1


def test_when_the_tab_that_listens_goes_the_other_listens(site: Site, live, reader) -> None:
    site.sign_in(reader)
    first = site.open("/browse/")
    tell(reader)
    shows(first, "1")
    second = second_tab(site, "/settings/")
    shows(second, "1")
    first.goto("about:blank")
    tell(reader)
    shows(second, "2")


@pytest.mark.parametrize(("new", "short"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (10_000, "99+")])
def test_the_badge_is_what_sql_says(site: Site, live, reader, new, short) -> None:
    site.sign_in(reader)
    page = site.open("/settings/")
    InboxNotification.objects.bulk_create([InboxNotification(user=reader, title="x") for _ in range(new)])
    name = {0: "Inbox", 1: "Inbox, 1 new message"}.get(new, f"Inbox, {new:,} new messages")
    expect(page.locator("#bell")).to_have_attribute("aria-label", name)
    shows(page, short)
    assert queries.unseen(reader.pk) == new


def test_opening_the_list_in_one_tab_clears_the_badge_of_the_other(site: Site, live, reader) -> None:
    tell(reader)
    site.sign_in(reader)
    first = site.open("/settings/")
    shows(first, "1")
    second = second_tab(site, "/inbox/")
    shows(second, "")
    shows(first, "")


def test_marking_all_leaves_what_arrived_meanwhile_and_can_be_taken_back(site: Site, live, reader) -> None:
    shown = [tell(reader, f"Shown {number}") for number in range(3)]
    site.sign_in(reader)
    page = site.open("/inbox/")
    expect(page.locator("[data-line]")).to_have_count(3)
    late = tell(reader, "Came later")
    expect(page.get_by_role("link", name="Show what is new")).to_be_visible()
    shows(page, "1")
    loads = site.loads
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".toast")).to_contain_text("All marked as read.")
    expect(page.locator(".note-line--unread")).to_have_count(1)
    assert set(reader.inbox.filter(is_read=True)) == set(shown)
    assert reader.inbox.get(is_read=False) == late
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".note-line--unread")).to_have_count(4)
    assert site.loads == loads


def test_logging_out_in_one_tab_ends_the_stream_of_the_other(site: Site, live, reader) -> None:
    tell(reader)
    site.sign_in(reader)
    first = site.open("/browse/")
    shows(first, "1")
    second = second_tab(site, "/settings/")
    second.locator("summary.avatar").click()
    second.get_by_role("button", name="Log out").click()
    second.wait_for_url(f"{site.url}/")
    shows(first, "")
    tell(reader)
    first.wait_for_timeout(500)
    shows(first, "")


def test_where_nothing_streams_the_page_asks_once_a_minute(site: Site, reader) -> None:
    site.sign_in(reader)
    page = site.page
    page.clock.install()
    site.open("/settings/")
    shows(page, "")
    tell(reader)
    page.clock.run_for(61_000)
    shows(page, "1")
    with page.expect_response(lambda answer: "/inbox/badge/" in answer.url) as again:
        page.clock.run_for(61_000)
    assert again.value.status == 304


def test_keys_walk_the_list_put_away_and_follow(site: Site, reader) -> None:
    for title in ("Third", "Second", "First"):
        tell(reader, title, action_url="/browse/")
    site.sign_in(reader)
    page = site.open("/inbox/")
    page.keyboard.press("j")
    expect(page.locator("[data-line]").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-line]").nth(1)).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("[data-line]")).to_have_count(2)
    expect(page.locator("[data-line]").nth(1)).to_be_focused()
    expect(page.locator("[data-line]").nth(1)).to_contain_text("Third")
    page.keyboard.press("u")
    expect(page.locator("[data-line]")).to_have_count(3)
    page.keyboard.press("?")
    expect(page.locator("#modal")).to_contain_text("To the next or the previous message")
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).to_be_empty()  # only now the focus has gone back to where it was
    page.locator("[data-line]").nth(1).focus()
    page.keyboard.press("k")
    expect(page.locator("[data-line]").nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/browse/")
    assert reader.inbox.get(title="First").is_read


def test_g_and_i_lead_to_the_inbox(site: Site, reader) -> None:
    site.sign_in(reader)
    page = site.open("/browse/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(f"{site.url}/inbox/")


def test_keys_that_were_switched_off_do_nothing(site: Site, reader) -> None:
    tell(reader)
    site.sign_in(reader)
    site.page.context.add_cookies([{"name": "shortcuts", "value": "off", "url": site.url}])
    page = site.open("/inbox/")
    page.locator("[data-line]").focus()
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    assert not reader.inbox.get().is_archived


def test_all_of_it_works_without_a_script(browser, live_server, reader) -> None:
    tell(reader, "Follow me", action_url="/browse/")
    tell(reader, "Put me away")
    context: BrowserContext = browser.new_context(java_script_enabled=False)
    try:
        site = Site(context.new_page(), live_server.url)
        site.sign_in(reader)
        page = site.open("/inbox/")
        page.locator("[data-line]", has_text="Put me away").get_by_role("button", name="Put away").click()
        expect(page.locator(".message")).to_contain_text("Put away.")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("[data-line]")).to_have_count(2)
        page.get_by_role("button", name="Mark all as read").click()
        expect(page.locator(".note-line--unread")).to_have_count(0)
        page.get_by_role("button", name="Follow me").click()
        page.wait_for_url(f"{site.url}/browse/")
    finally:
        context.close()


def test_the_header_does_not_move_when_the_badge_comes(site: Site, live, reader) -> None:
    site.page.set_viewport_size({"width": 390, "height": 800})
    site.sign_in(reader)
    page = site.open("/settings/")
    parts = (".brand", "#bell", ".header__tools", ".search__input")
    places = [page.locator(part).first.bounding_box() for part in parts]
    InboxNotification.objects.bulk_create([InboxNotification(user=reader, title="x") for _ in range(120)])
    shows(page, "99+")
    assert [page.locator(part).first.bounding_box() for part in parts] == places
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_nothing_stands_in_the_way_of_anybody(site: Site, reader, admin) -> None:
    tell(reader, "Elsewhere", action_url="https://example.org/", message="Two\n\nparagraphs")
    film = factories.movie(title="Heat")
    inbox.tell(user=reader, kind="picks", data={"films": [film.pk]})
    InboxNotification.objects.create(user=reader, title="Old", is_read=True, seen_at=timezone.now())
    inbox.archive(line=tell(reader, "Away"))
    site.sign_in(reader)
    paths = ("/inbox/", "/inbox/?show=archived", "/inbox/?show=unread&kind=finished")
    found = [problem for path in paths for problem in amiss(site, path)]
    site.sign_in(admin)
    for path in ("/staff/announcements/", "/staff/announcements/new/"):
        found += amiss(site, path)
    assert found == []
