"""The pages behind the links of our mails, in every state: for axe, on a phone, by keyboard, without a script."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Movie
from notify import tokens
from notify.services import preferences
from recs.models import Interaction
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import amiss_now
from tests.notify import readers

LONGEST = "The Englishman Who Went Up a Hill But Came Down a Mountain: Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def reader(transactional_db) -> User:
    return readers.reader(picks=0, recommendation_alerts=True)


@pytest.fixture
def movie(transactional_db) -> Movie:
    return factories.movie(title=LONGEST, year=1995)


def leave(user: User, scope: str) -> str:
    return reverse("notify:unsubscribe", args=[tokens.unsubscribe(user, scope)])


def ask(user: User, movie: Movie | int, what: str) -> str:
    return reverse("notify:act", args=[tokens.act(user, movie, what, "digest:1:2026-W47")])


def said(page: Page, words: str) -> str:
    """Wait for the page that says this, and name it so."""
    expect(page.locator("main")).to_contain_text(words)
    return words


def unsubscribing(site: Site, reader: User) -> Iterator[str]:
    page = site.open(leave(reader, "digest"))
    yield said(page, "Shall we stop sending you this: Weekly digest?")
    page.get_by_role("button", name="Stop only this").click()
    yield said(page, "You will not get this by e-mail any more: Weekly digest.")
    page.get_by_role("button", name="Undo").click()
    yield said(page, "Everything is as it was")
    site.open(leave(reader, tokens.ALL))
    yield said(page, "Shall we stop sending you any mail")
    page.get_by_role("button", name="Stop all mail").click()
    yield said(page, "You will get no more mail")


def acting(site: Site, reader: User, movie: Movie) -> Iterator[str]:
    asked = {"want": "Put it on your watchlist?", "seen": "Have you seen it?", "no": "Shall we leave it out"}
    for what, question in asked.items():
        page = site.open(ask(reader, movie, what))
        yield said(page, question)
        page.get_by_role("main").get_by_role("button").click()
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        yield f"{what}, done"
        page.get_by_role("button", name="Undo").click()
        yield said(page, question)


def leading_nowhere(site: Site, reader: User, movie: Movie) -> Iterator[str]:
    with time_machine.travel(timezone.now() - tokens.ACT_AGE * 2):
        old = ask(reader, movie, "want")
    for path, words in {
        "/u/x.y/": "This link is broken",
        "/m/x.y/": "This link is broken",
        "/m/go/x.y/": "This link is broken",
        old: "This link is too old",
        ask(reader, 2**40, "want"): "no longer there",
        f"/u/{tokens.SAMPLE}/": "Its links do nothing",
    }.items():
        yield said(site.open(path), words)


def test_no_state_has_a_violation_or_scrolls_sideways(site: Site, reader, movie) -> None:
    found: list[str] = []
    for states in (unsubscribing(site, reader), acting(site, reader, movie), leading_nowhere(site, reader, movie)):
        for name in states:
            found += amiss_now(site.page, name)
    assert found == []


@pytest.mark.parametrize("language", ["ar", "de"])
def test_the_words_fit_on_a_phone_in_other_languages(site: Site, reader, movie, language) -> None:
    User.objects.filter(pk=reader.pk).update(preferred_language=language)
    site.page.set_viewport_size({"width": 360, "height": 800})
    wide = []
    for path in (leave(reader, "digest"), *(ask(reader, movie, what) for what in tokens.ACTS)):
        page = site.open(path)
        page.get_by_role("main").get_by_role("button").first.click()
        page.wait_for_load_state()
        expect(page.locator("html")).to_have_attribute("lang", re.compile(language))
        wide += [path] * looking.is_too_wide(page)
    assert wide == []


def test_the_keyboard_reaches_every_button(site: Site, reader, movie) -> None:
    site.page.set_viewport_size({"width": 390, "height": 844})
    found = []
    for states in (unsubscribing(site, reader), acting(site, reader, movie)):
        for name in states:
            found += [f"{name}: {problem}" for problem in looking.amiss_for_keys(site.page)]
    assert found == []


def test_they_do_their_work_without_a_script(browser, live_server, reader, movie) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        site = Site(context.new_page(), live_server.url)
        site.open(leave(reader, "digest")).get_by_role("button", name="Stop only this").click()
        said(site.page, "You will not get this by e-mail any more")
        assert not preferences.wants(user=reader, kind="digest", channel="email")
        site.page.get_by_role("button", name="Undo").click()
        said(site.page, "Welcome back")
        site.open(ask(reader, movie, "seen")).get_by_role("button", name="Yes, I have seen it").click()
        expect(site.page.get_by_role("link", name="Rate it")).to_be_visible()
        assert Interaction.objects.filter(user=reader, movie=movie, interaction_type="view").exists()
    finally:
        context.close()
