"""/insights/experiments/: the list, the form, the verdict and what it rests on, and every step with its question."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import groups
from insights.experiments import power
from insights.services import snapshots
from recs import experiment_checks
from recs.models import Experiment
from recs.services import experiments
from tests import factories
from tests.insights import trials
from tests.insights.trials import DAY, START
from tests.recs import trying

pytestmark = pytest.mark.django_db
PAGE = "/insights/experiments/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def draft(admin, monkeypatch) -> Experiment:
    monkeypatch.setattr(experiment_checks, "_is_fresh", lambda name, now: True)
    return trying.draft(actor=admin)


@pytest.fixture
def running(draft, admin) -> Experiment:
    return experiments.start(experiment_id=draft.pk, actor=admin)


@pytest.fixture
def measured() -> Experiment:
    """Eight days of a few people, measured on three of them."""
    trial = trials.experiment(name="Measured")
    for variant, clicks in (("a", 1), ("b", 3)):
        for number in range(6):
            trials.visit(trial, trials.person(trial, variant), variant, clicks=clicks + number % 2)
    for day in (2, 5, 9):
        snapshots.take(trial, at=START + day * DAY)
    return trial


def page(client: Client, path: str = PAGE, status: int = 200, **said) -> str:
    answer = client.get(path, **said)
    assert answer.status_code == status
    return answer.content.decode()


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def of(experiment: Experiment, act: str = "") -> str:
    return f"{PAGE}{experiment.pk}/{act + '/' if act else ''}"


ACTS = ["", "edit", "start", "phase", "stop", "conclude", "ship", "archive", "promote"]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_may_look_or_act(member, viewer, draft, act):
    viewer.groups.add(groups.ensure()[groups.EDITORS])
    assert member.get(of(draft, act)).status_code == 403
    assert member.post(of(draft, act)).status_code in (403, 405)
    assert Experiment.objects.get(pk=draft.pk).status == "draft"


def test_staff_without_the_right_are_refused_too(db):
    client = Client()
    client.force_login(factories.user(is_staff=True, onboarding_completed=True))
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_experimenters_may_look_at_every_step(member, viewer, draft, act):
    viewer.groups.add(groups.ensure()[groups.EXPERIMENTERS])
    assert member.get(of(draft, act)).status_code == 200


def test_an_empty_list_says_what_an_experiment_is(staff):
    assert "Nothing is being tried" in page(staff)


def test_the_list_tells_state_people_and_verdict(staff, measured):
    html = text(page(staff))
    assert "A 6, B 6" in html
    assert "Measured" in html


def test_an_experiment_without_figures_says_so_in_the_list(staff, draft):
    html = text(page(staff))
    assert "Nothing yet" in html
    assert "not started" in html


def test_the_list_can_be_narrowed(staff, draft, measured):
    assert "1 experiment" in text(page(staff, f"{PAGE}?status=draft"))
    assert "Nothing fits" in page(staff, f"{PAGE}?q=unheard")


def test_what_was_put_away_is_only_listed_when_asked_for(staff, draft, admin):
    experiments.archive(experiment_id=draft.pk, actor=admin)
    assert "Nothing is being tried" in page(staff)
    assert draft.name in page(staff, f"{PAGE}?show=away")


@pytest.mark.parametrize("query", ["?sort=nothing", "?page=99", "?page=x", "?status=x", "?show=x", "?q=%00"])
def test_an_address_that_fits_nothing_breaks_nothing(staff, draft, query):
    page(staff, PAGE + query)


def test_htmx_gets_the_list_alone(staff, draft):
    html = page(staff, headers=HTMX)
    assert html.strip().startswith('<div id="results"')


def test_more_experiments_cost_no_more_queries(staff, admin, django_assert_max_num_queries):
    for _number in range(12):
        trying.draft(actor=admin)
    with django_assert_max_num_queries(8):
        page(staff)


def filled(**said) -> dict:
    now = timezone.localtime()
    return {
        "name": "Fewer known films",
        "hypothesis": "People click more, because they see fewer films they know.",
        "kind": "ab",
        "algorithm_a": "hybrid",
        "algorithm_b": "collaborative",
        "target_metric": "ctr",
        "share": "50",
        "part_from": "0",
        "part_to": "100",
        "start_date": f"{now:%Y-%m-%dT%H:%M}",
        "end_date": f"{now + timedelta(days=14):%Y-%m-%dT%H:%M}",
        "minimum_sample_size": "1000",
        "confidence_level": "0.95",
        **said,
    }


def test_a_draft_is_saved_from_the_form(staff, admin):
    answer = staff.post(f"{PAGE}new/", filled(share="30"))
    made = Experiment.objects.get()
    assert answer.url == of(made)
    assert (made.traffic_split, made.status, made.created_by) == (0.3, "draft", admin)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 101}, "at most 100"),
        ({"algorithm_b": "hybrid"}, "another algorithm than A"),
        ({"algorithm_b": "magic"}, "Select a valid choice"),
        ({"is_aa_test": "on"}, "both sides have the same"),
        ({"share": "5"}, "greater than or equal to 10"),
        ({"share": "nan"}, "Enter a number"),
        ({"end_date": "2001-01-01T00:00"}, "must end after it starts"),
        ({"end_date": "soon"}, "Enter a valid date"),
        ({"part_from": "60", "part_to": "40"}, "ends before it begins"),
        ({"minimum_sample_size": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_lost(staff, said, complaint):
    answer = staff.post(f"{PAGE}new/", filled(**said))
    assert answer.status_code == 422
    html = answer.content.decode()
    assert complaint in html
    assert "they see fewer films they know" in html
    assert not Experiment.objects.exists()


def test_times_are_those_of_the_zone_that_the_page_was_made_in(staff):
    staff.cookies["timezone"] = "Asia/Tokyo"
    staff.post(f"{PAGE}new/", filled(start_date="2030-05-01T12:00", end_date="2030-05-20T12:00", zone="Europe/Berlin"))
    assert Experiment.objects.get().start_date.isoformat() == "2030-05-01T10:00:00+00:00"


@pytest.mark.parametrize("zone", ["", "Nowhere/At all", "../../etc/passwd", "\0", "x" * 64])
def test_a_zone_that_does_not_exist_is_the_readers(staff, zone):
    staff.cookies["timezone"] = "Asia/Tokyo"
    staff.post(f"{PAGE}new/", filled(start_date="2030-05-01T12:00", end_date="2030-05-20T12:00", zone=zone))
    assert [one.start_date.isoformat() for one in Experiment.objects.all()] in ([], ["2030-05-01T03:00:00+00:00"])


def test_what_is_over_and_not_decided_is_ready_for_a_decision(staff):
    trial = trials.experiment(name="Long over")
    assert "Ready for decision" in page(staff)
    assert "conclude/" in page(staff, of(trial))


def test_a_name_that_is_taken_is_told(staff, draft):
    answer = staff.post(f"{PAGE}new/", filled(name=draft.name))
    assert "of this name already" in answer.content.decode()


def test_the_plan_is_worked_out_without_a_script_and_saves_nothing(staff):
    html = staff.post(f"{PAGE}new/", filled(plan="1", name="")).content.decode()
    assert "too little of it to plan with" in html
    assert "errors-summary" not in html
    assert not Experiment.objects.exists()


def test_the_plan_says_what_can_be_seen(staff, monkeypatch):
    plan = power.Plan("ctr", 14, 0.5, 0.95, 0.8, 5000, 100, 0.1, 0.3, 0.22, 0.3)
    monkeypatch.setattr(power, "plan", lambda metric, **said: plan)
    html = text(page(staff, f"{PAGE}plan/", data=filled(), headers=HTMX))
    assert "in 14 days you can see a change of ±22" in html
    assert "People in it, about: 5,000. In the smaller arm: 2,500." in html
    assert "That is enough" in html


@pytest.mark.parametrize("said", [{"target_metric": "x"}, {"end_date": ""}, {"share": "x"}, {}])
def test_a_form_that_says_little_has_a_plan_that_says_so(staff, said):
    assert page(staff, f"{PAGE}plan/", data=filled(**said) if said else {}, headers=HTMX)


def test_while_it_runs_only_words_and_a_later_end_are_open(staff, running):
    html = page(staff, of(running, "edit"))
    assert re.search(r'name="share"[^>]*disabled', html)
    assert not re.search(r'name="name"[^>]*disabled', html)


def test_words_change_while_it_runs_and_the_rest_stays(staff, running):
    end = f"{timezone.localtime(running.end_date):%Y-%m-%dT%H:%M}"
    answer = staff.post(of(running, "edit"), filled(name="Renamed", share="20", end_date=end, seen=""))
    assert answer.status_code == 302, re.findall(r"errors-summary.*?</div>", answer.content.decode(), re.S)
    after = Experiment.objects.get(pk=running.pk)
    assert (after.name, after.traffic_split) == ("Renamed", 0.5)


def test_an_edit_over_somebody_elses_is_refused_and_keeps_what_was_typed(staff, draft, admin):
    seen = draft.updated_at.isoformat()
    experiments.edit(experiment_id=draft.pk, actor=admin, seen=None, hypothesis="Changed by somebody else.")
    answer = staff.post(of(draft, "edit"), filled(name="My name", seen=seen))
    assert answer.status_code == 422
    assert "Somebody else has changed it" in answer.content.decode()
    assert "My name" in answer.content.decode()


class Headings(HTMLParser):
    """The headings in their order, and whether every heading of a table says what it heads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.without_scope = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.without_scope += tag == "th" and "scope" not in dict(attrs)
        if tag == "h2":
            self.found.append(dict(attrs).get("id", ""))


