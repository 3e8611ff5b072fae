"""How it looks and feels in a browser: both themes, a phone, the stars, the rows, the keys."""

from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests import factories
from tests.e2e.helpers import Site

AXE = files("axe_playwright_python").joinpath("axe.min.js")


@pytest.fixture
def films(transactional_db) -> None:
    for number in range(20):
        factories.movie(title=f"Harbour {number}", popularity_score=float(100 - number))


@pytest.fixture
def staff(transactional_db) -> User:
    return factories.user(email="admin@example.org", is_staff=True, onboarding_completed=True)


def in_theme(site: Site, theme: str) -> None:
    site.page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])


def violations(page: Page) -> list[str]:
    # The content-security policy allows no script tag of ours in the page, but the debugger may evaluate.
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document)")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_is_accessible_and_fits_the_screen(site: Site, films, staff: User, theme: str):
    site.sign_in(staff)
    in_theme(site, theme)
    page = site.open("/styleguide/")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_press_on_the_left_half_of_the_fourth_star_gives_three_and_a_half(site: Site, films, viewer: User):
    site.sign_in(viewer)
    page = site.open("/browse/")
    stars = page.get_by_role("slider").first
    size = stars.bounding_box()["width"] / 5.5  # half a star to clear, then five stars
    stars.click(position={"x": size * (0.5 + 3.25), "y": 20})
    expect(page.get_by_role("slider").first).to_have_attribute("aria-valuetext", "3.5 stars")
    expect(page.get_by_role("slider").first).to_have_attribute("data-value", "3.5")


def test_a_row_moves_by_its_buttons_and_stops_at_its_ends(site: Site, films, staff: User):
    site.sign_in(staff)
    page = site.open("/styleguide/")
    row = page.get_by_role("region", name="A row of films")
    back, on = row.locator("[data-row-move=back]"), row.locator("[data-row-move=on]")
    expect(back).to_be_disabled()
    on.click()
    expect(back).to_be_enabled()
    page.locator("#guide-row").evaluate("list => list.scrollTo(list.scrollWidth, 0)")
    expect(on).to_be_disabled()


def test_the_theme_changes_at_once_and_stays(site: Site, films):
    in_theme(site, "light")
    page = site.open("/browse/")
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    site.open("/browse/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert site.loads == 2


def test_keys_act_on_the_film_in_focus_and_undo_it(site: Site, films, viewer: User):
    site.sign_in(viewer)
    page = site.open("/browse/")
    page.locator(".card a").first.focus()
    page.keyboard.press("w")
    pressed = page.locator(".card__acts > .button").first
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("u")
    expect(pressed).to_have_attribute("aria-pressed", "false")
    assert site.loads == 1


def test_a_suggestion_is_reached_by_the_arrow_keys(site: Site, films):
    page = site.open("/browse/")
    page.get_by_role("combobox", name="Search").fill("harbour 7")
    expect(page.locator("#suggestions")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Harbour 7")
