"""Somebody new: from the sign-up page through the mail and the welcome to the home page."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests import factories
from tests.e2e.helpers import Site

GENRES = ["Horror", "Romance", "Western", "Animation"]


@pytest.fixture
def films(transactional_db) -> None:
    for number in range(60):
        name = GENRES[number % len(GENRES)]
        factories.movie(title=f"{number} {name}", genres=[name], tmdb_vote_count=1000 - number)


@pytest.fixture
def newcomer(transactional_db) -> User:
    return factories.user(email="newcomer@example.org")


def test_joining_leads_from_the_form_through_the_mail_into_the_welcome(site: Site, films) -> None:
    page = site.open("/accounts/signup/")
    page.get_by_label("E-mail address").fill("new@example.org")
    page.get_by_label("Password", exact=True).fill("a lantern in the fog")
    page.get_by_role("main").get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    site.open(site.link_in_last_mail())
    page.get_by_role("button", name="Yes, confirm").click()
    expect(page.get_by_role("heading", name="What do you like?")).to_be_visible()


def test_a_password_can_be_shown_and_hidden(site: Site, transactional_db) -> None:
    page = site.open("/accounts/login/")
    field = page.get_by_label("Password", exact=True)
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


def test_pressing_tiles_counts_and_saves_without_loading_a_page(site: Site, films, newcomer: User) -> None:
    site.sign_in(newcomer)
    page = site.open("/welcome/groups/")
    loads = site.loads
    for place, said in ((0, "1 of 5"), (1, "2 of 5")):
        page.locator("label.pick").nth(place).click()
        expect(page.locator("#picked")).to_contain_text(said)
    page.locator("label.pick").nth(0).click()
    expect(page.locator("#picked")).to_contain_text("1 of 5")
    assert site.loads == loads
    assert newcomer.interactions.count() == 6


def test_answering_swaps_the_film_takes_the_focus_along_and_loads_no_page(site: Site, films, newcomer: User) -> None:
    site.sign_in(newcomer)
    page = site.open("/welcome/films/")
    loads = site.loads
    page.get_by_role("button", name="4 stars").click()
    expect(page.get_by_text("2 of 10")).to_be_visible()
    expect(page.locator("#film")).to_be_focused()
    page.get_by_role("button", name="Not seen").click()
    expect(page.get_by_text("3 of 10")).to_be_visible()
    assert site.loads == loads
    page.get_by_role("button", name="That will do").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    newcomer.refresh_from_db()
    assert newcomer.onboarding_completed


def test_saving_the_settings_says_so_beside_the_button(site: Site, newcomer: User) -> None:
    site.sign_in(newcomer)
    page = site.open("/settings/")
    loads = site.loads
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Date of birth").fill("2999-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Date of birth")).to_be_focused()
    page.get_by_label("Date of birth").fill("1990-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert site.loads == loads
    newcomer.refresh_from_db()
    assert newcomer.first_name == "Ada"
