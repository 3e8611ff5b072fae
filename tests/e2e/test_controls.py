"""Controls that stand in the open: the film's panel, the table of ratings, the groups of the welcome."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from catalog.models import Movie
from recs.models import Interaction
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site


@pytest.fixture
def films(transactional_db) -> list[Movie]:
    return [factories.movie(title=f"Harbour {number}", overview="Ships.") for number in range(3)]


def test_a_films_marks_are_pressed_on_its_page_and_taken_back_by_undo(site: Site, films, viewer: User):
    site.sign_in(viewer)
    page = site.open(films[0].get_absolute_url())
    favourite = page.get_by_role("region", name="Your rating and lists").get_by_role("button", name="Favourite")
    favourite.click()
    expect(favourite).to_have_attribute("aria-pressed", "true")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(favourite).to_have_attribute("aria-pressed", "false")
    assert site.loads == 1


def test_a_heading_sorts_the_ratings_without_loading_the_page(site: Site, films, viewer: User):
    for film, stars in zip(films, (2, 5, 3), strict=True):
        factories.rating(viewer, film, stars)
    site.sign_in(viewer)
    page = site.open("/me/ratings/?view=list")
    page.get_by_role("link", name="My rating", exact=True).click()
    expect(page.locator("tbody .table__film").first).to_contain_text("Harbour 1")
    expect(page.locator("#id_sort")).to_have_value("highest")
    assert "sort=-rating" in page.url
    assert site.loads == 1


def test_a_line_of_the_table_is_rated_again_in_place(site: Site, films, viewer: User):
    factories.rating(viewer, films[0], 2)
    site.sign_in(viewer)
    page = site.open("/me/ratings/?view=list")
    stars = page.get_by_role("slider")
    stars.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("You gave Harbour 0 2.5 out of 5.")).to_be_visible()
    expect(page.get_by_role("slider")).to_be_focused()
    assert Interaction.objects.get(user=viewer).rating == 2.5


def test_the_dialog_of_keys_is_left_by_escape_and_gives_the_focus_back(site: Site, films):
    page = site.open("/browse/")
    link = page.locator(".card a").first
    link.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_no_page_scrolls_sideways(site: Site, films, viewer: User):
    factories.rating(viewer, films[0], 4)
    site.sign_in(viewer)
    wide = []
    for path in ("/", "/browse/", "/me/ratings/?view=list", "/settings/"):
        page = site.open(path)
        for width in (1440, 820, 390):
            page.set_viewport_size({"width": width, "height": 844})
            wide += [f"{path} at {width}"] * looking.is_too_wide(page)
    assert wide == []
