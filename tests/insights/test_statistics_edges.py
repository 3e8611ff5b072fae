"""What the statistics say where there is little or nothing to say, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.statistics import bayesian, comparing, cuped, multiplicity, power, sequential, srm
from insights.statistics.arms import Mean, Proportion, Ratio

NOTHING = [
    pytest.param(Mean(0, 0, 0), Mean(0, 0, 0), id="nobody at all"),
    pytest.param(Mean(1, 4, 16), Mean(1, 2, 4), id="one person an arm"),
    pytest.param(Mean(1, 2, 4), Mean(50, 100, 300), id="one person against fifty"),
    pytest.param(Mean(50, 100, 300), Mean(0, 0, 0), id="an empty arm"),
    pytest.param(Mean(50, 100, 200), Mean(50, 100, 200), id="no variance"),
    pytest.param(Mean(50, 0, 0), Mean(50, 20, 90), id="a control of zero"),
    pytest.param(Proportion(40, 40), Proportion(40, 40), id="everybody converts"),
    pytest.param(Ratio(40, 0, 0, 0, 0, 0), Ratio(40, 0, 0, 0, 0, 0), id="no impressions"),
]


@pytest.mark.parametrize(("control", "treatment"), NOTHING)
def test_where_nothing_is_known_nothing_is_claimed(control, treatment):
    for found in (comparing.welch(control, treatment), sequential.always_valid(control, treatment, tuning=100)):
        assert (found.p, found.low, found.high) == (1.0, -np.inf, np.inf)


@pytest.mark.parametrize(("control", "treatment"), NOTHING)
def test_a_chance_to_win_without_knowledge_is_even(control, treatment):
    assert bayesian.posterior(control, treatment).chance_to_win == pytest.approx(0.5)


def test_a_relative_effect_on_a_negative_baseline_points_the_right_way():
    control, treatment = Mean(100, -200, 900), Mean(100, -100, 600)
    assert comparing.welch(control, treatment).effect == pytest.approx(0.5)


def test_many_experiments_are_judged_in_one_call_as_one_by_one():
    random = np.random.default_rng(4)
    n, sums = np.full(5, 30.0), random.normal(60, 5, (2, 5))
    squares = sums**2 / n + random.uniform(10, 20, (2, 5))
    together = comparing.welch(Mean(n, sums[0], squares[0]), Mean(n, sums[1], squares[1]))
    pairs = [[Mean(30, sums[arm][i], squares[arm][i]) for arm in (0, 1)] for i in range(5)]
    assert together.p == pytest.approx([comparing.welch(*pair).p for pair in pairs], rel=1e-12)


samples = st.lists(st.floats(-50, 50), min_size=2, max_size=40)


def mean_of(values):
    values = np.array(values)
    return Mean(len(values), values.sum(), (values**2).sum())


@given(samples, samples)
def test_turning_the_arms_round_turns_the_absolute_effect_round(one, other):
    there = comparing.welch(mean_of(one), mean_of(other), relative=False)
    back = comparing.welch(mean_of(other), mean_of(one), relative=False)
    assert back.effect == pytest.approx(-there.effect)
    assert back.p == pytest.approx(there.p)


@given(samples, samples)
def test_the_interval_excludes_zero_exactly_when_p_is_below_alpha(one, other):
    found = comparing.welch(mean_of(one), mean_of(other), alpha=0.1, relative=False)
    if abs(found.p - 0.1) > 1e-9:
        assert (found.p < 0.1) == (found.low > 0 or found.high < 0)


@given(samples, samples)
def test_always_valid_is_never_surer_than_one_look(one, other):
    a, b = mean_of(one), mean_of(other)
    fixed = comparing.welch(a, b, relative=False)
    always = sequential.always_valid(a, b, tuning=50, relative=False)
    normal = comparing.z_test(a, b)
    if np.isfinite(always.low):
        assert always.high - always.low >= (normal.high - normal.low) - 1e-9
    assert always.effect == fixed.effect


def test_a_measure_known_before_narrows_the_interval():
    random = np.random.default_rng(1)
    before, noise = random.normal(10, 3, (2, 500)), random.normal(0, 1, (2, 500))
    after = before + noise + np.array([[0.0], [0.3]])
    arms = [
        cuped.Before(mean_of(post), mean_of(pre), (post * pre).sum()) for post, pre in zip(after, before, strict=True)
    ]
    plain = comparing.welch(arms[0].post, arms[1].post)
    helped = comparing.welch(*cuped.adjusted(*arms))
    assert helped.se < 0.5 * plain.se
    assert helped.p < plain.p


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_adjusted_p_values_are_never_smaller_and_keep_their_order(p):
    for method in (multiplicity.holm, multiplicity.bonferroni, multiplicity.benjamini_hochberg):
        found = method(p)
        assert (found >= np.array(p) - 1e-12).all()
        assert (np.diff(found[np.argsort(p, kind="stable")]) >= -1e-12).all()


def test_holm_lies_between_nothing_and_bonferroni():
    p = [0.01, 0.02, 0.03]
    assert multiplicity.holm(p) == pytest.approx([0.03, 0.04, 0.04])


def test_the_detectable_effect_is_seen_with_the_promised_power():
    effect = power.minimum_detectable_effect(0.1, 0.09, 5000)
    assert power.planned_power(0.1, 0.09, effect, 5000) == pytest.approx(0.8, abs=1e-4)


def test_too_few_people_can_detect_nothing():
    assert power.minimum_detectable_effect(0.1, 0.09, 3) == np.inf


def counts(first, second, looks):
    return np.arange(1, looks + 1)[:, None] * np.array([first, second])


def test_a_ratio_that_fits_is_never_an_alarm():
    assert srm.sequential_p(counts(10, 10, 50), [0.5, 0.5]) > srm.ALARM


def test_a_lost_quarter_of_an_arm_is_found_at_any_look():
    assert srm.sequential_p(counts(100, 75, 10), [0.5, 0.5]) < srm.ALARM


def test_many_experiments_are_checked_for_their_ratio_in_one_call():
    both = np.stack([counts(10, 10, 5), counts(100, 10, 5)])
    assert (srm.sequential_p(both, [0.5, 0.5]) < srm.ALARM).tolist() == [False, True]


def test_nobody_yet_is_no_alarm():
    assert srm.sequential_p(np.zeros((3, 2)), [0.5, 0.5]) == 1
