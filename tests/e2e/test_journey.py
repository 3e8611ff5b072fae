"""The whole journey of somebody new, on real films and with people to learn from."""

import datetime
import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from recs.services import demo, training
from tests.e2e.helpers import Site

User = get_user_model()


@pytest.fixture
def community(transactional_db) -> None:
    """The starter catalogue, some simulated people, and models that learnt from them. Of more people the hybrid would
    also learn how to weigh its parts: that takes longer than all the rest, and no page tells."""
    demo.load(people=60, today=datetime.date(2026, 6, 1))
    training.train()


def join(site: Site) -> None:
    page = site.open("/")
    page.get_by_role("link", name="Join", exact=True).click()
    page.get_by_label("E-mail address").fill("new@example.org")
    page.get_by_label("Password", exact=True).fill("a lantern in the fog")
    page.get_by_role("main").get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    site.open(site.link_in_last_mail())
    page.get_by_role("button", name="Yes, confirm").click()
    expect(page.get_by_role("heading", name="What do you like?")).to_be_visible()


def go_through_the_welcome(site: Site) -> None:
    page = site.page
    for place in (0, 1, 2):
        page.locator("label.pick").nth(place).click()
        expect(page.locator("#picked")).to_contain_text(f"{place + 1} of 5")
    page.get_by_role("button", name="Next: rate a few films").click()
    for number in range(1, 7):
        expect(page.get_by_text(f"{number} of 10")).to_be_visible()
        page.get_by_role("button", name="4 stars" if number % 2 else "5 stars").click()
    expect(page.get_by_text("7 of 10")).to_be_visible()
    page.get_by_role("button", name="That will do").click()


def top_picks(site: Site) -> list[str]:
    return site.page.locator("#row-top-list .card").evaluate_all("cards => cards.map(card => card.id)")


def test_from_visitor_to_personal_picks_and_out_again(site: Site, community) -> None:
    page = site.page
    join(site)
    go_through_the_welcome(site)
    expect(page.get_by_role("heading", name="For you", exact=True)).to_be_visible()
    page.wait_for_load_state()  # the heading stands there before the page counts as loaded
    before, loads = top_picks(site), site.loads
    assert len(before) == 20
    expect(page.locator("#row-top-list")).to_contain_text("Because")

    # Rate the first pick: the row changes, nothing is loaded anew.
    first = page.locator("#row-top-list .card").first
    first.locator("input.stars").fill("5")
    expect(page.locator("#toasts")).to_contain_text("Undo")
    expect(page.locator(f"#row-top-list #{before[0]}")).to_have_count(0)
    assert len(top_picks(site)) == 20
    assert site.loads == loads

    # Undo it: the film is back.
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(f"#row-top-list #{before[0]}")).to_have_count(1)
    assert site.loads == loads
    look_for_a_film_and_save_it(site)
    log_out(site)


def look_for_a_film_and_save_it(site: Site) -> None:
    page = site.page
    search = page.get_by_role("combobox", name="Search")
    search.fill("godfahter")
    expect(page.get_by_role("option").filter(has_text=re.compile("^The Godfather")).first).to_be_visible()
    search.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?.*q=godfahter"))
    page.get_by_role("main").get_by_role("link", name=re.compile("The Godfather.*1972")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The Godfather")
    page.wait_for_load_state()
    loads = site.loads
    page.get_by_role("main").get_by_role("button", name=re.compile("Add The Godfather.* to watchlist")).first.click()
    expect(page.locator("#toasts")).to_contain_text("Undo")
    assert site.loads == loads
    site.open("/me/watchlist/")
    expect(page.get_by_role("main")).to_contain_text("The Godfather")


def log_out(site: Site) -> None:
    page = site.page
    page.locator("header .header__tools details summary").last.click()
    page.get_by_role("banner").get_by_role("button", name="Log out").or_(
        page.get_by_role("banner").get_by_role("link", name="Log out")
    ).click()
    confirm = page.get_by_role("main").get_by_role("button", name="Log out")
    if confirm.count():
        confirm.click()
    expect(page.get_by_role("banner").get_by_role("link", name="Join")).to_be_visible()
    assert site.open("/me/watchlist/").url.startswith(f"{site.url}/accounts/login/")


def test_an_act_of_a_visitor_is_done_after_the_log_in(site: Site, community, viewer) -> None:
    EmailAddress.objects.create(user=viewer, email=viewer.email, verified=True, primary=True)
    page = site.open("/film/the-godfather-1972/")
    page.get_by_role("main").get_by_role("button", name=re.compile("Add The Godfather.* to watchlist")).first.click()
    page.get_by_label("E-mail address").fill(viewer.email)
    page.get_by_label("Password", exact=True).fill("open sesame 42")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The Godfather")
    assert viewer.interactions.filter(interaction_type="watchlist").count() == 1


def test_without_javascript_a_film_is_rated_and_the_rating_taken_back(browser, live_server, community, viewer) -> None:
    context = browser.new_context(java_script_enabled=False)
    site = Site(context.new_page(), live_server.url)
    site.sign_in(viewer)
    page = site.open("/film/the-godfather-1972/")
    card = page.get_by_role("main").locator(".card, article").first
    card.locator("input.stars").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    card.get_by_role("button", name=re.compile("rating|Rate")).first.click()
    assert viewer.interactions.get(interaction_type="rating").rating == 4.0
    page.get_by_role("button", name="Undo").click()
    assert not viewer.interactions.exists()
    context.close()
