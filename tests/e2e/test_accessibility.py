"""axe-core finds nothing on any page, in the light theme and in the dark one, on a phone and on a desk; and no page
scrolls sideways."""

import datetime
import json
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Page

from catalog import browsing
from catalog.models import Movie, Person
from catalog.views import people
from insights.services import daily
from recs import drafts, landing
from recs.models import Interaction
from recs.services import demo, training
from recs.views import film, lists
from tests.e2e.helpers import Site

PUBLIC = [
    "/",
    "/browse/",
    "/browse/?view=list&genres=drama&year_min=1990",
    "/browse/?runtime_max=1",
    "/browse/?year_min=abc",
    "/search/?q=godfather",
    "/search/?q=godfahter",
    "/search/?q=zzzzzz",
    "/film/the-godfather-1972/",
    "/film/the-godfather-1972/similar/",
    "/film/the-godfather-1972/tune/",
    "/film/the-godfather-1972/tune/?less=decade:1970",
    "/genre/drama/",
    "/experiments/",
    "/nowhere/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/confirm-email/",
]
MEMBERS = [
    "/",
    "/?taste=open",
    "/welcome/groups/",
    "/welcome/films/",
    "/film/the-godfather-1972/why/",
    "/film/the-godfather-1972/guess/",
    "/me/taste/",
    "/experiments/",
    "/inbox/",
    "/me/ratings/",
    "/me/watchlist/",
    "/me/favourites/",
    "/me/seen/",
    "/me/not-interested/",
    "/settings/",
    "/settings/language/",
    "/settings/notifications/",
    "/settings/privacy/",
    "/settings/security/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
ADMINS = [
    "/styleguide/",
    "/insights/",
    "/insights/experiments/",
    "/insights/experiments/new/",
    "/insights/activity/",
    "/insights/funnel/",
    "/insights/retention/?days=90",
    "/insights/churn/",
    "/insights/recommendations/",
    "/insights/searches/",
    "/insights/discovery/",
    "/insights/health/",
    "/insights/?since=nothing",
    "/insights/evaluation/",
    "/insights/films/",
    "/insights/films/?since=nothing&q=zzzzzz",
    "/insights/films/the-godfather-1972/?days=90",
    "/insights/people/",
    "/insights/people/?q=demo",
    "/insights/people/?q=zzzzzz",
    "/insights/inspections/?by=zzzzzz",
    "/insights/inspections/",
]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a few films. Their cards are alike, and axe's work grows with each of them; the first rows still go on
    beyond a desk's screen and the others beyond a phone's, and what had several pages has them."""
    for place, size in ((drafts, "TOP"), (landing, "ROW"), (film, "SIMILAR")):
        monkeypatch.setattr(place, size, 9)
    monkeypatch.setattr(drafts, "OTHERS", 4)
    for place, size in ((browsing, "PAGE_SIZE"), (people, "PAGE_SIZE"), (lists, "PAGE")):
        monkeypatch.setattr(place, size, 8)


@pytest.fixture
def community(transactional_db, short) -> None:
    demo.load(people=60, today=datetime.date(2026, 6, 1))
    training.train()
    today = timezone.now().date()
    Interaction.objects.filter(movie__slug="the-godfather-1972").update(timestamp=timezone.now())
    daily.count([today])


# The dark theme changes colours and nothing else, so there the rules about colours are asked.
RULES = {"light": {}, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}}


WIDTHS = (1440, 820, 390, 360)
LOOKED_AT = (1440, 390)  # by axe


def amiss(site: Site, path: str) -> list[str]:
    """What is amiss with the page at this address."""
    site.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return amiss_now(site.open(path), path)


def amiss_now(page: Page, name: str) -> list[str]:
    """What axe finds in a page as it stands, in either theme, and the widths at which the page scrolls sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{name} scrolls sideways at {width}")
        if width in LOOKED_AT:
            found += faults(page, f"{name} at {width}")
    return found


def violations(site: Site, path: str) -> list[str]:
    """What axe finds in either theme, at the width that the browser has."""
    site.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return faults(site.open(path), path)


def faults(page: Page, name: str, **options: Any) -> list[str]:
    """What axe finds in a page as it stands; its name is for whoever reads the list."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_FILE_PATH.read_text())
    found = []
    for theme, rules in RULES.items():
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        asked = {"resultTypes": ["violations"], **options, **rules}
        problems = page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
        found += [f"{name}, {theme}: {item['id']}: {json.dumps(item['nodes'][0]['target'])}" for item in problems]
    return found


def test_nothing_is_amiss_for_visitors_and_members(site: Site, community) -> None:
    person = Person.objects.filter(credits__movie=Movie.objects.get(slug="the-godfather-1972")).first()
    found = [problem for path in [*PUBLIC, f"/person/{person.slug}/"] for problem in amiss(site, path)]
    site.sign_in(get_user_model().objects.get(email="viewer@marquee.localhost"))
    assert found + [problem for path in MEMBERS for problem in amiss(site, path)] == []


def test_nothing_is_amiss_for_staff(site: Site, community, admin) -> None:
    site.sign_in(admin)
    viewer = get_user_model().objects.get(email="viewer@marquee.localhost")
    pages = [*(f"/insights/people/{viewer.pk}/?algorithm={name}" for name in ("hybrid", "popular")), *ADMINS]
    assert [problem for path in pages for problem in amiss(site, path)] == []
