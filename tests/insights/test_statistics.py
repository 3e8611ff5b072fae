"""The statistics against the published vectors of GrowthBook, PostHog, Spotify, scipy and others."""

import json

import numpy as np
import pytest

from insights.statistics import bayesian, comparing, cuped, multiplicity, sequential, srm
from insights.statistics.arms import Mean, Proportion, Ratio, covariance_of
from tests.needs import SHARED, shared

pytestmark = shared("experiment-cases")
FOLDER = SHARED / "experiment-cases"


def cases(name, *kinds, key="kind"):
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in found if not kinds or case[key] in kinds]


def near(case):
    return {"abs": case.get("abs_tol", 0), "rel": case.get("rel_tol", 0) or (0 if "abs_tol" in case else 1e-9)}


def arm(statistic, sums):
    if statistic == "proportion":
        return Proportion(sums["n"], sums["sum"])
    return {"mean": Mean, "ratio": Ratio}[statistic](**sums)


def bound(value, side):
    return side * np.inf if value is None else value


def check(found, case):
    expected, close = case["expected"], near(case)
    for name in ("effect", "se", "p"):
        if name in expected:
            assert getattr(found, name) == pytest.approx(expected[name], **close), name
    if "ci" in expected:
        assert found.low == pytest.approx(bound(expected["ci"][0], -1), **close)
        assert found.high == pytest.approx(bound(expected["ci"][1], 1), **close)
    if "ci_lower" in expected:
        assert found.low == pytest.approx(expected["ci_lower"], **close)


@pytest.mark.parametrize("case", cases("t_tests"))
def test_welch_agrees_with_the_vector(case):
    control, treatment = (arm(case["statistic"], case[name]) for name in ("control", "treatment"))
    relative = case["difference"] == "relative"
    found = comparing.welch(control, treatment, alpha=case["alpha"], relative=relative, alternative=case["alternative"])
    check(found, case)
    if "welch_df_expected" in case:
        assert found.df == pytest.approx(case["welch_df_expected"], abs=0.01)
    means_agree(case, control, treatment)


def means_agree(case, *arms):
    for name, one in zip(("control_mean", "treatment_mean"), arms, strict=True):
        if name in case["expected"]:
            assert one.observed_mean == pytest.approx(case["expected"][name], **near(case))


@pytest.mark.parametrize("case", cases("ratio_delta_method", "ratio", key="statistic"))
def test_a_ratio_agrees_with_the_vector(case):
    control, treatment = Ratio(**case["control"]), Ratio(**case["treatment"])
    check(comparing.welch(control, treatment, alpha=case["alpha"]), case)
    means_agree(case, control, treatment)
    if "bayes_chance_to_win" in case["expected"]:
        found = bayesian.posterior(control, treatment)
        assert found.chance_to_win == pytest.approx(case["expected"]["bayes_chance_to_win"], **near(case))
        assert found.risk[1] == pytest.approx(case["expected"]["bayes_risk_treatment"], **near(case))


@pytest.mark.parametrize("case", cases("ratio_delta_method", "covariance", key="statistic"))
def test_the_covariance_agrees_with_the_vector(case):
    x, y = np.array(case["x"]), np.array(case["y"])
    found = covariance_of(len(x), x.sum(), y.sum(), (x * y).sum())
    assert found == pytest.approx(case["expected"]["covariance"], **near(case))


def before(case, sums):
    kind = Proportion if case["statistic"] == "proportion_cuped" else Mean
    names = ["sum"] if kind is Proportion else ["sum", "sum_squares"]
    post, pre = (kind(sums["n"], *(sums[f"{when}_{name}"] for name in names)) for when in ("post", "pre"))
    return cuped.Before(post, pre, sums["post_pre_sum_products"])


@pytest.mark.parametrize("case", cases("cuped", "mean_cuped", "proportion_cuped", key="statistic"))
def test_cuped_agrees_with_the_vector(case):
    arms = cuped.adjusted(before(case, case["control"]), before(case, case["treatment"]))
    check(comparing.welch(*arms, alpha=case["alpha"]), case)
    if "treatment_adjusted_sd" in case["expected"]:
        assert np.sqrt(arms[1].variance) == pytest.approx(case["expected"]["treatment_adjusted_sd"], **near(case))
    means_agree(case, *arms)


def ratio_before(sums):
    def ratio(when):
        products = sums[f"m_{when}_d_{when}"]
        return Ratio(sums["n"], *sums[f"m_{when}"], *sums[f"d_{when}"], products)

    return cuped.RatioBefore(
        post=ratio("post"),
        pre=ratio("pre"),
        num_num=sums["m_post_m_pre"],
        den_den=sums["d_post_d_pre"],
        num_post_den_pre=sums["m_post_d_pre"],
        den_post_num_pre=sums["m_pre_d_post"],
    )


@pytest.mark.parametrize("case", cases("cuped", "ratio_cuped", key="statistic"))
def test_cuped_of_a_ratio_agrees_with_the_vector(case):
    arms = cuped.adjusted_ratios(ratio_before(case["control"]), ratio_before(case["treatment"]))
    check(comparing.welch(*arms, alpha=case["alpha"]), case)


