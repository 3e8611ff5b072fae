"""An experiment as its people meet it: picks whose links count, a clean address, and the page to read and leave by."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from insights.models import ActivityLog
from insights.services import activity
from recs.models import Assignment, Experiment
from tests.e2e.helpers import Site
from tests.e2e.test_taste import films
from tests.recs import trials

__all__ = ["films"]
FIREFOX = {"User-Agent": trials.BROWSER["user-agent"]}


@pytest.fixture
def person(films: list) -> User:
    return trials.person()


@pytest.fixture
def trial(person: User) -> Experiment:
    return trials.experiment(name="Made of", description="Do makers matter more?", algorithm_b="popular")


@pytest.fixture
def home(site: Site, trial: Experiment, person: User) -> Page:
    """The home page in a browser that says it is one: a headless one counts as a program."""
    site.page.set_extra_http_headers(FIREFOX)
    site.sign_in(person)
    return site.open("/")


def clicks() -> int:
    activity.flush()
    return ActivityLog.objects.filter(action_type="recommendation_click").count()


def test_a_followed_pick_counts_once_and_leaves_a_clean_address(home: Page, person: User) -> None:
    assert Assignment.objects.get(user=person).first_exposed_at is not None
    home.locator("#row-top-list .card__link").first.click()
    home.wait_for_url("**/film/**")
    expect(home.locator("h1")).to_be_visible()
    home.wait_for_function("() => !location.search")
    assert urlsplit(home.url).query == ""
    home.reload()
    home.go_back()
    home.go_forward()
    assert clicks() == 1


def test_a_followed_pick_counts_without_a_script(home: Page, person: User) -> None:
    address = home.locator("#row-top-list .card__link").first.get_attribute("href")
    assert "?pick=" in (address or "")
    home.request.get(f"{urlsplit(home.url).scheme}://{urlsplit(home.url).netloc}{address}", headers=FIREFOX)
    assert clicks() == 1


def test_people_read_what_is_tried_leave_and_come_back(home: Page, person: User) -> None:
    home.get_by_role("link", name="What we are trying").first.click()
    expect(home.get_by_role("heading", name="Made of")).to_be_visible()
    home.get_by_role("link", name="Show me what I get").click()
    expect(home.get_by_text("Your first row is made by")).to_be_visible()
    home.get_by_label("Take me out of the figures").check()
    home.get_by_role("button", name="Leave all experiments").click()
    expect(home.get_by_text("You have left: you are in no experiment")).to_be_visible()
    assert not Assignment.objects.exists()
    home.get_by_role("button", name="Take part again").click()
    expect(home.get_by_role("button", name="Leave all experiments")).to_be_visible()
