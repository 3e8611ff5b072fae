"""The statistics against figures that were worked out apart from this code.

From the textbook formulas with 40 digits (incomplete beta and gamma functions by continued fractions), then rounded to
17: where people are few, arms uneven, events rare or all the same, and p-values far below what 1 - P(T ≤ t) can hold.
"""

from functools import partial

import numpy as np
import pytest

from insights.statistics import bayesian, comparing, cuped, multiplicity, sequential, srm
from insights.statistics.arms import Mean, Proportion, Ratio

near = partial(pytest.approx, rel=1e-11, abs=0)
NONE = np.inf
FAR = (Mean(32, -128, 660.5), Mean(230, 460, 2400))
PAIRS = (Mean(2, 7, 25), Mean(2, 13, 89))
MILLIONS = (Proportion(10**7, 1_000_000), Proportion(9_990_000, 1_001_000))
SKEWED = (
    Ratio(60, 1657, 2241815, 21512, 383363596, 29314663),
    Ratio(104, 337, 32653, 1706, 762806, 155613),
)
# Arms, whether relative, alternative, alpha; effect, standard error, degrees of freedom, low, high, p.
WELCH = {
    "far apart": (
        (*FAR, False, "two-sided", 0.05),
        (6, 0.42165989614780549, 43.522594751280701, 5.1499369573478897, 6.8500630426521103, 5.6367011991752201e-18),
    ),
    "far apart, the other way round": (
        (*FAR[::-1], False, "two-sided", 0.05),
        (-6, 0.42165989614780549, 43.522594751280701, -6.8500630426521103, -5.1499369573478897, 5.6367011991752201e-18),
    ),
    "two people an arm": (
        (*PAIRS, True, "two-sided", 0.05),
        (
            0.857142857142857,
            0.504044450417488,
            1.21951219512195,
            -3.37381567972182,
            5.08810139400754,
            0.303476154347686,
        ),
    ),
    "one arm in which all did the same": (
        (Mean(21, 42, 84), Mean(30, 75, 250), True, "two-sided", 0.1),
        (0.25, 0.134014066854724, 29, 0.0222930770714708, 0.477706922928457, 0.0722610138564818),
    ),
    "a negative baseline": (
        (Mean(90, -360, 1800), Mean(110, -330, 1500), True, "less", 0.05),
        (0.25, 0.0651039289720556, 194.749038153967, -NONE, 0.357598270981173, 0.999916844062709),
    ),
    "one side of shares": (
        (Proportion(550, 5), Proportion(154, 90), True, "greater", 0.01),
        (63.2857142857142, 28.9499508712293, 156.189701962548, -4.75996979206855, NONE, 0.0151506969269871),
    ),
    "all convert in one arm": (
        (Proportion(18, 1), Proportion(371, 371), True, "two-sided", 0.05),
        (17, 17.4928556845359, 17, -19.9066994240239, 53.9066994240239, 0.344763031044143),
    ),
    "rare events": (
        (Proportion(400_000, 3), Proportion(100_000, 2), True, "two-sided", 0.05),
        (1.66666666666666, 2.43430422031368, 119365.683607913, -3.10453031235807, 6.43786364569141, 0.493560877969149),
    ),
    "ten million people": (
        (*MILLIONS, True, "two-sided", 0.01),
        (2.00200200200200e-3, 1.34391626053088e-3, 19989926.64948661, -1.45969721392724e-3, 5.46370121793124e-3)
        + (0.136309032657047,),
    ),
    "a few who see nearly everything": (
        (*SKEWED, True, "two-sided", 0.05),
        (
            1.56453809586811,
            0.236119439652181,
            103.45907365433,
            1.09627557180188,
            2.03280061993433,
            1.5865559514526688e-9,
        ),
    ),
}


@pytest.mark.parametrize(("asked", "expected"), WELCH.values(), ids=WELCH)
def test_welch_gives_the_worked_out_figures(asked, expected):
    control, treatment, relative, alternative, alpha = asked
    found = comparing.welch(control, treatment, relative=relative, alternative=alternative, alpha=alpha)
    assert (found.effect, found.se, found.df, found.low, found.high, found.p) == near(expected)


SEQUENCES = {
    "two people an arm": ((*PAIRS, 0.05, 1000), (-6.1949183069996481, 7.9092040212853624, 0.97155074812292997)),
    "ten million": ((*MILLIONS, 0.01, 50), (-0.0046574173269012689, 0.0086614213309052729, 1)),
    "skewed": ((*SKEWED, 0.05, 5000), (0.26848937960353969, 2.8605868121326804, 0.012053767634131707)),
}


@pytest.mark.parametrize(("asked", "expected"), SEQUENCES.values(), ids=SEQUENCES)
def test_the_confidence_sequence_gives_the_worked_out_figures(asked, expected):
    control, treatment, alpha, tuning = asked
    found = sequential.always_valid(control, treatment, alpha=alpha, tuning=tuning)
    assert (found.low, found.high, found.p) == near(expected)


def test_who_did_much_before_and_does_little_now_is_adjusted_the_other_way():
    """Five and six people, after and before: (1 2 3 4 6, 9 8 6 5 1) and (2 3 5 5 7 8, 8 8 5 4 2 1)."""
    arms = cuped.adjusted(
        cuped.Before(Mean(5, 16, 66), Mean(5, 29, 207), 69), cuped.Before(Mean(6, 30, 176), Mean(6, 28, 174), 107)
    )
    found = comparing.welch(*arms)
    assert arms[0].theta == near(-0.72823779193205945)
    assert (found.effect, found.se, found.df) == near((0.30458244869072895, 0.12418611440158489, 8.6906084791940248))
    assert (found.low, found.high, found.p) == near((0.022121978690146617, 0.58704291869131127, 0.03749658979787683))


def test_small_p_values_are_kept_whichever_way_the_effect_points():
    sure = comparing.welch(Mean(200, 200, 400), Mean(200, 600, 2000), relative=False)
    assert 0 < sure.p < 1e-40
    assert multiplicity.hochberg_sidak([1e-18, 0.3, 0.02]) == near([3e-18, 0.3, 0.0396])
    losing = bayesian.posterior(Mean(101, 0, 100), Mean(101, 121.2, 245.44), relative=False, lower_is_better=True)
    assert 0 < losing.chance_to_win < 1e-15


@pytest.mark.parametrize(("n", "value"), [(30, 0.1), (1000, 0.1), (1_000_000, 1 / 3)])
def test_people_who_all_did_the_same_do_not_vary_however_it_was_added_up(n, value):
    """A tenth added up thirty times is not three: the sums differ from n x and n x² by what was rounded on the way."""
    total, squares = np.cumsum(np.full(n, value))[-1], np.cumsum(np.full(n, value * value))[-1]
    same = Mean(n, total, squares)
    assert same.variance == 0
    assert comparing.welch(same, Mean(n, 2 * total, 4 * squares)).p == 1
    assert comparing.welch(Ratio(n, total, squares, n, n, total), Ratio(n, total, squares, n, n, total)).low == -np.inf


def test_arms_that_were_promised_nobody_are_left_out_of_the_split():
    assert srm.chi_square([7, 0, 3, 0], [3, 1, 2, 0]) == (near(2.5), 2)
    assert srm.p_value([7, 0, 3, 0], [3, 1, 2, 0]) == near(0.2865047968601901)
    assert srm.p_value([5_006_000, 4_997_000], [1, 1]) == near(0.0044324625874504714)
