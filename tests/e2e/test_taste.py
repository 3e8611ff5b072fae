"""Steering the picks in a browser: the taste panel, the reasons of one pick, the guess and the tuner of one film."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from catalog.models import Movie
from recs.models import Interaction
from recs.services import interactions, training
from tests import factories
from tests.e2e.helpers import Site

FILMS, PEOPLE = 60, 24


@pytest.fixture
def films(transactional_db) -> list[Movie]:
    """Films of three genres and four decades, people who agree about every second of them, and models of that."""
    genres, makers = ("Drama", "Comedy", "Crime"), [factories.person(f"Maker {number}") for number in range(4)]
    made = [
        factories.movie(
            title=f"Harbour {place}", genres=[genres[place % 3]], year=1970 + place % 40, popularity_score=FILMS - place
        )
        for place in range(FILMS)
    ]
    for place, film in enumerate(made):
        factories.credit(film, makers[place % 4], cast_type="crew", job="Director")
    Interaction.objects.bulk_create(
        Interaction(user=person, movie=made[place], interaction_type="rating", rating=5 - (place + number) % 4 / 2)
        for number, person in enumerate(factories.user() for _ in range(PEOPLE))
        for place in range(number % 2, FILMS, 2)
        if (place + number) % 5
    )
    training.train()
    return made


@pytest.fixture
def home(site: Site, films: list[Movie], viewer: User) -> Page:
    """The viewer's home page, after a few ratings."""
    for film in films[:12:2]:
        interactions.rate(user=viewer, movie=film, rating=5)
    site.sign_in(viewer)
    return site.open("/")


def picks(page: Page) -> list[str]:
    return page.locator("#row-top-list .card").evaluate_all("cards => cards.map(card => card.id)")


def toast(page: Page) -> Locator:
    return page.locator("#toasts .toast")


def opened(page: Page) -> Page:
    page.get_by_text("Your taste", exact=True).click()
    return page


def test_a_slider_is_moved_by_keys_and_the_picks_follow_without_a_page_load(site: Site, home: Page, viewer: User):
    before = picks(home)
    slider = opened(home).get_by_role("slider", name="Popular or adventurous")
    slider.focus()
    home.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "Very adventurous (100%)")
    expect(toast(home)).to_contain_text("picks changed")
    expect(slider).to_be_focused()
    assert set(picks(home)) != set(before)
    viewer.refresh_from_db()
    assert (viewer.novelty_preference, site.loads) == (1.0, 1)


def test_the_buttons_beside_a_slider_move_it_and_stop_at_the_end(site: Site, home: Page, viewer: User):
    more, slider = opened(home).get_by_role("button", name="More diverse"), home.get_by_label("Similar or diverse")
    more.click()
    expect(slider).to_have_value("0.6")
    expect(toast(home)).to_have_count(1)
    assert diversity_of(viewer) == 0.6
    for _ in range(4):
        more.click()
    expect(more).to_have_attribute("aria-disabled", "true")
    expect(more).to_be_focused()
    assert (slider.input_value(), site.loads) == ("1", 1)


def diversity_of(viewer: User) -> float:
    viewer.refresh_from_db()
    return viewer.diversity_preference


def test_a_change_of_taste_is_taken_back_with_the_same_picks(site: Site, home: Page):
    before = picks(home)
    opened(home).locator(".way", has_text="Popular").click()
    expect(home.locator("#taste-now")).to_have_text("Popular")
    toast(home).get_by_role("button", name="Undo").click()
    expect(home.locator("#taste-now")).to_have_text("Everything together")
    expect(home.get_by_role("radio", name="Everything together")).to_be_checked()
    expect(home.locator("#taste > summary")).to_be_focused()
    assert (picks(home), site.loads) == (before, 1)


def test_the_panel_stays_open_over_a_page_load(site: Site, home: Page):
    opened(home)
    site.open("/browse/")
    expect(site.open("/").get_by_role("button", name="Reset to default")).to_be_visible()


def test_what_is_refused_stays_in_the_form_and_is_said_beside_it(site: Site, home: Page, viewer: User):
    slider = opened(home).get_by_role("slider", name="Similar or diverse")
    slider.evaluate("one => { one.type = 'text'; one.value = 'NaN'; }")
    home.get_by_label("Decade").select_option("1990s")
    expect(home.get_by_role("alert")).to_contain_text("Enter a number.")
    expect(home.get_by_label("Decade")).to_have_value("1990s")
    viewer.refresh_from_db()
    assert not viewer.preferred_decade


def test_without_javascript_a_button_moves_the_slider_and_apply_saves(browser, live_server, home, viewer: User):
    context = browser.new_context(java_script_enabled=False)
    site = Site(context.new_page(), live_server.url)
    site.sign_in(viewer)
    page = site.open("/?taste=open")
    page.get_by_role("button", name="More adventurous").click()
    page.get_by_label("Decade").select_option("1990s")
    page.get_by_role("button", name="Apply").last.click()
    viewer.refresh_from_db()
    assert (viewer.novelty_preference, viewer.preferred_decade) == (0.6, "1990s")
    page.get_by_role("button", name="Undo").first.click()
    context.close()


