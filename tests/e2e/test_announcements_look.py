"""The pages of announcements in every state: for axe, on a phone, by keyboard, and without a script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from notify.models import Announcement
from notify.services import announcements
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import LOOKED_AT, amiss_now

DAY = timedelta(days=1)
PAGE = "/staff/announcements/"


@pytest.fixture
def rows(transactional_db, admin: User) -> dict[str, Announcement]:
    """One in each state, by its state."""
    now, words = timezone.now(), "Bring a friend.\n\n" + "Doors open at seven. " * 12
    for number in range(3):
        factories.user(email=f"member{number}@example.org", onboarding_completed=True)
    said = {
        "out": {"title": "Film night on Saturday", "action_url": "/browse/"},
        "planned": {"title": "A pause of the site " * 9, "publish_at": now + 9 * DAY, "expires_at": now + 20 * DAY},
        "withdrawn": {"title": "سينما", "action_url": "https://example.org/" + "a" * 150, "language": "ar"},
        "over": {"title": "New rules", "publish_at": now - 9 * DAY, "expires_at": now + DAY},
    }
    made = {state: Announcement(message=words, **fields) for state, fields in said.items()}
    for one in made.values():
        announcements.save(announcement=one, actor=admin)
    announcements.carry_out()
    announcements.withdraw(announcement_id=made["withdrawn"].pk)
    Announcement.objects.filter(pk=made["over"].pk).update(expires_at=now - DAY)
    return made


def states(site: Site, rows: dict[str, Announcement]) -> Iterator[str]:
    """Open every page, then the form as it was sent: refused, and looked at first."""
    for path in ("", "new/", f"{rows['planned'].pk}/edit/", *(f"{one.pk}/" for one in rows.values())):
        site.open(f"{PAGE}{path}")
        yield path
    page = site.open(f"{PAGE}new/")
    page.get_by_label("Title").fill("Film night")
    page.get_by_label("Link", exact=True).fill("nowhere")
    page.locator("#announce").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "refused"
    page.get_by_label("Message", exact=True).fill("Bring a friend.")
    page.get_by_label("Link", exact=True).fill("/browse/")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("It reaches")).to_be_visible()
    yield "looked at first"


def test_no_page_has_a_violation_or_scrolls_sideways(site: Site, admin, rows) -> None:
    site.sign_in(admin)
    assert [problem for name in states(site, rows) for problem in amiss_now(site.page, name)] == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(site: Site, admin, rows) -> None:
    site.sign_in(admin)
    found = []
    for name in states(site, rows):
        found += [f"{name} at {one}" for one in looking.amiss_for_keys_at(site.page, LOOKED_AT)]
    assert found == []


def test_without_a_script_one_is_written_looked_at_told_and_withdrawn(site: Site, browser, admin, viewer) -> None:
    site.sign_in(admin)
    context = browser.new_context(java_script_enabled=False, storage_state=site.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{site.url}{PAGE}new/")
    page.get_by_label("Title").fill("Film night")
    page.get_by_label("Message", exact=True).fill("Bring a friend.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("It reaches 2 people.")).to_be_visible()
    assert not Announcement.objects.exists()
    page.locator("#announce").click()
    expect(page.get_by_role("heading", level=1, name="Film night")).to_be_visible()
    announcements.carry_out()
    assert viewer.inbox.filter(title="Film night").exists()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("button", name="Announce again")).to_be_visible()
    assert Announcement.objects.get().withdrawn_at
    context.close()
