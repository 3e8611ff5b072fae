"""The staff's numbers in a browser: nothing for axe to find, nothing wider than the screen, both themes."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.e2e.helpers import Site
from tests.insights.reports import report, store


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_evaluation_page_is_sound_in_both_themes(site: Site, admin, theme, width) -> None:
    names = ("hybrid", "collaborative", "matrix_factorization", "content_based", "trending", "popular")
    store(report(**{name: 0.3 - place / 30 for place, name in enumerate(names)}))
    store(report(popular=0.2), days=1)
    site.page.emulate_media(color_scheme=theme)
    site.page.set_viewport_size({"width": width, "height": 900})
    site.sign_in(admin)
    page = site.open("/insights/evaluation/")
    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(item["id"], item["nodes"][0]["target"]) for item in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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