def test_rating_a_pick_ranks_the_others_anew_without_a_page_load(site: Site, home: Page):
    before = picks(home)
    home.locator("#row-top-list input.stars").first.fill("1")
    expect(home.locator(f"#row-top-list #{before[0]}")).to_have_count(0)
    assert picks(home) != before[1:]
    assert site.loads == 1


def test_not_interested_is_taken_back_to_the_very_same_list(site: Site, home: Page):
    before = picks(home)
    card = home.locator("#row-top-list .card").first
    card.locator("summary").click()
    card.get_by_role("button", name="Not interested").click()
    expect(home.locator(f"#row-top-list #{before[0]}")).to_have_count(0)
    toast(home).get_by_role("button", name="Undo").click()
    expect(home.locator(f"#row-top-list #{before[0]}")).to_have_count(1)
    assert (picks(home), site.loads) == (before, 1)


def test_a_reason_is_taken_out_and_put_back_while_the_rows_behind_follow(site: Site, home: Page):
    before = picks(home)
    home.locator("#row-top-list .card__note a").nth(2).click()
    drawer = home.get_by_role("dialog", name=re.compile("^Why Harbour"))
    expect(drawer.get_by_role("status")).to_contain_text("Number 3 of your picks.")
    rows = drawer.locator(".reasons > li", has=home.get_by_role("button", name="Don’t use"))
    first = rows.first.get_by_role("button", name="Don’t use")
    first.focus()
    home.keyboard.press("Enter")
    expect(drawer.get_by_role("status")).to_contain_text("no longer counts for your picks")
    expect(drawer.get_by_text("not used", exact=True)).to_be_visible()
    expect(drawer.get_by_role("button", name="Use again")).to_be_focused()
    drawer.get_by_role("button", name="Undo").click()
    expect(drawer.get_by_text("not used", exact=True)).to_have_count(0)
    expect(drawer.get_by_role("status")).to_contain_text("number 3 of your picks")
    assert (picks(home), site.loads) == (before, 1)


def test_a_key_asks_why_and_escape_leads_back_to_the_card(home: Page):
    card = home.locator("#row-top-list .card a").first
    card.focus()
    home.keyboard.press("y")
    expect(home.get_by_role("dialog", name=re.compile("^Why Harbour"))).to_be_visible()
    home.keyboard.press("Escape")
    expect(card).to_be_focused()


def test_the_working_adds_up_before_the_readers_eyes(site: Site, home: Page):
    home.locator("#row-top-list .card__note a").first.click()
    drawer = home.get_by_role("dialog")
    drawer.get_by_text("Show the working").click()
    *parts, total = [float(cell) for cell in drawer.locator(".working td").all_inner_texts()]
    assert sum(parts) == pytest.approx(total, abs=0.0001 * len(parts))


def test_what_is_not_used_is_used_again_from_the_settings(site: Site, home: Page, films, viewer: User):
    viewer.adjustments.create(kind="film", target=films[0].pk, weight=0)
    page = site.open("/me/taste/")
    page.locator("#adjusted").get_by_role("button", name="Use again Harbour 0").click()
    expect(page.locator("#adjusted")).to_contain_text("Nothing.")
    toast(page).get_by_role("button", name="Undo").click()
    expect(page.locator("#adjusted")).to_contain_text("Harbour 0")
    assert site.loads == 2


def test_the_guess_waits_to_be_asked_and_comes_by_itself_with_a_rating(site: Site, home: Page, films):
    page = site.open(films[20].get_absolute_url())
    page.get_by_role("link", name="Show our guess").click()
    expect(page.locator("#guess")).to_contain_text(re.compile(r"We guess \d\.\d ± \d\.\d stars\."))
    page.locator(".film-hero__card input.stars").fill("3.5")
    expect(page.locator("#guess")).to_contain_text("you gave 3.5.")
    toast(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Show our guess")).to_be_visible()
    assert site.loads == 2


def test_the_tuner_swaps_its_films_and_keeps_the_focus(site: Site, films):
    page = site.open(films[20].get_absolute_url())
    tuner = page.get_by_role("region", name="Like this, but …")
    tuner.scroll_into_view_if_needed()
    more = tuner.get_by_role("link", name="More Comedy").or_(tuner.get_by_role("link", name=re.compile("More Maker")))
    more.first.focus()
    page.keyboard.press("Enter")
    expect(tuner.get_by_role("img", name="more of it")).to_be_visible()
    expect(tuner.locator(".is-off:focus")).to_have_count(1)
    tuner.get_by_role("link", name="Reset").click()
    expect(tuner.get_by_role("img", name="more of it")).to_have_count(0)
    assert site.loads == 1


def test_the_tuner_s_own_page_keeps_its_state_in_the_address(site: Site, films):
    page = site.open(f"/film/{films[20].slug}/tune/")
    page.get_by_role("link", name=re.compile("^Less")).first.click()
    expect(page).to_have_url(re.compile(r"/tune/\?less="))
    page.reload()
    expect(page.get_by_role("img", name="less of it")).to_be_visible()