@pytest.mark.parametrize("case", cases("cuped", "theta", key="statistic"))
def test_theta_agrees_with_the_vector(case):
    def sums(part):
        post, pre = np.array(part["post"], float), np.array(part["pre"], float)
        means = (Mean(len(rows), rows.sum(), (rows**2).sum()) for rows in (post, pre))
        return cuped.Before(*means, (post * pre).sum())

    found = cuped.theta(sums(case["control"]), sums(case["treatment"]))
    assert found == pytest.approx(case["expected"]["theta"], **near(case))


@pytest.mark.parametrize("case", cases("sequential"))
def test_the_confidence_sequence_agrees_with_the_vector(case):
    found = sequential.always_valid(
        arm(case["statistic"], case["control"]),
        arm(case["statistic"], case["treatment"]),
        alpha=case["alpha"],
        tuning=case["tuning"],
        relative=case["difference"] == "relative",
        alternative=case["alternative"],
    )
    check(found, case)


@pytest.mark.parametrize("case", cases("bayesian"))
def test_the_posterior_agrees_with_the_vector(case):
    prior = (case["prior"]["mean"], case["prior"]["variance"]) if case["prior"]["proper"] else None
    arms = (arm(case["statistic"], case[name]) for name in ("control", "treatment"))
    found = bayesian.posterior(*arms, prior=prior, lower_is_better=case["inverse"], alpha=case["alpha"])
    expected, close = case["expected"], near(case)
    told = {"chance_to_win": found.chance_to_win, "sd": found.sd, "risk_treatment": found.risk[1], "effect": found.mean}
    for name, value in told.items():
        if name in expected:
            assert value == pytest.approx(expected[name], **close), name
    if "ci" in expected:
        assert [found.low, found.high] == pytest.approx(expected["ci"], **close)
    if "risk" in expected:
        assert found.risk == pytest.approx(tuple(expected["risk"]), **close)


def test_the_expected_losses_agree_with_the_vectors():
    for case in json.loads((FOLDER / "bayesian.json").read_text())["risk_only"]:
        assert bayesian.losses(case["mu"], case["sigma"]) == pytest.approx(case["expected"], abs=case["abs_tol"])


@pytest.mark.parametrize("case", cases("proportions"))
def test_proportions_agree_with_the_vector(case):
    if "std_sq" in case["control"]:
        pairs = [(case["control"][key], case["treatment"][key]) for key in ("n", "mean", "std_sq")]
        found = comparing.pooled_t(*pairs)
        assert found.p == pytest.approx(case["expected"]["p"], **near(case))
        assert found.effect / found.se == pytest.approx(case["expected"]["statistic"], **near(case))
        return
    control, treatment = Proportion(**case["control"]), Proportion(**case["treatment"])
    found = comparing.z_test(control, treatment, alpha=case["alpha"])
    scale = control.mean if "scaled" in case["difference"] else 1.0
    expected, close = case["expected"], near(case)
    if "ci" in expected:
        assert [found.effect / scale, found.low / scale, found.high / scale] == pytest.approx(
            [expected["effect"], *expected["ci"]], **close
        )
    p = comparing.chi_square(control, treatment) if "chi" in case["id"] else found.p
    assert p == pytest.approx(expected["p"], **close)


@pytest.mark.parametrize("case", [one for one in cases("srm") if "observed" in one.values[0]])
def test_the_ratio_check_agrees_with_the_vector(case):
    assert srm.p_value(case["observed"], case["weights"]) == pytest.approx(case["expected"]["p"], **near(case))
    if "statistic" in case["expected"]:
        statistic, _freedom = srm.chi_square(case["observed"], case["weights"])
        assert statistic == pytest.approx(case["expected"]["statistic"], **near(case))


@pytest.mark.parametrize("source", ["growthbook", "posthog"])
def test_the_alarm_is_as_loud_as_elsewhere(source):
    assert json.loads((FOLDER / "srm.json").read_text())["thresholds"][source]["p"] == srm.ALARM


@pytest.mark.parametrize("case", [one for one in cases("srm") if "data" in one.values[0]])
def test_the_sequential_ratio_check_agrees_with_the_vector(case):
    free, promised = srm.log_likelihoods(case["data"], case["null"], case["dirichlet_alpha"])
    assert free == pytest.approx(case["expected"]["log_m1"], **near(case))
    assert promised == pytest.approx(case["expected"]["log_m0"], **near(case))


METHODS = {
    "benjamini-hochberg": multiplicity.benjamini_hochberg,
    "benjamini-yekutieli": multiplicity.benjamini_yekutieli,
    "bonferroni": multiplicity.bonferroni,
    "hochberg step-up with sidak levels (tea-tasting default FWER)": multiplicity.hochberg_sidak,
}


@pytest.mark.parametrize("case", cases("multiplicity"))
def test_adjusted_p_values_agree_with_the_vector(case):
    found = METHODS[case["method"]](case["p"])
    assert found == pytest.approx(case["expected"]["p_adj"], **near(case))
    if "reject" in case["expected"]:
        assert (found <= case["alpha"]).tolist() == [bool(one) for one in case["expected"]["reject"]]
