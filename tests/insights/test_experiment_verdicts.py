"""The rule that turns results into a verdict, and the words it is told in."""

import re

import numpy as np
import pytest
from django.utils import translation

from insights.experiments import analysis, health, verdicts
from insights.models import ExperimentSnapshot
from recs.models import Experiment
from tests.insights.made_sums import arm, mixed, readers, sums


def judged(made):
    experiment = Experiment(pk=1, name="Old against new")
    return verdicts.verdict(experiment, ExperimentSnapshot(experiment_id=1, sums=made, results=analysis.analyse(made)))


def of(first, second, people=900, daily=None, **design):
    """Two arms whose people click so often."""
    arms = (readers(people, rate, seed=seed) for seed, rate in ((1, first), (2, second)))
    return judged(sums(*arms, daily=daily, **design))


def text(verdict):
    return " ".join([verdict.headline, *verdict.sentences, *verdict.unmet])


def test_nobody_yet():
    assert judged(sums(arm(0), arm(0))).state == "no_data"


def test_too_few_people_are_collected():
    found = of(0.1, 0.2, people=400)
    assert found.state == "collecting"
    assert "400 of at least 500 people are counted in the smaller arm." in found.sentences


def test_less_than_a_week_is_collected_however_clear_it_is():
    found = of(0.1, 0.3, days=6)
    assert found.state == "collecting"
    assert "It has run for 6 full days; it needs 7, so that every day of the week counts." in found.sentences


def test_a_first_day_is_told_in_the_singular():
    assert "It has run for 1 full day; it needs 7" in text(of(0.1, 0.3, days=1))


def test_b_is_better():
    found = of(0.1, 0.13)
    assert (found.state, found.numbers["effect"] > 0) == ("b_better", True)


def test_a_is_better():
    found = of(0.13, 0.1)
    assert (found.state, found.headline) == ("a_better", "A is better: keep Popular")


def test_no_difference_where_the_interval_is_within_what_was_planned_to_be_seen():
    a, b = (readers(3000, 0.1, seed=seed) for seed in (1, 1))
    found = judged(sums(a, b, minimum=1500, tuning=3000, final=True))
    assert found.state == "no_difference"
    assert "If there is a difference, it is smaller than" in text(found)


def test_undecided_while_it_runs():
    found = of(0.1, 0.103, people=500)
    assert (found.state, found.headline) == ("inconclusive", "Undecided so far: keep it running")


def test_undecided_at_the_end():
    found = of(0.1, 0.103, people=500, final=True)
    assert (found.state, found.headline) == ("inconclusive", "Undecided at the end")


def test_too_few_people_at_the_end_leave_it_undecided():
    found = of(0.1, 0.2, people=400, final=True)
    assert (found.state, found.ship_allowed) == ("inconclusive", False)
    assert "400 of at least 500 people are counted in the smaller arm." in found.sentences


def test_while_windows_are_open_it_is_said_that_counting_goes_on():
    assert "The planned end is over" in text(of(0.1, 0.1, people=400, waiting=True))


def test_a_split_that_was_not_kept_blocks_any_verdict():
    found = of(0.1, 0.3, daily=[[90, 45]] * 10)
    assert (found.state, found.ship_allowed) == ("unhealthy", False)
    assert found.sentences[0].startswith("The arms do not have the numbers of people that the split promised")


@pytest.mark.parametrize(("more", "blocks"), [(11, False), (16, True)])
def test_a_split_that_is_a_little_off_blocks_below_one_in_a_thousand(more, blocks):
    """By chi-square at the end: 900 and 1,010 people have p = 0.012, 900 and 1,060 have 0.0003."""
    found = of(0.1, 0.13, daily=[[90, 90 + more]] * 10, final=True)
    assert (found.state == "unhealthy") is blocks


@pytest.mark.parametrize(("crossed", "state"), [(1, "b_better"), (30, "unhealthy")])
def test_people_who_saw_both_arms_block_when_they_are_many(crossed, state):
    a = readers(900, 0.1, seed=1, crossed=np.arange(900) < crossed)
    found = judged(sums(a, readers(900, 0.13, seed=2)))
    assert found.state == state
    assert "were shown lists of the other arm" in text(found)


def test_lists_of_another_algorithm_are_pointed_out_with_their_arm():
    fallback = np.arange(900) % 10 == 0
    found = judged(sums(readers(900, 0.1, seed=1), readers(900, 0.1, seed=2, fallback=fallback, lists=1)))
    assert "In arm B, 10\u00a0% of the lists came from another algorithm than planned." in found.sentences


def test_simulated_people_are_pointed_out():
    made = {**sums(readers(900, 0.1, seed=1), readers(900, 0.1, seed=2)), "simulated": 12}
    assert "12 of these people are made up by the demo" in text(judged(made))


