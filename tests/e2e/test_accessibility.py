"""axe-core finds nothing on any page, in the light theme and in the dark one, on a phone and on a desk."""

import datetime
import json
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Page

from catalog.models import Movie, Person
from insights.services import daily
from recs.models import Interaction
from recs.services import demo, training
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
]


@pytest.fixture
def community(transactional_db) -> None:
    demo.load(people=120, today=datetime.date(2026, 6, 1))
    training.train()
    today = timezone.now().date()
    Interaction.objects.filter(movie__slug="the-godfather-1972").update(timestamp=timezone.now())
    daily.count([today])


# The dark theme changes colours and nothing else, so there the rules about colours are asked.
RULES = {"light": {}, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}}


def violations(site: Site, path: str) -> list[str]:
    """In the light theme, then in the dark one."""
    site.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return faults(site.open(path), path)


def faults(page: Page, name: str, **options: Any) -> list[str]:
    """The same of a page as it stands; its name is for whoever reads the list."""
    page.evaluate(AXE_FILE_PATH.read_text())
    found = []
    for theme, rules in RULES.items():
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        asked = {"resultTypes": ["violations"], **options, **rules}
        problems = page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
        found += [f"{name}, {theme}: {item['id']}: {json.dumps(item['nodes'][0]['target'])}" for item in problems]
    return found


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_has_a_violation(site: Site, community, admin, width) -> None:
    page = site.page
    page.set_viewport_size({"width": width, "height": 900})
    person = Person.objects.filter(credits__movie=Movie.objects.get(slug="the-godfather-1972")).first()
    found = [problem for path in [*PUBLIC, f"/person/{person.slug}/"] for problem in violations(site, path)]
    site.sign_in(get_user_model().objects.get(email="viewer@marquee.localhost"))
    found += [problem for path in MEMBERS for problem in violations(site, path)]
    site.sign_in(admin)
    viewer = get_user_model().objects.get(email="viewer@marquee.localhost")
    staff_pages = [*ADMINS, *(f"/insights/people/{viewer.pk}/?algorithm={name}" for name in ("hybrid", "popular"))]
    found += [problem for path in staff_pages for problem in violations(site, path)]
    assert found == []


def test_no_page_scrolls_sideways(site: Site, community) -> None:
    page = site.page
    site.sign_in(get_user_model().objects.get(email="viewer@marquee.localhost"))
    wide = []
    for path in [*PUBLIC[1:15], *MEMBERS]:
        site.open(path)
        for width in (360, 390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{path} at {width}")
    assert wide == []
