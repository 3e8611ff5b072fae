"""axe-core finds nothing on the pages about mail, and none of them scrolls sideways, filled and empty."""

import datetime
import json

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import expect

from notify.models import Delivery, DeliveryStatus, Preference, SuppressionReason, SuppressionScope
from notify.services import circuits, digests, preferences, resending, suppressions
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import LOOKED_AT, amiss, faults, violations
from tests.notify.outbox import mail

STAFF = [
    "/staff/mail/",
    "/staff/mail/?q=nobody",
    "/staff/mail/?since=nothing",
    "/staff/mail/{mail}/",
    "/staff/mail/{waiting}/",
    "/staff/mail/{pushed}/",
    "/staff/mail/{doubt}/",
    "/staff/mail/health/",
    "/staff/mail/suppressions/",
    "/staff/mail/suppressions/?address=nobody@example.org",
    "/staff/mail/why/",
    "/staff/mail/why/?person={person}",
    "/staff/mail/why/?person=person",
    "/staff/mail/why/?person=zzzz",
    "/staff/mail/preview/",
    "/staff/mail/preview/?person={person}",
    "/staff/mail/next/",
]


@pytest.fixture
def staff(transactional_db):
    return factories.user(email="admin@example.org", is_staff=True, is_superuser=True, onboarding_completed=True)


@pytest.fixture
def pages(staff) -> list[str]:
    """Everything that can stand on these pages stands there."""
    viewer = factories.user(email="viewer@example.org", first_name="عدا", last_name="x" * 60)
    EmailAddress.objects.create(user=viewer, email=viewer.email, verified=True, primary=True)
    preferences.choose(user=viewer, kind="digest", channel="email", enabled=True)
    for _ in range(16):
        factories.movie(title="A very long title " * 10, popularity_score=50)
    row = digests.compose(viewer, digests.content(viewer), f"digest:{viewer.pk}:look")
    long = "451 4.7.1 " + "x" * 300
    Delivery.objects.filter(id=row.id).update(status=DeliveryStatus.FAILED, reason="gave_up", last_error=long)
    waiting = resending.resend(delivery=Delivery.objects.get(id=row.id), actor=staff, reason="y" * 200, nonce="a" * 32)
    doubt = mail()
    Delivery.objects.filter(id=doubt.id).update(status=DeliveryStatus.IN_DOUBT)
    circuits.failed(name="email", error=long)
    for reason in SuppressionReason:
        suppressions.add(address=f"{reason}@example.org", reason=reason, scope=SuppressionScope.ALL, note="z" * 200)
    said = json.dumps({"title": "Films", "body": "Three of them. " * 20, "url": "/", "click": "/push/a/"}).encode()
    pushed = mail(viewer, kind="picks", channel="push", recipient="Firefox · Linux", message=said)
    numbers = {"mail": row.id, "waiting": waiting.id, "pushed": pushed.id, "doubt": doubt.id, "person": viewer.pk}
    return [path.format(**numbers) for path in STAFF]


def test_no_staff_page_has_a_violation_or_scrolls_sideways(site: Site, staff, pages) -> None:
    site.sign_in(staff)
    assert [problem for path in pages for problem in amiss(site, path)] == []


def test_no_refused_form_has_a_violation(site: Site, staff, pages) -> None:
    site.page.set_viewport_size({"width": 390, "height": 900})
    site.sign_in(staff)
    page = site.open(pages[STAFF.index("/staff/mail/{mail}/")])
    page.locator("#resend").click()
    page.locator(".errors-summary").wait_for()
    found = faults(page, "sent again without a reason")
    page = site.open("/staff/mail/suppressions/")
    page.get_by_text("Put an address on the list").click()
    page.locator("#suppress").click()
    page.locator(".errors-summary").wait_for()
    assert found + faults(page, "no address") == []


def test_the_keyboard_reaches_everything_on_every_staff_page(site: Site, staff, pages) -> None:
    site.sign_in(staff)
    found = [f"{path} at {one}" for path in pages for one in looking.amiss_for_keys_at(site.open(path), LOOKED_AT)]
    assert found == []


def test_without_a_script_staff_find_a_mail_and_its_reader(site: Site, staff, pages, browser) -> None:
    site.sign_in(staff)
    context = browser.new_context(java_script_enabled=False, storage_state=site.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{site.url}/staff/mail/")
    page.get_by_label("State").select_option("Failed")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 message", exact=True)).to_be_visible()
    page.goto(f"{site.url}/staff/mail/why/")
    page.get_by_label("Person").fill("viewer@example.org")
    page.locator("#look-up").click()
    expect(page.get_by_role("heading", name="One thing after the other")).to_be_visible()
    page.get_by_role("link", name="Their digest as it would be now").click()
    page.locator("#send-test").click()
    expect(page.get_by_text("It is on its way to you.")).to_be_visible()
    page.goto(f"{site.url}/staff/mail/suppressions/")
    page.get_by_text("Put an address on the list").click()
    page.get_by_label("Address").last.fill("no@example.org")
    page.locator("#suppress").click()
    expect(page.get_by_text("n…@example.org").first).to_be_visible()
    context.close()


def test_the_settings_have_no_violation_in_their_rarer_states(site: Site, transactional_db) -> None:
    viewer = factories.user(onboarding_completed=True)
    until = timezone.now() + datetime.timedelta(days=9)
    Preference.objects.create(user=viewer, timezone="Mars/Base", paused_until=until)
    site.sign_in(viewer)
    site.page.set_viewport_size({"width": 390, "height": 900})
    assert violations(site, "/settings/notifications/") == []
    site.page.get_by_label("From").fill("22:00")
    site.page.locator("#save-quiet").click()
    site.page.locator("#quiet .errors-summary").wait_for()
    assert site.page.evaluate("document.documentElement.scrollWidth") <= 390
