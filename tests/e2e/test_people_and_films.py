"""One person and how films do, in a browser: parts of a page come anew without the page."""

import datetime
import re

import pytest
from playwright.sync_api import expect

from insights.models import Inspection, PopularityMetric
from insights.services import inspections
from tests import factories
from tests.e2e.helpers import Site


@pytest.fixture
def films(transactional_db) -> list:
    made = [factories.movie(title=f"Film {letter}", popularity_score=9) for letter in "ABC"]
    today = datetime.datetime.now(datetime.UTC).date()
    for number, film in enumerate(made):
        PopularityMetric.objects.create(movie=film, date=today, view_count=10 * (number + 1))
    return made


def test_a_tab_brings_its_list_and_the_look_without_a_reload(site: Site, admin, films) -> None:
    somebody = factories.user(first_name="Ana")
    site.sign_in(admin)
    page = site.open(f"/insights/people/{somebody.pk}/?algorithm=popular")
    page.evaluate("window.stayed = true")
    expect(page.locator("#looks tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Trending").click()
    expect(page.locator("#looks tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="Trending")).to_be_focused()
    assert page.url.endswith("?algorithm=trending")
    assert page.evaluate("window.stayed")
    assert {look.algorithm for look in Inspection.objects.all()} == {"popular", "trending"}


def test_back_shows_the_tab_from_before(site: Site, admin, films) -> None:
    somebody = factories.user(first_name="Ana")
    site.sign_in(admin)
    page = site.open(f"/insights/people/{somebody.pk}/?algorithm=popular")
    page.get_by_role("link", name="Trending").click()
    expect(page.locator("nav.tabs [aria-current]")).to_have_text("Trending")
    page.go_back()
    expect(page.locator("nav.tabs [aria-current]")).to_have_text("Popular")
    expect(page.locator("#looks")).to_have_count(1)


def test_the_working_of_a_film_opens_in_its_place_and_closes(site: Site, admin, films) -> None:
    somebody = factories.user(first_name="Ana")
    site.sign_in(admin)
    page = site.open(f"/insights/people/{somebody.pk}/?algorithm=popular")
    page.get_by_role("link", name=re.compile("Show the working.*Film A")).click()
    expect(page.locator(".ranked__working")).to_have_count(1)
    page.get_by_role("link", name=re.compile("Close.*Film A")).click()
    expect(page.locator(".ranked__working")).to_have_count(0)


def test_looks_are_narrowed_while_one_types_and_sorted_by_a_heading_without_a_reload(site: Site, admin) -> None:
    sam, ana = factories.user(first_name="Sam", last_name="", is_staff=True), factories.user(first_name="Ana")
    for actor, person in ((sam, ana), (admin, sam), (sam, admin)):
        inspections.record(actor=actor, person=person, algorithm="popular")
    site.sign_in(admin)
    page = site.open("/insights/inspections/")
    page.evaluate("window.stayed = true")
    page.get_by_label("Who looked").press_sequentially("Sam")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    expect(page.get_by_label("Who looked")).to_be_focused()
    page.get_by_role("link", name="Person", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Person")
    expect(page.locator("#results tbody tr").first).to_contain_text("Ana")
    assert "by=Sam" in page.url
    assert "sort=person" in page.url
    assert page.evaluate("window.stayed")


def test_films_are_narrowed_while_one_types_and_the_address_says_so(site: Site, admin, films) -> None:
    site.sign_in(admin)
    page = site.open("/insights/films/")
    page.evaluate("window.stayed = true")
    page.get_by_label("Title").press_sequentially("Film B")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.get_by_label("Title")).to_be_focused()
    assert "q=Film+B" in page.url or "q=Film%20B" in page.url
    assert page.evaluate("window.stayed")


def test_the_days_of_a_film_are_drawn(site: Site, admin, films) -> None:
    site.sign_in(admin)
    page = site.open("/insights/films/")
    page.get_by_role("link", name="Film C").click()
    expect(page.locator(".plot canvas")).to_have_count(1)
    page.get_by_text("The same as a table").click()
    assert "30" in page.get_by_role("region", name="Table: Day by day").inner_text()
