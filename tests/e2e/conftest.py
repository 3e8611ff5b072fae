"""A real browser: the system's Chromium first, Playwright's own elsewhere. A failure leaves a picture."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import needs
from tests.e2e.helpers import Site

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        system = next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
        if not system and not Path(playwright.chromium.executable_path).exists():
            needs.program(*SYSTEM_BROWSERS)
        browser = playwright.chromium.launch(executable_path=system, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on("console", lambda message: _note(message, problems))
    yield page
    report = getattr(request.node, "report_call", None)
    if report is None or report.failed:
        folder = request.config.rootpath / "test-results"
        folder.mkdir(exist_ok=True)
        page.screenshot(path=folder / f"{request.node.name}.png", full_page=True)
    assert problems == [], "the browser complained"


def _note(message: Any, problems: list[str]) -> None:
    """Errors on the console are findings: violations of the content-security policy are reported there."""
    if message.type == "error" and "status of 4" not in message.text:
        problems.append(f"console: {message.text}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Any:
    report = yield
    if call.when == "call":
        item.report_call = report  # type: ignore[attr-defined]
    return report


@pytest.fixture
def site(live_server: Any, page: Page) -> Site:
    """The site in a browser; what an earlier test counted against a rate limit is forgotten."""
    caches["default"].clear()
    return Site(page, live_server.url)
