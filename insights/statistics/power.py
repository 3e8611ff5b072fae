"""How many people, how small an effect: what an experiment can see, before it is begun and on the way.

`relative_effect` and the minimum detectable effect (MDE) are fractions of the baseline. A proportion is taken with the
variance of its baseline in both arms, unless the treatment's is given.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from insights.statistics import sequential
from insights.statistics.arms import Number

BISECTIONS = 80


class Sample(NamedTuple):
    """What is expected of an arm: its people, their mean and their variance."""

    n: Number
    mean: Number
    variance: Number


def variance_of_effect(control: Sample, treatment: Sample, *, relative: bool) -> Number:
    """The variance of (treatment - control), or of that over |control|, by the delta method."""
    spread = control.variance / control.n + treatment.variance / treatment.n
    if not relative:
        return spread
    gradient = np.square(treatment.mean / control.mean)
    return (treatment.variance / treatment.n + gradient * control.variance / control.n) / np.square(control.mean)


def power(effect: Number, se: Number, *, alpha: Number = 0.05) -> Number:
    """The chance that a two-sided z-test of level alpha sees this effect, whichever way it points."""
    z, shift = ndtri(1 - np.divide(alpha, 2)), np.abs(effect) / se
    return ndtr(shift - z) + ndtr(-shift - z)


def sequential_power(effect: Number, se: Number, n: Number, *, tuning: Number, alpha: Number = 0.05) -> Number:
    """The chance that one look at the confidence sequence, after n people in all, excludes zero."""
    wide = sequential.half_width(se, n, alpha=alpha, tuning=tuning) / se
    shift = np.abs(effect) / se
    return ndtr(shift - wide) + ndtr(-shift - wide)


def widening(n: Number, *, tuning: Number, alpha: Number = 0.05) -> Number:
    """How many times wider than the interval of one look the always-valid one is after n people in all."""
    return sequential.half_width(1.0, n, alpha=alpha, tuning=tuning) / -ndtri(np.divide(alpha, 2))


def planned_se(mean: float, variance: float, relative_effect: float, per_arm: float) -> float:
    """The standard error of the relative effect with `per_arm` people in each arm."""
    control, treatment = Sample(per_arm, mean, variance), Sample(per_arm, mean * (1 + relative_effect), variance)
    return float(np.sqrt(variance_of_effect(control, treatment, relative=True)))


def planned_power(
    mean: float, variance: float, relative_effect: float, per_arm: float, *, alpha: float = 0.05
) -> float:
    return float(power(relative_effect, planned_se(mean, variance, relative_effect, per_arm), alpha=alpha))


def minimum_detectable_effect(
    mean: float, variance: float, per_arm: float, *, alpha: float = 0.05, power: float = 0.8, widening: float = 1.0
) -> float:
    """The smallest relative effect that is seen with this power; infinite where no effect is large enough.

    Solves d = (z_a + z_b) se(d) for d > 0, where the standard error grows with d itself; `widening` is the factor by
    which an always-valid interval is wider than a fixed one.
    """
    z = ndtri(1 - alpha / 2) * widening + ndtri(power)
    if per_arm <= 0 or mean == 0:
        return float("inf")
    noise = z * z * variance / per_arm / mean**2
    if noise >= 1:
        return float("inf")
    # d² = noise (1 + (1 + d)²)
    return float((noise + np.sqrt(2 * noise - noise * noise)) / (1 - noise))


def sample_size(
    variance: float,
    absolute_effect: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    weights: tuple[float, float] = (1, 1),
    treatment_variance: float | None = None,
) -> float:
    """People in both arms together who show this difference of means with this power.

    With the treatment's own variance the null hypothesis keeps the control's in both arms, which for proportions is the
    classical two-proportion formula (Fleiss 1981).
    """
    second = variance if treatment_variance is None else treatment_variance
    first_share, second_share = (weight / sum(weights) for weight in weights)
    under_null = np.sqrt(variance / first_share + variance / second_share)
    under_effect = np.sqrt(variance / first_share + second / second_share)
    z = ndtri(1 - alpha / 2) * under_null + ndtri(power) * under_effect
    return float(np.square(z / absolute_effect))


def further_people(
    effect: float, se: float, n: float, *, tuning: float | None = None, alpha: float = 0.05, wanted: float = 0.8
) -> float:
    """How many times the people so far must still come until this effect is seen with the wanted power; 0 when it is.

    With `tuning` by the always-valid interval, otherwise at one look.
    """

    def reached(factor: float) -> float:
        smaller = se / np.sqrt(1 + factor)
        if tuning is None:
            return float(power(effect, smaller, alpha=alpha))
        return float(sequential_power(effect, smaller, n * (1 + factor), tuning=tuning, alpha=alpha))

    low, high = 0.0, 1.0
    if reached(low) >= wanted:
        return 0.0
    while reached(high) < wanted:
        high *= 2
        if high > 1e9:
            return float("inf")
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= wanted else (middle, high)
    return high
