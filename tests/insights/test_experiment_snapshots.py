"""Snapshots: what stands in them, when they are taken, what they tell the experiment, and that they never change."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from insights import tasks
from insights.experiments import power, verdicts
from insights.models import ExperimentSnapshot
from insights.services import snapshots
from recs.models import Assignment, Experiment, ExperimentEvent
from tests import factories
from tests.insights import trials
from tests.insights.trials import DAY, HOUR, START

pytestmark = pytest.mark.django_db
END = START + 28 * DAY


@pytest.fixture
def trial():
    """Forty people an arm; those with B click more."""
    made = trials.experiment(minimum_sample_size=30)
    fill(made)
    return made


def fill(trial, people=40, clicks=(1, 4)):
    for variant, least in zip("ab", clicks, strict=True):
        for number, user in enumerate(trials.people(trial, variant, people)):
            trials.visit(trial, user, variant, clicks=least + number % 3, at=START + HOUR)


def test_a_snapshot_holds_sums_results_and_the_code_that_made_them(trial):
    made = snapshots.take(trial, at=START + 9 * DAY)
    made.refresh_from_db()
    assert (made.sums["arms"]["b"]["n"], made.results["verdict"]["state"]) == (40, "b_better")
    assert (made.srm_p, len(made.code_version)) == (made.results["srm"]["p"], 16)


def test_a_snapshot_cannot_be_changed(trial):
    made = snapshots.take(trial, at=START + 9 * DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.save()


def test_late_events_are_in_the_next_snapshot_and_the_old_one_stays(trial):
    at = START + 9 * DAY
    first = snapshots.take(trial, at=at)
    trials.visit(trial, Assignment.objects.filter(variant="a")[0].user, "a", clicks=5, at=START + DAY)
    second = snapshots.take(trial, at=at)
    first.refresh_from_db()
    clicks = [made.sums["arms"]["a"]["clicks"] for made in (first, second)]
    assert clicks[1] - clicks[0] == 5


def test_the_experiment_is_told_p_value_effect_and_significance_and_no_winner(trial):
    goal = snapshots.take(trial, at=START + 9 * DAY).results["goal"]
    trial.refresh_from_db()
    assert (trial.p_value, trial.effect_size) == (goal["p"], goal["effect"])
    assert (trial.statistical_significance, trial.winner_algorithm) == (1.0, None)


def test_an_experiment_without_people_is_told_nothing():
    trial = trials.experiment()
    assert snapshots.take(trial, at=START + DAY).results["verdict"]["state"] == "no_data"
    trial.refresh_from_db()
    assert (trial.p_value, trial.effect_size, trial.statistical_significance) == (None, None, None)


@pytest.mark.parametrize("status", ["concluded", "shipped", "draft"])
def test_what_was_decided_is_not_touched_again(trial, status):
    Experiment.objects.filter(pk=trial.pk).update(status=status, p_value=0.5)
    snapshots.take(trial, at=START + 9 * DAY)
    trial.refresh_from_db()
    assert trial.p_value == 0.5


def test_a_look_back_does_not_change_what_the_experiment_shows(trial):
    snapshots.take(trial, at=START + 9 * DAY)
    trial.refresh_from_db()
    shown = trial.p_value
    snapshots.take(trial, at=START + 1 * HOUR)
    trial.refresh_from_db()
    assert trial.p_value == shown


def test_the_planned_end_hands_over_from_looks_to_the_one_test(trial):
    found = [snapshots.take(trial, at=at).results["decided_by"] for at in (END - HOUR, END)]
    assert found == ["always_valid", "welch"]


def test_what_happens_after_the_stop_does_not_count_and_looks_go_on_deciding(trial):
    ExperimentEvent.objects.create(experiment=trial, action="stop", at=START + 8 * DAY)
    trials.visit(trial, Assignment.objects.filter(variant="a")[0].user, "a", clicks=5, at=START + 9 * DAY)
    made = snapshots.take(trial, at=END + DAY)
    assert made.sums["arms"]["a"]["impressions"] == 400
    assert (made.sums["design"]["days"], made.results["decided_by"]) == (8, "always_valid")


def test_what_was_stopped_too_early_is_undecided_and_collects_no_more(trial):
    ExperimentEvent.objects.create(experiment=trial, action="stop", at=START + 2 * DAY)
    verdict = verdicts.verdict(trial, snapshots.take(trial, at=START + 3 * DAY))
    assert (verdict.state, verdict.headline) == ("inconclusive", "Undecided at the end")


@pytest.mark.parametrize(("metric", "days"), [("conversion", 7), ("retention", 14)])
def test_windows_are_waited_for_after_the_planned_end(trial, metric, days):
    trial.target_metric = metric
    trial.save()
    late = END + days * DAY
    designs = [snapshots.take(trial, at=at).sums["design"] for at in (END + HOUR, late)]
    assert [(design["waiting"], design["final"]) for design in designs] == [(True, False), (False, True)]


@pytest.mark.parametrize(("split", "planned"), [(0.5, 60), (0.1, 300), (0.9, 300)])
def test_the_interval_is_tuned_to_the_planned_people_of_both_arms(trial, split, planned):
    trial.traffic_split = split
    assert snapshots.take(trial, at=END).sums["design"]["tuning"] == pytest.approx(planned, abs=1)


def test_days_are_counted_from_the_first_exposure(trial):
    designs = [snapshots.take(trial, at=START + hours * HOUR).sums["design"] for hours in (167, 168)]
    assert [design["days"] for design in designs] == [6, 7]


def test_a_new_phase_begins_without_the_people_of_the_old(trial):
    trial.phase = 2
    trial.save()
    assert snapshots.take(trial, at=END).results["people"] == [0, 0]


def test_the_newest_snapshot_of_the_phase_is_the_one_shown(trial):
    for day in (9, 8):
        snapshots.take(trial, at=START + day * DAY)
    assert snapshots.latest(trial).at == START + 9 * DAY
    trial.phase = 2
    assert snapshots.latest(trial) is None
    assert snapshots.verdict_of(trial) is None


def test_running_experiments_are_looked_at_and_others_are_not(trial):
    trials.experiment(status="draft")
    trials.experiment(status="stopped")
    assert snapshots.take_running(now=START + DAY) == 1


def test_at_night_those_that_wait_for_a_decision_are_looked_at_too(trial):
    trials.experiment(status="stopped")
    trials.experiment(status="concluded")
    assert snapshots.take_nightly(now=START + DAY) == 2


def test_one_that_cannot_be_measured_does_not_hide_the_others(trial, monkeypatch, caplog):
    broken = trials.experiment()
    measure = snapshots.measure

    def fails(experiment, *, at):
        if experiment.pk == broken.pk:
            raise ZeroDivisionError
        return measure(experiment, at=at)

    monkeypatch.setattr(snapshots, "measure", fails)
    assert snapshots.take_running(now=START + DAY) == 1
    assert f"experiment {broken.pk} could not be measured" in caplog.text


def test_what_is_over_is_looked_at_every_night_until_all_windows_are_complete(trial):
    assert snapshots.take_running(now=END + DAY) == 0
    assert [snapshots.take_nightly(now=END + days * DAY) for days in (1, 13, 14, 15)] == [1, 1, 1, 0]


def test_what_has_not_begun_is_not_looked_at(trial):
    assert (snapshots.take_running(now=START - DAY), snapshots.take_nightly(now=START - DAY)) == (0, 0)


def test_the_tasks_take_snapshots():
    trial = trials.experiment(start_date=timezone.now() - DAY, end_date=timezone.now() + DAY)
    for task in (tasks.look_at_running_experiments, tasks.look_at_undecided_experiments):
        task.call_local()
    tasks.look_at_experiment(trial.pk)
    tasks.look_at_experiment(0)
    assert ExperimentSnapshot.objects.count() == 3


def test_people_who_close_their_account_leave_the_next_snapshot_and_not_the_last(trial):
    first = snapshots.take(trial, at=END)
    Assignment.objects.filter(variant="b")[0].user.delete()
    second = snapshots.take(trial, at=END)
    first.refresh_from_db()
    assert [made.results["people"] for made in (first, second)] == [[40, 40], [40, 39]]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=some.tuples(some.integers(0, 4), some.integers(0, 4)),
    metric=some.sampled_from(["ctr", "engagement", "rating", "retention"]),
    days=some.integers(1, 45),
    kind=some.sampled_from(["ab", "interleaving"]),
)
def test_no_stored_verdict_differs_when_worked_out_again_from_its_own_sums(db, people, metric, days, kind):
    trial = trials.experiment(target_metric=metric, kind=kind)
    for variant, count in zip("ab", people, strict=True):
        for number, user in enumerate(trials.people(trial, variant, count)):
            trials.visit(trial, user, variant, clicks=number, films=6, team=variant, competitive=0.5)
            trials.log(user, "rating_submit", at=START + number * DAY, metadata={"rating": 3.5})
    made = ExperimentSnapshot.objects.get(pk=snapshots.take(trial, at=START + days * DAY).pk)
    assert snapshots.recomputed(made) == made.results
    assert verdicts.verdict(trial, made).state == made.results["verdict"]["state"]


def test_the_command_says_what_running_experiments_show(trial):
    said = io.StringIO()
    call_command("analyse_experiments", at="2026-03-14T12:00Z", stdout=said)
    assert said.getvalue().startswith(f"{trial.name}: B is better")


def test_the_command_gives_sums_as_json(trial):
    said = io.StringIO()
    call_command("analyse_experiments", trial.name, "--json", at="2026-03-14T12:00Z", stdout=said)
    assert '"impressions": 400.0' in said.getvalue()


@pytest.mark.parametrize("asked", [{"names": ["Nobody's"]}, {"at": "soon"}, {"at": "2026-03-14T12:00"}])
def test_the_command_refuses_what_it_does_not_know(asked):
    with pytest.raises(CommandError):
        call_command("analyse_experiments", *asked.pop("names", []), **asked)


def visitors(people=60, days=28):
    """People who are there for the first time on this or that day, see a list and click a film."""
    trial = trials.experiment()
    for number in range(people):
        user = factories.user(data_usage_consent=True)
        at = START + (number % days) * DAY
        trials.visit(trial, user, "a", clicks=number % 3, at=at)
        trials.log(user, "movie_view", at=at + timedelta(minutes=5), session_id=f"s{number}")


def test_a_plan_comes_from_the_people_of_the_last_four_weeks():
    visitors()
    plan = power.plan("ctr", days=14, at=END)
    assert (plan.people, plan.per_arm, plan.mean) == (pytest.approx(32, abs=4), (16, 16), pytest.approx(0.1, abs=0.02))
    assert plan.mde_running > plan.mde > 0
    assert plan.text.startswith("Click-through rate: with your traffic, in 14 days you can see a change of ±")


def test_more_days_show_smaller_changes():
    visitors()
    changes = [power.plan("ctr", days=days, at=END).mde for days in (14, 28, 56)]
    assert changes == sorted(changes, reverse=True)


def test_an_uneven_split_shows_less():
    visitors()
    assert power.plan("ctr", days=28, split=0.2, at=END).mde > power.plan("ctr", days=28, at=END).mde


def test_the_people_needed_show_what_they_are_needed_for():
    visitors()
    plan = power.plan("ctr", days=28, at=END)
    assert plan.needed(0.2) == pytest.approx(4 * plan.needed(0.4), rel=0.01)


@pytest.mark.parametrize("metric", ["ctr", "engagement", "time_spent", "conversion", "retention", "rating"])
def test_without_visitors_there_is_nothing_to_plan_with(metric):
    plan = power.plan(metric, days=14, at=END)
    assert (plan.mde, plan.mde_running, plan.needed(0.1)) == (None, None, None)
    assert plan.text.endswith("the last 28 days have too little of it to plan with.")


@pytest.mark.parametrize("asked", [{"metric": "luck", "days": 7}, {"metric": "ctr", "days": 0}])
def test_a_plan_that_cannot_be_is_refused(asked):
    with pytest.raises(ValueError, match="no such metric|lasts a day"):
        power.plan(asked["metric"], days=asked["days"])
