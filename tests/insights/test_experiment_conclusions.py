"""What is kept of a decision, and what is said of simulated people."""

import pytest
from django.test import Client
from django.utils import translation

from insights.experiments import sentences, verdicts
from insights.models import ExperimentSnapshot
from insights.services import snapshots
from recs.models import Experiment, ExperimentEvent
from tests.insights import trials
from tests.insights.made_sums import readers, sums
from tests.insights.test_experiment_verdicts import analysis, text
from tests.insights.trials import DAY, START

PAGE = "/insights/experiments/"
REASON = "It is cheaper and people like it."


@pytest.fixture
def staff(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def measured(db) -> Experiment:
    trial = trials.experiment(name="Measured")
    for variant, clicks in (("a", 1), ("b", 3)):
        for number in range(6):
            trials.visit(trial, trials.person(trial, variant), variant, clicks=clicks + number % 2)
    snapshots.take(trial, at=START + 9 * DAY)
    return trial


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def conclude(client: Client, trial: Experiment) -> None:
    client.post(f"{PAGE}{trial.pk}/conclude/", {"outcome": "b", "note": REASON})


def test_the_words_of_the_verdict_are_kept_with_the_decision(staff, measured):
    read = verdicts.verdict(measured, snapshots.latest(measured))
    conclude(staff, measured)
    kept = ExperimentEvent.objects.get(action="conclude").detail["figures"]
    assert kept["snapshot"] == snapshots.latest(measured).pk
    assert kept["said"] == {"headline": read.headline, "sentences": read.sentences, "language": "en"}


def test_a_later_release_cannot_reword_what_was_read(staff, measured, monkeypatch):
    read = verdicts.verdict(measured, snapshots.latest(measured))
    conclude(staff, measured)
    monkeypatch.setattr(sentences, "headline", lambda told: "Something else")
    found = page(staff, f"{PAGE}{measured.pk}/")
    assert read.headline in found
    assert "Something else" not in found


def test_what_was_read_in_another_language_says_which(staff, measured):
    conclude(staff, measured)
    with translation.override("ar"):
        found = staff.get(f"{PAGE}{measured.pk}/", headers={"Accept-Language": "ar"}).content.decode()
    assert '<q lang="en">' in found


def test_a_decision_without_figures_has_a_page(staff, db):
    trial = trials.experiment(name="Never measured")
    conclude(staff, trial)
    assert REASON in page(staff, f"{PAGE}{trial.pk}/")


def test_whoever_concludes_is_told_that_everybody_reads_their_reason(staff, measured):
    assert "Everybody can read it" in page(staff, f"{PAGE}{measured.pk}/conclude/")


def of_simulated_people(second: float, **design) -> verdicts.Verdict:
    made = sums(readers(2500, 0.1, seed=1), readers(2500, second, seed=2), final=True, **design)
    shown = Experiment(pk=1, namespace_start=Experiment.FOR_SHOW[0], namespace_end=Experiment.FOR_SHOW[1])
    return verdicts.verdict(shown, ExperimentSnapshot(experiment_id=1, sums=made, results=analysis.analyse(made)))


def test_a_winner_among_simulated_people_is_never_to_be_shipped():
    found = of_simulated_people(0.13)
    assert (found.state, found.ship_allowed) == ("b_better", False)
    assert found.headline == "B is better with simulated people: there is nothing to ship"
    assert "and ship." not in text(found)
    assert found.sentences[0].startswith("Its people are simulated")


def test_every_other_verdict_on_simulated_people_says_so():
    found = of_simulated_people(0.08)
    assert found.state == "a_better"
    assert found.headline.endswith("(simulated people)")


def test_a_stop_that_is_refused_measures_nothing(staff, measured, django_capture_on_commit_callbacks):
    conclude(staff, measured)
    before = measured.snapshots.count()
    with django_capture_on_commit_callbacks(execute=True) as asked:
        staff.post(f"{PAGE}{measured.pk}/stop/", {"reason": "Again"})
    assert asked == []
    assert measured.snapshots.count() == before
