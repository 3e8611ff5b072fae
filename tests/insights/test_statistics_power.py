"""Power, detectable effects and sample sizes against published vectors (GrowthBook, Spotify with G*Power, others)."""

import numpy as np
import pytest

from insights.statistics import comparing, power
from insights.statistics.arms import Mean
from tests.insights.test_statistics import cases, near
from tests.needs import shared

pytestmark = shared("experiment-cases")


def per_arm(case):
    return case["n_total"] / case["arms"]


def widened(case, n):
    """The calculator of the source takes the always-valid interval for a fixed one of a larger standard error."""
    return power.widening(n, alpha=case["alpha"], tuning=case.get("tuning", 5000))


def found_power(case, factor=1.0):
    se = power.planned_se(case["mean"], case["variance"], case["relative_effect"], per_arm(case))
    return power.power(case["relative_effect"], se * factor, alpha=case["alpha"])


def found_mde(case, factor=1.0):
    variance = case["variance"] * factor**2
    return power.minimum_detectable_effect(
        case["mean"], variance, per_arm(case), alpha=case["alpha"], power=case["power"]
    )


@pytest.mark.parametrize("case", cases("power_mde", "power"))
def test_power_agrees_with_the_vector(case):
    assert found_power(case) == pytest.approx(case["expected"]["power"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "mde"))
def test_the_detectable_effect_agrees_with_the_vector(case):
    assert found_mde(case) == pytest.approx(case["expected"]["relative_mde"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "power_sequential"))
def test_sequential_power_agrees_with_the_vector(case):
    found = found_power(case, widened(case, 2 * per_arm(case)))
    assert found == pytest.approx(case["expected"]["power"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "mde_sequential"))
def test_the_sequential_detectable_effect_agrees_with_the_vector(case):
    found = found_mde(case, widened(case, 2 * per_arm(case)))
    assert found == pytest.approx(case["expected"]["relative_mde"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "power_and_mde"))
def test_power_and_detectable_effect_agree_with_the_vector(case):
    factor = widened(case, 2 * per_arm(case))
    told = {
        "power": found_power(case),
        "relative_mde": found_mde(case),
        "power_sequential_5000": found_power(case, factor),
        "relative_mde_sequential_5000": found_mde(case, factor),
    }
    assert told == pytest.approx(case["expected"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "effect_variance"))
def test_the_variance_of_the_effect_agrees_with_the_vector(case):
    args = case["args"]
    arms = [power.Sample(args[f"n_{arm}"], args[f"mean_{arm}"], args[f"var_{arm}"]) for arm in ("c", "t")]
    found = power.variance_of_effect(*arms, relative=args["relative"])
    assert found == pytest.approx(case["expected"]["variance"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "sample_size_total"))
def test_the_sample_size_agrees_with_the_vector(case):
    variance = case["variance"] if case["statistic"] == "mean" else case["baseline"] * (1 - case["baseline"])
    effect = case.get("absolute_mde") or case["relative_mde"] * case["mean"]
    found = power.sample_size(
        variance, effect, alpha=case["alpha"], power=case["power"], weights=tuple(case.get("weights", (1, 1)))
    )
    assert found == pytest.approx(case["expected"]["n_total"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "sample_size_per_arm_evan_miller"))
def test_the_classical_sample_size_agrees_with_the_vector(case):
    low, high = case["baseline"], case["baseline"] + case["absolute_mde"]
    found = power.sample_size(low * (1 - low), high - low, power=case["power"], treatment_variance=high * (1 - high))
    assert found / 2 == pytest.approx(case["expected"]["n_per_arm"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "achieved_power"))
def test_the_power_of_finished_arms_agrees_with_the_vector(case):
    _effect, se = comparing.difference(Mean(**case["control"]), Mean(**case["treatment"]), relative=False)
    found = power.power(case["absolute_mde"], se, alpha=case["alpha"])
    assert found == pytest.approx(case["expected"]["power"], **near(case))


@pytest.mark.parametrize("case", cases("power_mde", "mid_experiment_scaling", "mid_experiment_scaling_sequential"))
def test_the_people_still_needed_agree_with_the_vector(case):
    control, treatment = Mean(**case["control"]), Mean(**case["treatment"])
    _effect, se = comparing.difference(control, treatment, relative=True)
    if "se2" in case["expected"]:
        assert np.square(se) == pytest.approx(case["expected"]["se2"], abs=1e-12)
    found = power.further_people(
        case["relative_mde"], se, control.n + treatment.n, tuning=case.get("tuning"), wanted=case["power"]
    )
    assert found == pytest.approx(case["expected"]["scaling_factor"], rel=1e-4)
