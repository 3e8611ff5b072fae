"""Looking every day without fooling oneself: asymptotic confidence sequences.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2023), arXiv 2103.06476v7. The interval holds at every look at once,
so an experiment may be read whenever one likes. `tuning` is the number of people (both arms) at which it is narrowest:
the planned size of the experiment.
"""

import numpy as np

from insights.statistics.arms import Arm, Number, divided
from insights.statistics.comparing import GREATER, TWO_SIDED, Comparison, difference, settled

P_FLOOR, P_CEILING = 1e-5, 0.4999  # one-sided p-values are searched for between these
SEARCH_STEPS = 60
NEAR_ZERO = 1e-6  # the search of the published figures is over when the bound is so near to zero


def rho_squared(alpha: Number, tuning: Number) -> Number:
    """The mixture's variance that makes the sequence narrowest at `tuning` people."""
    log = -2 * np.log(alpha)
    return (log + np.log(log + 1)) / tuning


def half_width(se: Number, n: Number, *, alpha: Number, tuning: Number, one_sided: bool = False) -> Number:
    """Half the width of the confidence sequence for an effect with this standard error after n people."""
    level = 2 * np.asarray(alpha) if one_sided else np.asarray(alpha)
    return _width(se, n, level, rho_squared(level, tuning), one_sided=one_sided)


def _width(se: Number, n: Number, level: Number, rho2: Number, *, one_sided: bool) -> Number:
    inside = np.asarray(n) * rho2 + 1
    wide = 2 * inside / (np.square(n) * rho2) * np.log(np.sqrt(inside) / level + float(one_sided))
    return se * np.sqrt(n) * np.sqrt(wide)


def always_valid(
    control: Arm,
    treatment: Arm,
    *,
    tuning: Number,
    alpha: Number = 0.05,
    relative: bool = True,
    alternative: str = TWO_SIDED,
) -> Comparison:
    """The effect with an interval and a p-value that are valid at any time."""
    effect, se = difference(control, treatment, relative=relative)
    n = np.add(control.n, treatment.n)
    known = (np.minimum(control.n, treatment.n) > 1) & np.isfinite(se) & (np.asarray(se) > 0)
    safe = np.where(known, se, 1.0)
    one_sided = alternative != TWO_SIDED
    width = half_width(safe, np.maximum(n, 1), alpha=alpha, tuning=tuning, one_sided=one_sided)
    found = settled(effect, se, width, (0.5, 0.5), known, alternative=alternative)
    if one_sided:
        rho2 = rho_squared(2 * np.asarray(alpha), tuning)
        p = _one_sided_p(effect if alternative == GREATER else -effect, safe, np.maximum(n, 1), rho2)
    else:
        p = two_sided_p(effect, safe, np.maximum(n, 1), alpha=alpha, tuning=tuning)
    return Comparison(found.effect, found.se, found.low, found.high, np.where(known, p, 1.0)[()])


def two_sided_p(effect: Number, se: Number, n: Number, *, alpha: Number, tuning: Number) -> Number:
    """1 / e-value, at most 1."""
    rho2 = rho_squared(alpha, tuning)
    strength = np.asarray(n) * np.square(divided(effect, se))
    inside = np.asarray(n) * rho2 + 1
    log_e = rho2 * strength / (2 * inside) - np.log(inside) / 2
    return np.exp(-np.maximum(log_e, 0.0))


def _one_sided_p(effect: Number, se: Number, n: Number, rho2: Number) -> Number:
    """The smallest level at which the one-sided sequence of this mixture excludes zero, by bisection.

    It ends as GrowthBook's search does, half a step behind the level that was near enough: published figures have that
    in their fourth digit. Where effects themselves are as small as that, it goes on.
    """

    def bound(level: Number) -> Number:
        return effect - _width(se, n, 2 * np.asarray(level), rho2, one_sided=True)

    low, high = np.full(np.shape(effect), P_FLOOR), np.full(np.shape(effect), P_CEILING)
    middle, searching = (low + high) / 2, np.full(np.shape(effect), True)
    for _ in range(SEARCH_STEPS):
        at = bound(middle)
        low = np.where(searching & (at < 0), middle, low)
        high = np.where(searching & (at >= 0), middle, high)
        middle = (low + high) / 2
        searching = searching & (np.abs(at) >= np.minimum(NEAR_ZERO, se / 100))
    found = np.where(bound(P_CEILING) < 0, P_CEILING, middle)
    return np.where(bound(P_FLOOR) > 0, P_FLOOR, found)[()]