def test_the_verdict_is_read_first(staff, measured):
    headings = Headings()
    headings.feed(page(staff, of(measured)).partition("<main")[2])
    assert headings.found[0] == "verdict-title"
    assert headings.without_scope == 0


def test_the_page_shows_both_arms_the_lift_and_its_range(staff, measured):
    html = text(page(staff, of(measured)))
    for said in ("15 %", "35 %", "+133 %", "Click-through rate", "always valid"):
        assert said in html


def test_nothing_is_told_by_its_colour_alone(staff, measured):
    html = page(staff, of(measured))
    rails = re.findall(r'<td class="rail rail--\w+">(.*?)</td>', html, re.DOTALL)
    (sign,) = re.findall(r'<p class="verdict__sign">(.*?)</p>', html, re.DOTALL)
    assert len(rails) == 5
    assert all(text(said) and "<svg" in said for said in [*rails, sign])


def test_the_course_of_the_effect_is_drawn_and_told(staff, measured):
    html = page(staff, of(measured))
    assert "band__area" in html
    assert "The figures of each day" in html
    assert "style=" not in html


def test_an_experiment_without_figures_has_a_page(staff, running):
    assert "No figures yet" in page(staff, of(running))


def test_mixed_lists_have_a_page_of_their_own(staff):
    trial = trials.experiment(kind="interleaving")
    trials.visit(trial, trials.person(trial, "a"), "a", clicks=2, team="b", competitive=6)
    snapshots.take(trial, at=START + DAY)
    html = text(page(staff, of(trial)))
    assert "Preference for B" in html
    assert "Promote to an A/B test" in html