def test_who_rates_is_pointed_out_where_ratings_are_the_goal():
    codes = [found["code"] for found in analysis.analyse(sums(arm(9), arm(9), metric="rating"))["health"]]
    assert "raters_choose" in codes


def test_b_may_be_shipped_when_everything_holds():
    found = of(0.1, 0.13, people=2500, final=True)
    assert (found.ship_allowed, found.unmet) == (True, [])
    assert found.headline == "B is better: ship Everything together"


def test_b_is_not_shipped_while_a_guardrail_is_worse():
    made = sums(readers(2500, 0.1, seed=1), readers(2500, 0.13, seed=2, slow=2), final=True)
    found = judged(made)
    assert (found.state, found.ship_allowed) == ("b_better", False)
    assert found.unmet == ["Time to the picks (95th percentile): worse with B than with A."]
    assert found.headline == "B is better, but do not ship Everything together yet"


def test_what_is_missing_is_said_in_full():
    found = of(0.1, 0.1, people=100, days=3)
    assert "Too few people have seen it." in found.unmet
    assert "It has not run for a week." in found.unmet
    assert "B is not shown to be better." in found.unmet


def test_no_effect_is_told_while_something_is_wrong():
    assert "with B compared with A" not in text(of(0.1, 0.3, daily=[[90, 45]] * 10))


@pytest.mark.parametrize(
    ("first", "second", "said", "advice"),
    [
        (0.1, 0.13, {"final": True, "people": 2500}, "Every condition is met: conclude the experiment, and ship."),
        (0.13, 0.1, {}, "Leave everything as it is: with B the goal gets worse."),
        (0.1, 0.103, {"people": 700}, "Do not change anything yet."),
        (0.1, 0.103, {"people": 700, "final": True}, "Keep A, or plan it again with more people."),
    ],
)
def test_it_is_said_first_what_to_do(first, second, said, advice):
    assert of(first, second, **said).sentences[0] == advice


def test_an_a_a_test_never_ships():
    found = of(0.1, 0.13, people=2500, final=True, is_aa=True)
    assert (found.headline, found.ship_allowed) == ("A difference where there can be none", False)


def test_mixed_lists_never_ship_by_themselves():
    found = judged(mixed(np.random.default_rng(1).integers(-1, 4, 900)))
    assert (found.state, found.ship_allowed) == ("b_better", False)
    assert "Mixed lists only tell which list people prefer. Run an A/B test before you ship." in found.unmet


def test_mixed_lists_count_all_their_people_together():
    found = judged(mixed(np.random.default_rng(1).integers(-1, 4, 400)))
    assert "400 of at least 500 people have seen it." in found.sentences


def test_the_words_give_effect_interval_people_and_days():
    found = of(0.1, 0.13)
    goal = found.numbers
    assert f"Click-through rate: +{100 * goal['effect']:.0f}\u00a0% with B compared with A." in text(found)
    assert "Counted: 900 people with A and 900 with B in 14 full days." in found.sentences
    assert "(95\u00a0% interval)" in text(found)


def test_more_people_are_asked_for_with_the_days_they_take():
    assert "more people would show it: some" in text(of(0.1, 0.108, people=500))


def test_an_effect_too_small_to_wait_for_is_told_so():
    assert "more than a year" in text(of(0.1, 0.1012, people=500, per_day=1))


def test_whoever_looks_early_is_told_that_they_may():
    assert "This holds however often you look." in of(0.1, 0.13).sentences


def test_words_are_said_in_the_language_of_the_reader():
    with translation.override("de"):
        words = text(of(0.1, 0.13, people=2000))
    assert ".000 Personen" in words or "2.000" in words
    assert "people" not in words


def test_a_snapshot_of_another_experiment_is_refused():
    with pytest.raises(ValueError, match="another experiment"):
        verdicts.verdict(Experiment(pk=1), ExperimentSnapshot(experiment_id=2))


def test_findings_that_block_come_first():
    a = readers(900, 0.1, seed=1, crossed=np.arange(900) < 90)
    levels = [found["level"] for found in analysis.analyse(sums(a, readers(900, 0.1, seed=2)))["health"]]
    assert levels == sorted(levels, key=[health.BLOCK, health.WARN, health.NOTE].index)


def test_a_loss_is_told_with_a_minus_and_no_hyphen():
    told = text(of(0.13, 0.1, daily=[[90, 90]] * 10))
    assert re.search("Click-through rate: \u2212[0-9]+\u00a0% with B", told)
    assert not re.search("-[0-9]", told)


def test_from_right_to_left_a_sign_stays_with_its_number():
    with translation.override("ar"):
        told = text(of(0.13, 0.1))
    assert re.search("\u2066\u2212[0-9]+\u00a0%\u2069", told)
