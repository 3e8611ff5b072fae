"""Bringing a history from another site: from the file to the picks, and back."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests import factories
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import amiss, amiss_now
from tests.recs.histories import letterboxd, table, zipped


@pytest.fixture
def films(transactional_db) -> None:
    for number in range(20):
        factories.movie(title=f"Heat Wave {number}", year=1990 + number, tmdb_vote_count=900 - number)
    for name in ("Columbus", "Columbus"):
        factories.movie(title=name, year=2017)


@pytest.fixture
def newcomer(transactional_db) -> User:
    return factories.user(email="newcomer@example.org", onboarding_completed=True)


def export() -> bytes:
    rows = [f"2020-01-02,Heat Wave {number},{1990 + number},u{number},4.5" for number in range(5)]
    return zipped(
        {
            "ratings.csv": letterboxd(*rows, "2020-01-03,Columbus,2017,c,4", "2020-01-03,Nobody Knows It,2001,n,4"),
            "watchlist.csv": table("Date,Name,Year,Letterboxd URI", "2020-01-02,Heat Wave 9,1999,w"),
        }
    )


def choose_file(page: Page, name: str, data: bytes) -> None:
    page.get_by_label("Your export").set_input_files({"name": name, "mimeType": "application/zip", "buffer": data})


def test_a_zip_is_reviewed_decided_imported_and_taken_back(site: Site, films, newcomer: User) -> None:
    site.sign_in(newcomer)
    page = site.open("/me/import/")
    choose_file(page, "letterboxd.zip", export())
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_role("heading", name="With this history your first picks would be")).to_be_visible()
    expect(page.get_by_role("button", name="Import 6 films")).to_be_visible()
    page.wait_for_load_state("load")
    loads = site.loads
    page.get_by_role("button", name="Columbus 2017").first.click()
    expect(page.get_by_role("button", name="Import 7 films")).to_be_visible()
    expect(page.locator("#history-said")).to_contain_text("0 titles left to decide")
    assert site.loads == loads
    page.reload()
    page.get_by_role("button", name="Import 7 films").click()
    expect(page.get_by_role("heading", name="Your history is here")).to_be_visible()
    assert newcomer.interactions.count() == 7
    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_role("heading", name="This import is taken back")).to_be_visible()
    assert newcomer.interactions.count() == 0


def test_a_refused_file_says_why_and_another_can_be_chosen(site: Site, films, newcomer: User) -> None:
    site.sign_in(newcomer)
    page = site.open("/me/import/")
    choose_file(page, "export.zip", b"PK\x03\x04 no zip at all")
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_text("This ZIP file is damaged.")).to_be_visible()
    choose_file(page, "export.zip", export())
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_role("heading", name="Your history")).to_be_visible()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(site: Site, newcomer: User) -> None:
    site.sign_in(newcomer)
    page = site.open("/me/import/")
    page.locator("form[data-most-bytes]").evaluate("form => form.dataset.mostBytes = 10")
    choose_file(page, "export.zip", export())
    field = page.get_by_label("Your export")
    assert field.evaluate("field => field.validationMessage") == "This file is too large: we read up to 20 MB."


def test_axe_finds_nothing_on_any_page_of_the_import(site: Site, films, newcomer: User) -> None:
    site.sign_in(newcomer)
    found = amiss(site, "/me/import/")
    page = site.page
    choose_file(page, "letterboxd.zip", export())
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_role("button", name="Import 6 films")).to_be_visible()
    found += amiss_now(page, "looked into")
    page.get_by_role("button", name="Import 6 films").click()
    expect(page.get_by_role("heading", name="Your history is here")).to_be_visible()
    found += amiss_now(page, "imported")
    assert found + amiss(site, "/me/export/") == []


def test_no_page_of_the_import_scrolls_sideways(site: Site, films, newcomer: User) -> None:
    site.sign_in(newcomer)
    site.page.set_viewport_size({"width": 360, "height": 800})
    page = site.open("/me/import/")
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(sideways)
    choose_file(page, f"{'a-very-long-name-' * 9}.zip", export())
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_role("button", name="Import 6 films")).to_be_visible()
    assert not page.evaluate(sideways)
