"""From sums to results: which test decides, what is claimed where nothing is known, and what the guardrails say."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from insights.experiments import analysis, verdicts
from insights.statistics import cuped, sequential, srm
from insights.statistics.arms import Mean, Ratio
from insights.statistics.comparing import welch
from tests.insights import made_sums
from tests.insights.made_sums import arm, mixed, readers, sums


def analysed(a, b, daily=None, **design):
    return analysis.analyse(sums(a, b, daily=daily, **design))


def guardrail(results, code):
    return next(found for found in results["guardrails"] if found["code"] == code)


def rated(people, mean, *, seed, **columns):
    """People whose engagement returns what they did before."""
    random = np.random.default_rng(seed)
    before = random.poisson(5, people)
    return arm(people, acts=before + random.normal(mean, 1, people), acts_before=before, **columns)


@pytest.mark.parametrize("people", [(0, 0), (1, 0), (1, 1), (2, 0)])
def test_too_few_people_prove_nothing(people):
    found = analysed(*(readers(count, 0.5, seed=1) if count else arm(0) for count in people))
    assert [(metric["p"], metric["effect"]) for metric in found["metrics"].values()] == [(None, None)] * 6


def test_without_variance_nothing_is_claimed():
    same = arm(600, clicks=1, impressions=10)
    assert analysed(same, same)["goal"]["known"] is False


def test_where_everybody_converts_nothing_is_claimed():
    everybody = arm(600, converted=1)
    assert analysed(everybody, everybody, metric="conversion")["goal"]["p"] is None


def test_a_control_of_zero_gives_no_relative_effect():
    found = analysed(arm(600), readers(600, 0.1, seed=1))
    assert (found["goal"]["effect"], found["goal"]["mde_planned"]) == (None, None)


def test_people_without_impressions_do_not_divide_by_zero():
    found = analysed(arm(600), arm(600))
    assert found["goal"]["means"] == [0, 0]


def test_while_it_runs_the_interval_that_may_be_looked_at_daily_decides():
    a, b = readers(700, 0.10, seed=1), readers(700, 0.12, seed=2)
    found = analysed(a, b)
    looked = sequential.always_valid(*(of_clicks(one) for one in (a, b)), tuning=1000, alpha=0.05)
    assert (found["decided_by"], found["goal"]["p"]) == ("always_valid", pytest.approx(float(looked.p)))
    assert (found["goal"]["low"], found["goal"]["high"]) == pytest.approx((float(looked.low), float(looked.high)))


def test_at_the_planned_end_welch_decides_at_the_confidence_of_the_experiment():
    a, b = readers(700, 0.10, seed=1), readers(700, 0.12, seed=2)
    found = analysed(a, b, final=True, confidence=0.9)
    ended = welch(*(of_clicks(one) for one in (a, b)), alpha=0.1)
    assert (found["decided_by"], found["goal"]["low"]) == ("welch", pytest.approx(float(ended.low)))


def of_clicks(one):
    names = ("clicks", "clicks*clicks", "impressions", "impressions*impressions", "clicks*impressions")
    return Ratio(one["n"], *(one[name] for name in names))


def test_both_intervals_are_kept_whichever_decides():
    goal = analysed(readers(700, 0.1, seed=1), readers(700, 0.12, seed=2))["goal"]
    assert goal["always_valid"]["low"] < goal["welch"]["low"] < goal["welch"]["high"] < goal["always_valid"]["high"]


def test_what_people_did_before_sharpens_the_interval():
    a, b = rated(600, 10, seed=1), rated(600, 10.2, seed=2)
    goal = analysed(a, b, metric="engagement", final=True)["goal"]
    plain = welch(*(Mean(one["n"], one["acts"], one["acts*acts"]) for one in (a, b)))
    assert goal["theta"] == pytest.approx(1, abs=0.1)
    assert goal["high"] - goal["low"] < 0.6 * float(plain.high - plain.low)


def test_people_who_are_all_new_are_compared_as_they_are():
    random = np.random.default_rng(5)
    a, b = (arm(600, acts=random.poisson(mean, 600)) for mean in (3, 3.5))
    goal = analysed(a, b, metric="engagement", final=True)["goal"]
    plain = welch(*(Mean(one["n"], one["acts"], one["acts*acts"]) for one in (a, b)))
    assert (goal["theta"], goal["p"]) == (0, pytest.approx(float(plain.p)))


def test_the_adjustment_is_that_of_the_published_method():
    a, b = rated(600, 10, seed=1), rated(600, 10.2, seed=2)
    befores = [
        cuped.Before(
            Mean(one["n"], one["acts"], one["acts*acts"]),
            Mean(one["n"], one["acts_before"], one["acts_before*acts_before"]),
            one["acts*acts_before"],
        )
        for one in (a, b)
    ]
    found = analysed(a, b, metric="engagement", final=True)["goal"]
    assert found["p"] == pytest.approx(float(welch(*cuped.adjusted(*befores)).p))


def test_retention_counts_people_whose_second_week_is_over():
    goal = analysed(arm(900, complete=600, back=200), arm(900, complete=610, back=260), metric="retention")["goal"]
    assert (goal["n"], goal["means"]) == ([600, 610], [pytest.approx(1 / 3), pytest.approx(26 / 61)])


def test_only_the_goal_is_no_exploration():
    metrics = analysed(readers(700, 0.1, seed=1), readers(700, 0.12, seed=2))["metrics"]
    assert [name for name, found in metrics.items() if not found["exploratory"]] == ["ctr"]


def test_p_values_of_what_is_explored_are_corrected_together():
    a, b = (
        rated(600, mean, seed=seed, converted=np.arange(600) % every == 0)
        for mean, seed, every in ((10, 1, 5), (10.3, 2, 4))
    )
    metrics = analysed(a, b, final=True)["metrics"]
    raw = sorted(metrics[name]["p"] for name in ("engagement", "conversion"))
    assert sorted(metrics[name]["p_adjusted"] for name in ("engagement", "conversion")) == [
        pytest.approx(2 * raw[0]),
        pytest.approx(max(2 * raw[0], raw[1])),
    ]


def test_more_people_are_asked_for_where_the_effect_is_not_seen_yet():
    goal = analysed(readers(600, 0.100, seed=1), readers(600, 0.104, seed=2))["goal"]
    assert goal["further"] > 1000
    assert goal["mde_now"] > goal["mde_planned"] > 0


def test_the_split_is_watched_sequentially_while_it_runs_and_by_chi_square_at_the_end():
    a, b = arm(600), arm(500)
    days = [[60, 50]] * 10
    running, ended = (analysed(a, b, daily=days, final=final)["srm"] for final in (False, True))
    counts = np.cumsum(days, axis=0)
    assert running["p"] == pytest.approx(float(srm.sequential_p(counts, [0.5, 0.5])))
    assert ended["p"] == pytest.approx(stats.chisquare([600, 500]).pvalue)


@pytest.mark.parametrize("split", [0.1, 0.9])
def test_an_uneven_split_is_kept_as_promised(split):
    a, b = round(1000 * split), round(1000 * (1 - split))
    found = analysed(arm(a), arm(b), split=split, final=True)
    assert (found["srm"]["p"], found["srm"]["expected"]) == (pytest.approx(1), [a, b])


def test_it_says_how_large_a_loss_could_go_unnoticed():
    found = analysed(readers(300, 0.1, seed=1), readers(300, 0.1, seed=2))
    assert found["srm"]["smallest_loss"] == pytest.approx(0.337, abs=0.005)
    assert "ratio_blind" in [finding["code"] for finding in found["health"]]


def test_guardrails_that_nothing_happens_to_hold():
    found = analysed(readers(700, 0.1, seed=1), readers(700, 0.1, seed=2))
    assert [guardrail(found, code)["state"] for code in ("empty", "not_interested", "unsubscribed", "fallback")] == [
        "ok"
    ] * 4


def test_answers_that_are_no_slower_hold():
    found = analysed(readers(900, 0.1, seed=1), readers(900, 0.1, seed=2), final=True)
    assert guardrail(found, "latency")["state"] == "ok"


def test_answers_that_are_twice_as_slow_do_not():
    found = analysed(readers(900, 0.1, seed=1), readers(900, 0.1, seed=2, slow=2), final=True)
    assert guardrail(found, "latency")["state"] == "worse"


def test_the_error_of_the_slowest_twentieth_is_that_of_repeated_samples():
    found = [made_sums.readers(500, 0.1, seed=seed) for seed in range(150)]
    told = [analysis.guardrails.p95(one) for one in found]
    spread = np.std([float(one.mean) for one in told])
    assert np.mean([np.sqrt(one.variance / one.n) for one in told]) == pytest.approx(spread, rel=0.15)


def test_more_empty_lists_are_worse_however_rare():
    empty = np.arange(900) % 12 == 0
    found = analysed(readers(900, 0.1, seed=1), readers(900, 0.1, seed=2, empty=empty, lists=3), final=True)
    assert guardrail(found, "empty")["state"] == "worse"


def test_a_few_more_empty_lists_on_either_side_hold():
    a, b = (readers(3000, 0.1, seed=seed, empty=np.arange(3000) % 100 == 0, lists=3) for seed in (1, 2))
    assert guardrail(analysed(a, b, final=True), "empty")["state"] == "ok"


def test_with_few_people_a_guardrail_stays_open():
    a, b = (readers(30, 0.1, seed=seed, empty=np.arange(30) % 5 == 0, lists=3) for seed in (1, 2))
    assert guardrail(analysed(a, b, final=True), "empty")["state"] == "open"


def test_a_guardrail_without_measurements_holds_nothing():
    assert guardrail(analysed(arm(600), arm(600)), "latency")["state"] == "nothing"


def test_mixed_lists_are_judged_by_the_t_test_over_people():
    lead = np.random.default_rng(3).integers(-2, 4, 400)
    goal = analysis.analyse(mixed(lead, final=True))["goal"]
    expected = stats.ttest_1samp(np.sign(lead), 0)
    interval = expected.confidence_interval(0.95)
    assert goal["p"] == pytest.approx(expected.pvalue)
    assert (goal["low"], goal["high"]) == pytest.approx((interval.low, interval.high))


def test_while_mixed_lists_run_their_interval_is_wider():
    lead = np.random.default_rng(3).integers(-2, 4, 400)
    goal = analysis.analyse(mixed(lead))["goal"]
    assert goal["always_valid"]["low"] < goal["welch"]["low"]
    assert goal["p"] == goal["always_valid"]["p"]


def test_mixed_lists_without_clicks_prove_nothing():
    assert analysis.analyse(mixed(np.zeros(400)))["goal"]["p"] is None


def test_lists_that_hardly_differ_are_pointed_out():
    codes = [found["code"] for found in analysis.analyse(mixed(np.ones(40), competitive=0.2))["health"]]
    assert codes == ["overlap"]


def any_sums(counts, rates, **design):
    arms = (readers(counts[0], rates[0], seed=1), rated(counts[1], 10 * rates[1], seed=2))
    return sums(*arms, **design)


two = some.tuples
counts, rates = some.integers(0, 3000), some.floats(0.001, 0.9)
experiments = some.builds(
    any_sums,
    counts=two(counts, counts),
    rates=two(rates, rates),
    metric=some.sampled_from(analysis.METRICS),
    final=some.booleans(),
    split=some.floats(0.1, 0.9),
    days=some.integers(0, 60),
)


@settings(max_examples=60, deadline=None)
@given(experiments)
def test_results_fit_json_and_come_out_the_same_from_what_was_stored(made):
    stored = json.loads(json.dumps([made, analysis.analyse(made)], allow_nan=False))
    assert analysis.analyse(stored[0]) == stored[1]
    assert stored[1]["verdict"]["state"] in verdicts.STATES
