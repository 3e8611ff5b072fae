"""Two arms against each other at the planned end: Welch's test (Welch 1947), absolute or relative to the control.

A relative effect is (treatment - control) / |control|, its variance by the delta method (Deng et al. 2018). Where an
arm says nothing yet (no people, no variance, a control of zero) the effect is 0, the interval endless and p is 1:
nothing is claimed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from insights.statistics.arms import Arm, Number, Proportion, divided

TWO_SIDED, GREATER, LESS = "two-sided", "greater", "less"


@dataclass(frozen=True)
class Comparison:
    """Treatment minus control with its interval; `low` or `high` is infinite in one-sided tests."""

    effect: Number
    se: Number
    low: Number
    high: Number
    p: Number
    df: Number = np.inf


def difference(control: Arm, treatment: Arm, *, relative: bool) -> tuple[Number, Number]:
    """The effect and its standard error; a standard error of 0 means that it cannot be told."""
    effect = np.subtract(treatment.mean, control.mean)
    spread_t = divided(treatment.variance, treatment.n)
    if not relative:
        return effect, np.sqrt(divided(control.variance, control.n) + spread_t)
    base = np.abs(control.observed_mean)
    # The gradient takes the treatment's mean as observed, as GrowthBook does: its vectors are the reference.
    gradient = divided(treatment.observed_mean, control.observed_mean)
    spread_c = divided(control.scaled_variance(gradient), control.n)
    return divided(effect, base), np.sqrt(divided(spread_t + spread_c, np.square(base)))


def degrees(control: Arm, treatment: Arm) -> Number:
    """Degrees of freedom of Welch and Satterthwaite."""
    a, b = divided(control.variance, control.n), divided(treatment.variance, treatment.n)
    below = divided(np.square(a), np.subtract(control.n, 1)) + divided(np.square(b), np.subtract(treatment.n, 1))
    return divided(np.square(a + b), below)


def welch(
    control: Arm, treatment: Arm, *, alpha: Number = 0.05, relative: bool = True, alternative: str = TWO_SIDED
) -> Comparison:
    """Welch's t-test on sums. `alpha` is the whole error, of both sides in a two-sided test."""
    effect, se = difference(control, treatment, relative=relative)
    df = degrees(control, treatment)
    known = _known(control, treatment, se) & (df > 0)
    safe_df = np.where(known, df, 1.0)
    width = -stdtrit(safe_df, np.divide(alpha, 2 if alternative == TWO_SIDED else 1)) * se
    t = divided(effect, se)
    tails = stdtr(safe_df, t), stdtr(safe_df, -t)
    return settled(effect, se, width, tails, known, alternative=alternative, df=df)


def z_test(control: Arm, treatment: Arm, *, alpha: Number = 0.05, relative: bool = False) -> Comparison:
    """The same with the normal distribution, unpooled: for large samples and for vectors computed so."""
    effect, se = difference(control, treatment, relative=relative)
    z, known = divided(effect, se), _known(control, treatment, se)
    return settled(effect, se, -ndtri(np.divide(alpha, 2)) * se, (ndtr(z), ndtr(-z)), known)


def chi_square(control: Proportion, treatment: Proportion) -> Number:
    """The p-value of Pearson's chi-square on a 2 x 2 table without continuity correction."""
    n = np.add(control.n, treatment.n)
    pooled = divided(np.add(control.sum, treatment.sum), n)
    se2 = pooled * (1 - pooled) * (divided(1.0, control.n) + divided(1.0, treatment.n))
    return np.where(se2 > 0, chdtrc(1, divided(np.square(treatment.mean - control.mean), se2)), 1.0)[()]


def pooled_t(n: tuple[Number, Number], means: tuple[Number, Number], variances: tuple[Number, Number]) -> Comparison:
    """Student's t-test with one variance for both, first minus second; for comparison with others' tables."""
    df = np.add(*n) - 2
    pooled = divided((n[0] - 1) * variances[0] + (n[1] - 1) * variances[1], df)
    se = np.sqrt(pooled * (1 / n[0] + 1 / n[1]))
    effect = means[0] - means[1]
    t = divided(effect, se)
    return settled(effect, se, stdtrit(df, 0.975) * se, (stdtr(df, t), stdtr(df, -t)), np.asarray(se > 0), df=df)


def settled(
    effect: Number,
    se: Number,
    width: Number,
    tails: tuple[Number, Number],
    known: Number,
    *,
    alternative: str = TWO_SIDED,
    df: Number = np.inf,
) -> Comparison:
    """The interval and p-value from a half width and P(T ≤ t), P(T ≥ t), with nothing claimed where nothing is known.

    Each tail by itself: one minus the other is 0 long before a p-value is.
    """
    low, high = effect - width, effect + width
    if alternative == GREATER:
        p, high = tails[1], np.full_like(np.asarray(high, dtype=float), np.inf)[()]
    elif alternative == LESS:
        p, low = tails[0], np.full_like(np.asarray(low, dtype=float), -np.inf)[()]
    else:
        p = 2 * np.minimum(*tails)
    return Comparison(
        effect=effect,
        se=se,
        low=np.where(known, low, -np.inf)[()],
        high=np.where(known, high, np.inf)[()],
        p=np.where(known, p, 1.0)[()],
        df=df,
    )


def _known(control: Arm, treatment: Arm, se: Number) -> Number:
    return (np.minimum(control.n, treatment.n) > 1) & np.isfinite(se) & (np.asarray(se) > 0)
