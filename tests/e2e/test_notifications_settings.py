"""People choose what reaches them, and staff send a mail again and take an address off the list, in a real browser."""

import datetime

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from notify.models import Channel, Delivery, DeliveryStatus, SuppressionReason, SuppressionScope
from notify.services import preferences, suppressions
from tests import factories
from tests.e2e.helpers import Site
from tests.notify.outbox import mail

PAGE = "/settings/notifications/"


@pytest.fixture
def viewer(transactional_db):
    return factories.user(email="viewer@example.org", onboarding_completed=True, preferred_timezone="Europe/Paris")


@pytest.fixture
def staff(transactional_db):
    return factories.user(email="admin@example.org", is_staff=True, is_superuser=True, onboarding_completed=True)


def test_each_section_is_saved_without_leaving_the_page(site: Site, viewer) -> None:
    site.sign_in(viewer)
    page = site.open(PAGE)
    loads = site.loads
    page.get_by_role("checkbox", name="Weekly digest E-mail").check()
    page.locator("#save-kinds").click()
    expect(page.locator("#kinds .saved")).to_have_text("Saved")
    expect(page.locator("#next")).to_contain_text("Your next digest: Monday")
    page.get_by_label("Day").select_option("Friday")
    page.get_by_label("Time", exact=True).fill("18:30")
    page.locator("#save-digest").click()
    expect(page.locator("#next")).to_contain_text("Friday")
    page.get_by_label("From").fill("22:00")
    page.locator("#save-quiet").click()
    expect(page.locator("#quiet")).to_contain_text("Give both, or leave both empty.")
    page.get_by_label("Until").fill("07:00")
    page.locator("#save-quiet").click()
    expect(page.locator("#quiet .saved")).to_have_text("Saved")
    page.get_by_label("For how long").select_option("3 weeks")
    page.locator("#save-pause").click()
    expect(page.locator("#pause")).to_contain_text("Paused until")
    assert site.loads == loads
    kept = preferences.of(viewer)
    assert (kept.digest_day, kept.digest_time, kept.quiet_end) == (4, datetime.time(18, 30), datetime.time(7))
    assert kept.weekly_digest
    assert kept.paused_until


def test_what_is_refused_gets_the_focus(site: Site, viewer) -> None:
    site.sign_in(viewer)
    page = site.open(PAGE)
    page.get_by_label("From").fill("22:00")
    page.locator("#save-quiet").click()
    expect(page.locator("#quiet .errors-summary")).to_be_visible()
    expect(page.get_by_label("Until")).to_have_attribute("aria-invalid", "true")


def test_the_keyboard_alone_ticks_and_saves(site: Site, viewer) -> None:
    site.sign_in(viewer)
    page = site.open(PAGE)
    box = page.get_by_role("checkbox", name="Trending E-mail")
    box.focus()
    page.keyboard.press("Space")
    page.locator("#save-kinds").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#kinds .saved")).to_have_text("Saved")
    expect(page.locator("#save-kinds")).to_be_focused()
    assert preferences.wants(user=viewer, kind="trending", channel=Channel.EMAIL)


def test_one_digest_is_asked_for_and_the_second_has_to_wait(site: Site, viewer) -> None:
    EmailAddress.objects.create(user=viewer, email=viewer.email, verified=True, primary=True)
    for _ in range(8):
        factories.movie(popularity_score=50)
    site.sign_in(viewer)
    page = site.open(PAGE)
    page.locator("#send-now").click()
    expect(page.locator("#now")).to_contain_text("on its way to viewer@example.org")
    page.locator("#send-now").click()
    expect(page.locator("#now")).to_contain_text("You had one just now. The next one at")
    assert viewer.deliveries.count() == 1


