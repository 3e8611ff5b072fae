"""The life of an experiment: each step fits or is refused with a sentence, and is written down with who did it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from recs import experiment_checks
from recs.models import Assignment, Experiment, ExperimentEvent
from recs.services import defaults, experiments
from recs.services.experiments import ReasonNeeded, Refused
from tests.recs import trying

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def models(monkeypatch):
    monkeypatch.setattr(experiment_checks, "_is_fresh", lambda name, now: True)


@pytest.fixture
def draft(admin, models) -> Experiment:
    return trying.draft(actor=admin)


@pytest.fixture
def running(draft, admin) -> Experiment:
    return experiments.start(experiment_id=draft.pk, actor=admin)


@pytest.fixture
def concluded(running, admin) -> Experiment:
    return experiments.conclude(experiment_id=running.pk, actor=admin, outcome="b", by_rule=True)


def actions(experiment: Experiment) -> list[str]:
    return list(ExperimentEvent.objects.filter(experiment=experiment).values_list("action", flat=True))


def test_a_draft_is_made_by_somebody_and_written_down(draft, admin):
    assert (draft.status, draft.created_by, actions(draft)) == ("draft", admin, ["create"])


def test_two_experiments_cannot_have_one_name(draft, admin):
    with pytest.raises(Refused, match="this name"):
        trying.draft(actor=admin, name=draft.name)


def test_everything_of_a_draft_can_change(draft, admin):
    changed = experiments.edit(
        experiment_id=draft.pk, actor=admin, seen=draft.updated_at, algorithm_b="popular", traffic_split=0.3
    )
    assert (changed.algorithm_b, changed.traffic_split) == ("popular", 0.3)
    assert actions(draft) == ["create", "edit"]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(draft, admin):
    experiments.edit(experiment_id=draft.pk, actor=admin, seen=draft.updated_at, hypothesis="Another hypothesis.")
    with pytest.raises(Refused, match="meanwhile"):
        experiments.edit(experiment_id=draft.pk, actor=admin, seen=draft.updated_at, name="Mine")


def test_an_edit_that_changes_nothing_is_not_written_down(draft, admin):
    experiments.edit(experiment_id=draft.pk, actor=admin, seen=None, name=draft.name)
    assert actions(draft) == ["create"]


@pytest.mark.parametrize(
    "change",
    [{"traffic_split": 0.4}, {"algorithm_a": "popular"}, {"target_metric": "rating"}, {"kind": "interleaving"}],
)
def test_nothing_that_moves_people_can_change_while_it_runs(running, admin, change):
    with pytest.raises(Refused, match="new phase"):
        experiments.edit(experiment_id=running.pk, actor=admin, seen=None, **change)


def test_words_and_a_later_end_can_change_while_it_runs(running, admin):
    later = running.end_date + DAY
    changed = experiments.edit(experiment_id=running.pk, actor=admin, seen=None, name="Renamed", end_date=later)
    assert (changed.name, changed.end_date) == ("Renamed", later)


def test_an_earlier_end_is_refused_while_it_runs(running, admin):
    with pytest.raises(Refused, match="put off"):
        experiments.edit(experiment_id=running.pk, actor=admin, seen=None, end_date=running.end_date - DAY)


def test_what_has_ended_does_not_change(concluded, admin):
    with pytest.raises(Refused, match="ended"):
        experiments.edit(experiment_id=concluded.pk, actor=admin, seen=None, name="Better")


def test_a_start_draws_a_fresh_seed(running):
    assert (running.status, len(running.seed)) == ("running", 16)
    assert actions(running) == ["create", "start"]


def test_a_start_that_was_planned_for_the_past_is_now(draft, admin):
    before = timezone.now()
    assert experiments.start(experiment_id=draft.pk, actor=admin).start_date >= before


def test_a_second_start_changes_nothing(running, admin):
    with pytest.raises(Refused, match="running already"):
        experiments.start(experiment_id=running.pk, actor=admin)
    assert Experiment.objects.get(pk=running.pk).seed == running.seed


def test_without_a_hypothesis_it_does_not_start(draft, admin):
    Experiment.objects.filter(pk=draft.pk).update(hypothesis="")
    with pytest.raises(Refused, match="expect"):
        experiments.start(experiment_id=draft.pk, actor=admin)
    assert Experiment.objects.get(pk=draft.pk).status == "draft"


def test_without_fresh_models_it_does_not_start(admin):
    made = trying.draft(actor=admin)
    with pytest.raises(Refused, match="Train first"):
        experiments.start(experiment_id=made.pk, actor=admin)


def test_after_its_end_it_does_not_start(draft, admin):
    now = draft.end_date + DAY
    with pytest.raises(Refused, match="end is over"):
        experiments.start(experiment_id=draft.pk, actor=admin, now=now)


def test_two_do_not_run_with_the_same_people(running, admin):
    second = trying.draft(actor=admin)
    with pytest.raises(Refused, match="same part"):
        experiments.start(experiment_id=second.pk, actor=admin)


def test_two_run_side_by_side_on_parts_that_do_not_meet(admin, models):
    parts = [(0.0, 0.5), (0.5, 1.0)]
    made = [trying.draft(actor=admin, namespace_start=low, namespace_end=high) for low, high in parts]
    started = [experiments.start(experiment_id=one.pk, actor=admin) for one in made]
    assert {one.status for one in started} == {"running"}
    assert started[0].seed != started[1].seed


def phase(running, admin, **said):
    return experiments.new_phase(
        **{
            "experiment_id": running.pk,
            "phase": 1,
            "actor": admin,
            "traffic_split": 0.2,
            "algorithm_a": "hybrid",
            "algorithm_b": "popular",
            **said,
        }
    )


def test_a_new_phase_draws_anew_and_keeps_the_old_rows(running, admin, viewer):
    Assignment.objects.create(experiment=running, user=viewer, phase=1, variant="a", bucket=1)
    after = phase(running, admin)
    assert (after.phase, after.traffic_split, after.algorithm_b) == (2, 0.2, "popular")
    assert after.seed != running.seed
    assert Assignment.objects.filter(experiment=running, phase=1).count() == 1


def test_a_phase_begun_twice_begins_once(running, admin):
    phase(running, admin)
    with pytest.raises(Refused, match="already"):
        phase(running, admin)
    assert Experiment.objects.get(pk=running.pk).phase == 2


def test_what_was_stopped_goes_on_with_a_new_phase(running, admin):
    experiments.stop(experiment_id=running.pk, actor=admin)
    after = phase(running, admin)
    assert (after.status, after.phase) == ("running", 2)
    assert after.seed != running.seed


def test_a_draft_has_no_phase_to_follow(draft, admin):
    with pytest.raises(Refused, match="not running"):
        phase(draft, admin)


def test_a_stop_keeps_its_reason(running, admin):
    assert experiments.stop(experiment_id=running.pk, actor=admin, reason=" too slow ").status == "stopped"
    event = ExperimentEvent.objects.get(experiment=running, action="stop")
    assert (event.actor, event.detail) == (admin, {"reason": "too slow"})


def test_a_second_stop_changes_nothing(running, admin):
    experiments.stop(experiment_id=running.pk, actor=admin)
    with pytest.raises(Refused, match="stopped already"):
        experiments.stop(experiment_id=running.pk, actor=admin)


@pytest.mark.parametrize(
    ("outcome", "winner"), [("a", "hybrid"), ("b", "collaborative"), ("none", None), ("invalid", None)]
)
def test_a_conclusion_names_the_winner(running, admin, outcome, winner):
    after = experiments.conclude(experiment_id=running.pk, actor=admin, outcome=outcome, by_rule=True)
    assert (after.status, after.winner_algorithm) == ("concluded", winner)


@pytest.mark.parametrize("note", ["", "   ", "why not"])
def test_against_the_rule_a_reason_is_needed(running, admin, note):
    with pytest.raises(ReasonNeeded):
        experiments.conclude(experiment_id=running.pk, actor=admin, outcome="b", by_rule=False, note=note)
    assert Experiment.objects.get(pk=running.pk).status == "running"


def test_against_the_rule_with_a_reason_it_is_concluded_and_told(running, admin):
    experiments.conclude(
        experiment_id=running.pk, actor=admin, outcome="b", by_rule=False, note="B is cheaper to run for us."
    )
    detail = ExperimentEvent.objects.get(experiment=running, action="conclude").detail
    assert (detail["outcome"], detail["by_rule"]) == ("b", False)


def test_a_second_conclusion_changes_nothing(concluded, admin):
    with pytest.raises(Refused, match="concluded already"):
        experiments.conclude(experiment_id=concluded.pk, actor=admin, outcome="a", by_rule=True)
    assert Experiment.objects.get(pk=concluded.pk).winner_algorithm == "collaborative"


def test_an_outcome_that_does_not_exist_is_an_error(running, admin):
    with pytest.raises(ValueError, match="outcome"):
        experiments.conclude(experiment_id=running.pk, actor=admin, outcome="c", by_rule=True)


def test_what_was_never_started_cannot_be_concluded(draft, admin):
    with pytest.raises(Refused, match="not been started"):
        experiments.conclude(experiment_id=draft.pk, actor=admin, outcome="b", by_rule=True)


def test_a_shipped_winner_is_everybodys_default(concluded, admin):
    assert experiments.ship(experiment_id=concluded.pk, actor=admin).status == "shipped"
    assert defaults.current().algorithm == "collaborative"


def test_a_second_shipping_changes_nothing(concluded, admin):
    experiments.ship(experiment_id=concluded.pk, actor=admin)
    with pytest.raises(Refused, match="shipped already"):
        experiments.ship(experiment_id=concluded.pk, actor=admin)


def test_without_a_winner_nothing_is_shipped(running, admin):
    experiments.conclude(experiment_id=running.pk, actor=admin, outcome="none", by_rule=True)
    with pytest.raises(Refused, match="no winner"):
        experiments.ship(experiment_id=running.pk, actor=admin)


def test_mixed_lists_are_not_shipped_but_promoted(admin, models):
    made = trying.draft(actor=admin, kind="interleaving")
    experiments.start(experiment_id=made.pk, actor=admin)
    experiments.conclude(experiment_id=made.pk, actor=admin, outcome="b", by_rule=True)
    with pytest.raises(Refused, match="A/B test"):
        experiments.ship(experiment_id=made.pk, actor=admin)
    draft = experiments.promote(experiment_id=made.pk, actor=admin, name="As a test")
    assert (draft.kind, draft.status, draft.algorithm_b) == ("ab", "draft", made.algorithm_b)


def test_what_runs_is_not_put_away(running, admin):
    with pytest.raises(Refused, match="Stop it first"):
        experiments.archive(experiment_id=running.pk, actor=admin)


def test_what_is_over_is_put_away_once(concluded, admin):
    assert experiments.archive(experiment_id=concluded.pk, actor=admin).is_active is False
    with pytest.raises(Refused, match="already"):
        experiments.archive(experiment_id=concluded.pk, actor=admin)


def test_every_step_is_written_down_in_order(concluded, admin):
    experiments.ship(experiment_id=concluded.pk, actor=admin)
    experiments.archive(experiment_id=concluded.pk, actor=admin)
    assert actions(concluded) == ["create", "start", "conclude", "ship", "archive"]


@pytest.mark.django_db(transaction=True)
def test_of_many_starts_at_once_one_starts_it(admin, models):
    made = trying.draft(actor=admin)

    def start(_number: int) -> bool:
        try:
            experiments.start(experiment_id=made.pk, actor=admin)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(start, range(4))) == 1
    assert actions(made) == ["create", "start"]
