"""The dashboards in a browser: drawn under the content-security policy, sorted without a reload, live and paused."""

import datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.insights.dashboards import Action, clicked, log, shown


@pytest.fixture
def busy(transactional_db) -> None:
    """Something on each of the last ten days."""
    now = datetime.datetime.now(datetime.UTC)
    films = [factories.movie() for _ in range(10)]
    somebody = factories.user(data_usage_consent=True)
    for day in range(10):
        at = now - datetime.timedelta(days=day)
        shown(*(film.pk for film in films), page=f"p{day}", timestamp=at, user=somebody)
        clicked(films[day].pk, page=f"p{day}", timestamp=at, user=somebody)
        log(Action.MOVIE_VIEW, movie=films[day], timestamp=at, user=somebody)
        log(Action.MOVIE_SEARCH, timestamp=at, metadata={"query": f"film {day % 3}", "results": day % 2})


def test_time_series_are_drawn_and_their_numbers_are_in_the_table(site: Site, admin, busy) -> None:
    site.sign_in(admin)
    page = site.open("/insights/recommendations/")
    expect(page.locator(".plot canvas")).to_have_count(1)
    page.get_by_text("The same as a table").click()
    assert "10.0" in page.get_by_role("region", name="Table: Are picks followed?").inner_text()


def test_a_chart_takes_the_colours_of_the_theme(site: Site, admin, busy) -> None:
    site.sign_in(admin)
    page = site.open("/insights/recommendations/")
    before = page.locator(".plot canvas").screenshot()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(300)
    assert page.locator(".plot canvas").screenshot() != before


def numbers(page: Page) -> str:
    return page.locator("#live .number", has_text="Picks shown").inner_text()


def test_numbers_come_anew_every_minute_without_moving_the_page(site: Site, admin, busy) -> None:
    site.page.clock.install()
    site.sign_in(admin)
    page = site.open("/insights/")
    before = numbers(page)
    page.evaluate("scrollTo(0, 200)")
    shown(1, 2, 3, page="new", timestamp=datetime.datetime.now(datetime.UTC))
    with page.expect_response(lambda answer: "/insights/" in answer.url):
        page.clock.run_for(61_000)
    expect(page.locator("#live .number", has_text="Picks shown")).to_contain_text("103")
    assert "100" in before
    assert page.evaluate("scrollY") == 200
    assert site.loads == 1


def test_paused_numbers_stay(site: Site, admin, busy) -> None:
    site.page.clock.install()
    site.sign_in(admin)
    page = site.open("/insights/")
    asked: list[str] = []
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(130_000)
    assert [url for url in asked if "/insights/" in url] == []  # the bell goes on


def test_the_list_of_searches_is_sorted_and_filtered_without_a_reload(site: Site, admin, busy) -> None:
    site.sign_in(admin)
    page = site.open("/insights/searches/?days=7")
    page.get_by_role("link", name="Without a result").click()
    expect(page.get_by_role("columnheader", name="Without a result")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Contains").fill("film 1")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name="film 0", exact=True)).to_have_count(0)
    for said in ("days=7", "words=film%201", "sort=-missed"):
        assert said in page.url
    assert site.loads == 1


def test_without_a_script_the_numbers_are_there(browser: Browser, site: Site, admin: User, busy) -> None:
    site.sign_in(admin)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(site.page.context.cookies(site.url))
    page = context.new_page()
    page.goto(f"{site.url}/insights/recommendations/")
    assert page.locator(".plot").first.is_hidden()
    page.get_by_text("The same as a table").click()
    assert page.get_by_role("region", name="Table: Are picks followed?").is_visible()
    context.close()


def test_no_dashboard_scrolls_sideways(site: Site, admin, busy) -> None:
    site.sign_in(admin)
    wide = []
    for name in ("", "activity/", "funnel/", "retention/", "recommendations/", "searches/", "discovery/", "health/"):
        page = site.open(f"/insights/{name}")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            wide += [f"{name} at {width}"] * looking.is_too_wide(page)
    assert wide == []
