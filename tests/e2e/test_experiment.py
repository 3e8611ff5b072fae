"""An experiment as its people meet it: picks whose links count, a clean address, and the page to read and leave by."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from insights.models import ActivityLog
from insights.services import activity
from recs.models import Assignment, Experiment
from recs.services import experiments
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import LOOKED_AT, amiss_now
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


@pytest.fixture
def lessons(admin: User) -> None:
    """What is over: one with a winner that everybody has now, one without, one that went wrong."""
    figures = {"n": {"a": 812, "b": 1_204}, "effect": 0.123, "low": 0.04, "high": 0.21}
    for outcome, words in (("b", "Makers matter. " * 20), ("none", ""), ("invalid", "The log was full.")):
        said = {"name": f"What came of {outcome}", "description": words, "is_active": True, "status": "stopped"}
        over = trials.experiment(**said)
        said = {"outcome": outcome, "note": words or "Enough is known.", "by_rule": False, "figures": figures}
        experiments.conclude(experiment_id=over.pk, actor=admin, **said)


def leaving(site: Site, person: User, trial: Experiment) -> Iterator[str]:
    """Every state of the page: to visitors, to somebody who is in it and asks, who has left, who is not counted."""
    site.open("/experiments/")
    yield "visitor"
    site.sign_in(person)
    site.open("/")
    site.open(f"/experiments/?mine={trial.pk}")
    yield "in it"
    site.page.get_by_role("button", name="Leave all experiments").click()
    expect(site.page.get_by_text("You have left: you are in no experiment")).to_be_visible()
    yield "left"
    site.sign_in(factories.user(onboarding_completed=True, data_usage_consent=False))
    site.open("/experiments/")
    yield "not counted"


def test_what_people_read_of_them_has_no_violation(site: Site, person, trial, lessons) -> None:
    trials.drawn(trial, person, "a")
    found = []
    for name in leaving(site, person, trial):
        found += amiss_now(site.page, name)
        found += [f"{name} at {one}" for one in looking.amiss_for_keys_at(site.page, LOOKED_AT)]
    assert found == []


def test_without_a_script_one_leaves_and_comes_back(site: Site, browser, person, trial) -> None:
    site.sign_in(person)
    context = browser.new_context(java_script_enabled=False, storage_state=site.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{site.url}/experiments/")
    page.get_by_role("button", name="Leave all experiments").click()
    page.get_by_role("button", name="Take part again").click()
    expect(page.get_by_text("You may be drawn into an experiment.")).to_be_visible()
    context.close()
