"""An experiment from the first idea to everybody's new default, in a browser; its pages for axe and narrow screens."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import Movie
from insights.models import ActivityLog
from insights.services import activity, snapshots
from recs.models import Assignment, Experiment
from recs.services import defaults
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import LOOKED_AT, amiss_now
from tests.insights import trials
from tests.insights.trials import DAY
from tests.recs import stage, trying

PEOPLES = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
MOST_PEOPLE = 24


def plan_and_start(site: Site) -> Experiment:
    page = site.open("/insights/experiments/")
    page.get_by_role("link", name="New experiment").first.click()
    page.get_by_label("Name").fill("Popular for everybody")
    page.get_by_label("What do you expect, and why?").fill("Fewer clicks: what all like fits nobody in particular.")
    page.get_by_label("B: what is tried").select_option("popular")
    expect(page.locator("#plan")).to_contain_text("too little of it to plan with")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Not started")).to_be_visible()
    page.get_by_role("link", name="Start", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Both have a fresh model")
    dialog.get_by_role("button", name="Start").click()
    expect(page.get_by_text("It is running.")).to_be_visible()
    return Experiment.objects.get()


def look_and_click(site: Site) -> None:
    """Somebody new sees the picks and follows the first."""
    user = factories.user(onboarding_completed=True, data_usage_consent=True)
    factories.rating(user, Movie.objects.filter(title__startswith="Western").first(), 5.0)
    site.sign_in(user)
    page = site.open("/")
    page.locator("#row-top-list a.card__link").first.click()
    page.wait_for_url("**/film/**")


def everybody_looks(site: Site, experiment: Experiment) -> None:
    seen = Assignment.objects.filter(experiment=experiment, first_exposed_at__isnull=False)
    for _person in range(MOST_PEOPLE):
        look_and_click(site)
        if set(seen.values_list("variant", flat=True)) == {"a", "b"}:
            return


def decide(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("It is stopped.")).to_be_visible()
    page.get_by_role("link", name="Conclude", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("B has won").check()
    dialog.get_by_role("button", name="Conclude").click()
    expect(page.get_by_role("alert")).to_contain_text("Give your reason")
    page.get_by_label("Why?").fill("It is a test, and we want to see what happens.")
    page.get_by_role("main").get_by_role("button", name="Conclude").click()
    expect(page.get_by_role("heading", name="B has won: Popular")).to_be_visible()
    page.get_by_role("link", name="Ship the winner").click()
    page.get_by_role("dialog").get_by_role("button", name="Ship").click()
    expect(page.get_by_text("It is shipped:")).to_be_visible()


def test_from_an_idea_to_the_sites_default(site: Site, admin) -> None:
    stage.trained()
    site.sign_in(admin)
    experiment = plan_and_start(site)
    site.page.context.set_extra_http_headers(PEOPLES)
    everybody_looks(site, experiment)
    activity.flush()
    rows = ActivityLog.objects.filter(metadata__experiment=experiment.pk)
    arms = {action: set() for action in ("recommendation_impression", "recommendation_click")}
    for action, arm in rows.values_list("action_type", "metadata__arm"):
        arms[action].add(arm)
    assert arms == {"recommendation_impression": {"a", "b"}, "recommendation_click": {"a", "b"}}
    found = snapshots.take(experiment)
    assert min(found.results["people"]) >= 1
    site.sign_in(admin)
    page = site.open(f"/insights/experiments/{experiment.pk}/")
    expect(page.get_by_role("heading", name="Keep collecting")).to_be_visible()
    decide(page)
    assert defaults.current().algorithm == "popular"
    assert page.locator(".history > li").count() == 5


@pytest.fixture
def measured(admin) -> Experiment:
    """An A/B test of nine days, with people enough for every part of them: two languages, new and old, by thirds."""
    begun = timezone.now() - 9 * DAY
    trial = trials.experiment(name="Measured", start_date=begun, end_date=begun + 20 * DAY)
    for variant, clicks in (("a", 1), ("b", 3)):
        for number in range(60):
            who = {"preferred_language": ("en", "de")[number % 2], "date_joined": begun - (1 + 40 * (number % 2)) * DAY}
            person = trials.person(trial, variant, since=begun, **who)
            for _hour in range(number % 3):
                trials.log(person, "movie_view", at=begun - DAY)
            if number < 12:
                trials.visit(trial, person, variant, clicks=clicks + number // 2 % 2, at=begun)
    for day in (2, 5, 9):
        snapshots.take(trial, at=begun + day * DAY)
    return trial


@pytest.fixture
def mixed(admin) -> Experiment:
    """Two algorithms in one list, with clicks on the films of both."""
    trial = trials.experiment(name="Mixed", kind="interleaving")
    for number in range(12):
        said = {"team": "ab"[number % 3 == 0], "competitive": 0.6, "clicks": 1 + number % 2}
        trials.visit(trial, trials.person(trial, "a"), "a", **said)
    snapshots.take(trial, at=trials.START + trials.DAY)
    snapshots.take(trial, at=trials.START + 3 * trials.DAY)
    return trial


@pytest.fixture
def paths(admin, measured, mixed) -> list[str]:
    draft = trying.draft(actor=admin, name="A draft with a name that is long enough to need two lines on a phone")
    steps = [f"{measured.pk}/{step}/" for step in ("stop", "conclude", "phase", "edit", "ship")]
    places = ["", "new/", f"{measured.pk}/", f"{mixed.pk}/", f"{mixed.pk}/promote/", f"{draft.pk}/start/", *steps]
    return [f"/insights/experiments/{place}" for place in places]


def test_the_pages_are_sound_in_both_themes(site: Site, admin, paths) -> None:
    page, found = site.page, []
    site.sign_in(admin)
    for path in paths:
        site.open(path)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        found += amiss_now(page, path)
    assert found == []


def test_the_figures_are_there_in_parts_of_the_people(site: Site, admin, measured) -> None:
    site.sign_in(admin)
    page = site.open(f"/insights/experiments/{measured.pk}/")
    parts = page.get_by_role("table").filter(has_text="Corrected p")
    for kind in ("Language", "How long here", "How active before"):
        expect(parts.get_by_role("rowheader", name=kind)).to_be_visible()
    assert parts.locator(".interval").count() == 7


def test_the_keyboard_reaches_everything_and_shows_where_it_is(site: Site, admin, paths) -> None:
    site.sign_in(admin)
    found = [f"{path} at {one}" for path in paths for one in looking.amiss_for_keys_at(site.open(path), LOOKED_AT)]
    assert found == []


def test_without_a_script_a_step_is_a_page(site: Site, admin, browser, measured) -> None:
    site.sign_in(admin)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(site.page.context.cookies())
    page = context.new_page()
    page.goto(f"{site.url}/insights/experiments/{measured.pk}/")
    page.get_by_role("link", name="Stop, and say why").click()
    page.get_by_label("Why?").fill("Enough is known")
    page.get_by_role("main").get_by_role("button", name="Stop").click()
    assert page.get_by_text("It is stopped.").is_visible()
    assert Experiment.objects.get(pk=measured.pk).status == "stopped"
    context.close()


def test_sorting_and_filtering_keep_the_page_and_stay_in_the_address(site: Site, admin) -> None:
    for name in ("Alpha", "Beta"):
        trying.draft(actor=admin, name=name)
    site.sign_in(admin)
    page = site.open("/insights/experiments/")
    page.wait_for_load_state()
    loads = site.loads
    page.get_by_role("link", name="Name", exact=True).click()
    page.wait_for_url("**sort=name**")
    page.get_by_label("Name").fill("Bet")
    page.wait_for_url("**q=Bet**")
    expect(page.get_by_role("status").filter(has_text="1 experiment")).to_be_visible()
    assert site.loads == loads
    page.get_by_role("link", name="Beta").click()
    expect(page.get_by_role("heading", name="Beta")).to_be_visible()
