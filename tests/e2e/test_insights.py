"""The staff's numbers in a browser: nothing for axe to find, nothing wider than the screen, both themes."""

from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import amiss
from tests.insights.reports import report, store


def test_the_evaluation_page_is_sound_in_both_themes(site: Site, admin) -> None:
    names = ("hybrid", "collaborative", "matrix_factorization", "content_based", "trending", "popular")
    store(report(**{name: 0.3 - place / 30 for place, name in enumerate(names)}))
    store(report(popular=0.2), days=1)
    site.sign_in(admin)
    assert amiss(site, "/insights/evaluation/") == []


def test_one_press_selects_the_whole_command(site: Site, admin) -> None:
    store(report(popular=0.2, seed=77))
    site.sign_in(admin)
    page = site.open("/insights/evaluation/")
    page.locator(".command code").click()
    assert page.evaluate("getSelection().toString()").strip() == report(popular=0.2, seed=77)["command"]


def test_the_filters_are_links_that_keep_the_rest(site: Site, admin) -> None:
    store(report(popular=0.2))
    store(report(popular=0.3, protocol="temporal"), days=1)
    site.sign_in(admin)
    page = site.open("/insights/evaluation/")
    page.locator('a[href*="protocol=strong"]').first.click()
    page.wait_for_url("**protocol=strong**")
    assert page.get_by_role("heading", name="New people").is_visible()