def test_figures_of_an_earlier_phase_are_not_shown(staff, measured):
    Experiment.objects.filter(pk=measured.pk).update(phase=2)
    assert "No figures yet" in page(staff, of(measured))


def test_the_raw_sums_can_be_taken_away(staff, measured):
    told = json.loads(staff.get(f"{of(measured)}figures.json").content)
    assert told["sums"]["arms"]["a"]["n"] == 6
    rows = staff.get(f"{of(measured)}figures.csv").content.decode().splitlines()
    assert rows[0] == "arm,sum,value"
    assert any(row.startswith("b,clicks,") for row in rows)


def test_a_loss_has_a_minus_on_the_page_and_a_hyphen_in_the_file(staff):
    trial = trials.experiment(kind="interleaving")
    for number in range(3):
        trials.visit(trial, trials.person(trial, "a"), "a", clicks=2 - number // 2, team="a", competitive=0.5)
    trials.visit(trial, trials.person(trial, "a"), "a", clicks=1, team="b", competitive=0.5)
    snapshots.take(trial, at=START + DAY)
    html = text(page(staff, of(trial)))
    assert "Preference for B \u221250 %" in html
    assert "both,preference,-2.0" in staff.get(f"{of(trial)}figures.csv").content.decode().splitlines()


def test_without_figures_there_is_nothing_to_take_away(staff, draft):
    assert staff.get(f"{of(draft)}figures.json").status_code == 404


def test_names_are_shown_as_text(staff, admin):
    made = trying.draft(actor=admin, name="<script>alert(1)</script>")
    for path in (PAGE, of(made), of(made, "start")):
        assert "<script>alert(1)" not in page(staff, path)


def test_a_draft_is_started_from_its_page(staff, draft):
    html = text(page(staff, of(draft, "start")))
    assert "It says what you expect" in html
    staff.post(of(draft, "start"))
    assert Experiment.objects.get(pk=draft.pk).status == "running"


def test_what_is_missing_for_a_start_is_listed(staff, admin):
    made = trying.draft(actor=admin, hypothesis="")
    html = text(page(staff, of(made, "start")))
    assert "Write down what you expect" in html
    staff.post(of(made, "start"))
    assert Experiment.objects.get(pk=made.pk).status == "draft"


def test_a_start_sent_twice_is_told_and_changes_nothing(staff, running):
    answer = staff.post(of(running, "start"), follow=True)
    assert "It is running already" in answer.content.decode()


def test_a_step_asks_in_a_dialog_for_htmx(staff, running):
    html = page(staff, of(running, "stop"), headers=HTMX)
    assert "<html" not in html
    assert "dialog__head" in html


def test_a_stop_measures_once_more(staff, running, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = staff.post(of(running, "stop"), {"reason": "Enough"}, follow=True)
    assert "It is stopped" in answer.content.decode()
    assert running.snapshots.count() == 1
    assert "Enough" in answer.content.decode()


def test_a_stop_from_a_page_of_before_it_was_stopped_is_told_and_changes_nothing(staff, running):
    for reason in ("Enough", "Once more"):
        answer = staff.post(of(running, "stop"), {"reason": reason}, follow=True)
    assert "It is stopped already. Nothing was changed." in answer.content.decode()
    assert [event.detail["reason"] for event in running.events.filter(action="stop")] == ["Enough"]


def test_to_conclude_against_the_figures_asks_for_a_reason(staff, running):
    answer = staff.post(of(running, "conclude"), {"outcome": "b", "note": ""})
    assert answer.status_code == 422
    assert "Give your reason" in answer.content.decode()
    assert Experiment.objects.get(pk=running.pk).status == "running"


def test_a_conclusion_with_a_reason_is_kept_and_shown(staff, running):
    staff.post(of(running, "conclude"), {"outcome": "b", "note": "It is cheaper and people like it."})
    html = text(page(staff, of(running)))
    assert "B has won" in html
    assert "It is cheaper and people like it." in html
    assert "Decided against the rule." in html


def test_a_winner_is_shipped_from_its_page(staff, running, admin):
    experiments.conclude(experiment_id=running.pk, actor=admin, outcome="b", by_rule=True)
    assert "From their next page on they get" in page(staff, of(running, "ship"))
    staff.post(of(running, "ship"))
    assert Experiment.objects.get(pk=running.pk).status == "shipped"
    assert "It is shipped already" in staff.post(of(running, "ship"), follow=True).content.decode()


def test_a_new_phase_from_its_page_takes_the_new_split(staff, running):
    said = {"phase": 1, "algorithm_a": "hybrid", "algorithm_b": "popular", "share": "70"}
    staff.post(of(running, "phase"), said)
    after = Experiment.objects.get(pk=running.pk)
    assert (after.phase, after.traffic_split, after.algorithm_b) == (2, 0.7, "popular")


def test_what_goes_on_after_a_stop_is_measured_again(staff, running):
    staff.post(of(running, "stop"), {"reason": ""})
    said = {"phase": 1, "algorithm_a": "hybrid", "algorithm_b": "popular", "share": "50"}
    staff.post(of(running, "phase"), said)
    after = Experiment.objects.get(pk=running.pk)
    trials.visit(after, trials.person(after, "a", since=timezone.now()), "a", at=timezone.now())
    found = snapshots.take(after, at=timezone.now() + timedelta(minutes=1))
    assert found.results["people"] == [1, 0]


def test_mixed_lists_become_the_draft_of_a_test(staff, admin):
    trial = trials.experiment(kind="interleaving")
    answer = staff.post(of(trial, "promote"), {"name": "As a test"})
    made = Experiment.objects.get(name="As a test")
    assert answer.url == of(made, "edit")
    assert made.kind == "ab"


def test_measuring_is_asked_for_by_a_button(staff, running, django_capture_on_commit_callbacks):
    assert staff.get(f"{of(running)}measure/").status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(f"{of(running)}measure/")
    assert running.snapshots.count() == 1


def test_an_experiment_that_does_not_exist_is_not_found(staff):
    assert staff.get(f"{PAGE}999999/").status_code == 404