def test_without_javascript_every_section_is_saved_too(site: Site, viewer, browser) -> None:
    site.sign_in(viewer)
    context = browser.new_context(java_script_enabled=False, storage_state=site.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{site.url}{PAGE}")
    page.get_by_role("checkbox", name="New picks E-mail").check()
    page.locator("#save-kinds").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert preferences.wants(user=viewer, kind="picks", channel=Channel.EMAIL)
    context.close()


# The words of the headings that stand on more than one line each.
BROKEN = """() => [...document.querySelectorAll(".matrix thead th")].flatMap((heading) => {
  const range = document.createRange(), text = heading.firstChild;
  return [...text.data.matchAll(/[^\\s-]+/g)].filter((word) => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
  }).map((word) => word[0]);
})"""


def test_on_a_phone_no_language_breaks_the_headings_of_the_matrix(site: Site, viewer, settings) -> None:
    settings.VAPID_PUBLIC_KEY = "B" * 87
    site.sign_in(viewer)
    site.page.set_viewport_size({"width": 390, "height": 844})
    for language, _name in settings.LANGUAGES:
        site.page.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
        page = site.open(PAGE)
        expect(page.locator(".matrix thead th")).to_have_count(4)
        assert page.evaluate(BROKEN) == [], language
        assert page.evaluate("document.querySelector('.table-wrap').scrollWidth") <= 390, language


def test_staff_find_a_failed_mail_and_send_it_again(site: Site, staff) -> None:
    row, other = mail(), mail()
    Delivery.objects.filter(id=row.id).update(status=DeliveryStatus.FAILED, reason="gave_up")
    site.sign_in(staff)
    page = site.open("/staff/mail/")
    loads = site.loads
    page.get_by_label("State").select_option("Failed")
    expect(page.get_by_text("1 message", exact=True)).to_be_visible()
    assert "status=failed" in page.url
    assert site.loads == loads
    page.locator(f"a[href='/staff/mail/{row.id}/']").click()
    page.get_by_label("Why is it sent again?").fill("She asked for it.")
    page.locator("#resend").click()
    expect(page.get_by_text("It stands in the outbox again")).to_be_visible()
    assert Delivery.objects.exclude(id__in=[row.id, other.id]).get().user == row.user


def test_the_state_of_the_log_is_in_the_address_and_back_goes_back(site: Site, staff) -> None:
    for _ in range(31):
        mail()
    site.sign_in(staff)
    page = site.open("/staff/mail/")
    page.get_by_role("link", name="Attempts").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Attempts")
    page.get_by_role("link", name="Page 2").click()
    expect(page.locator("[aria-current=page]", has_text="2")).to_be_visible()
    assert "sort=attempts" in page.url
    page.go_back()
    expect(page.locator("th[aria-sort]")).to_contain_text("Attempts")


def test_an_address_is_taken_off_the_list_and_put_back(site: Site, staff) -> None:
    found = suppressions.add(address="ada@example.org", reason=SuppressionReason.COMPLAINT, scope=SuppressionScope.BULK)
    suppressions.add(address="bob@example.org", reason=SuppressionReason.STAFF, scope=SuppressionScope.ALL)
    site.sign_in(staff)
    page = site.open("/staff/mail/suppressions/")
    page.get_by_label("Address").first.fill("ADA@example.org")
    expect(page.get_by_text("1 address", exact=True)).to_be_visible()
    assert "address=ADA" in page.url
    loads = site.loads
    page.get_by_role("button", name="Take a…@example.org off the list").click()
    expect(page.get_by_text("The address is off the list.")).to_be_visible()
    expect(page.locator(f"#undo-{found.pk}")).to_be_focused()
    assert suppressions.of(address="ada@example.org") is None
    page.get_by_role("button", name="Put a…@example.org back").click()
    expect(page.get_by_text("The address is on the list again.")).to_be_visible()
    assert suppressions.of(address="ada@example.org")
    assert site.loads == loads


def test_a_digest_is_shown_light_and_dark(site: Site, staff, viewer) -> None:
    for _ in range(8):
        factories.movie(popularity_score=50)
    site.sign_in(staff)
    page = site.open("/staff/mail/preview/?person=viewer@example.org")
    light, dark = (page.frame_locator("iframe").nth(at) for at in (0, 1))
    expect(light.get_by_text("Want to see").first).to_be_visible()
    expect(dark.get_by_text("Want to see").first).to_be_visible()
