"""Sample-ratio mismatch: do the arms have the people that the split promised? If not, nothing else may be believed.

The chi-square is for one look. With a look a day for four weeks a healthy split alarms by it in one of a hundred
experiments, also at 0.001; the sequential test may be looked at as often as one likes.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import chdtrc, gammaln

ALARM = 0.001
STRENGTH = 100.0


def chi_square(observed: Sequence[float], weights: Sequence[float]) -> tuple[float, int]:
    """Pearson's statistic against the weights (on any scale), and its degrees of freedom.

    Arms of weight 0, and arms not counted, are left out.
    """
    pairs = [(seen, weight) for seen, weight in zip(observed, weights, strict=False) if weight > 0]
    seen, share = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    if len(pairs) < 2 or seen.sum() <= 0:
        return 0.0, 0
    expected = seen.sum() * share / share.sum()
    return float((np.square(seen - expected) / expected).sum()), len(pairs) - 1


def p_value(observed: Sequence[float], weights: Sequence[float]) -> float:
    """The chance of a split at least as far from the promised one; 1 where there is nothing to compare."""
    statistic, freedom = chi_square(observed, weights)
    return float(chdtrc(freedom, statistic)) if freedom else 1.0


def log_likelihoods(
    batches: Iterable[Sequence[float]], weights: Sequence[float], prior: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """After each batch of counts: the log marginal likelihoods of "any split" and of the promised one.

    Sequential multinomial test with a Dirichlet prior (Lindon and Malek 2020): the Bayes factor exp(first - second)
    may be looked at after every person, and 1 / its maximum is an always-valid p-value.
    """
    arrived = np.asarray(list(batches), dtype=np.float64).reshape(-1, len(weights))
    counts = np.cumsum(arrived, axis=0)
    alpha, share = np.asarray(prior, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    base = gammaln(alpha.sum()) - gammaln(alpha).sum()
    free = base + gammaln(alpha + counts).sum(axis=1) - gammaln(alpha.sum() + counts.sum(axis=1))
    # How many orders a batch can have come in: the same on both sides, so that the Bayes factor does not see it.
    orders = np.cumsum(gammaln(arrived.sum(axis=1) + 1) - gammaln(arrived + 1).sum(axis=1))
    return free + orders, counts @ np.log(share) + orders


def sequential_p(counts: np.ndarray, weights: Sequence[float], *, strength: float = STRENGTH) -> np.ndarray:
    """Always-valid p-value that the split is what was promised, from the counts so far at each look.

    `counts` is (…, looks, arms), cumulative; the answer is (…): the smallest reciprocal of the Bayes factor at any
    look. The prior is centred on the promise and weighs `strength` people, so that small losses are found as well.
    """
    seen, share = np.asarray(counts, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    alpha = strength * share
    free = (gammaln(alpha + seen) - gammaln(alpha)).sum(axis=-1)
    free += gammaln(strength) - gammaln(strength + seen.sum(axis=-1))
    return np.exp(-np.maximum((free - seen @ np.log(share)).max(axis=-1, initial=0.0), 0.0))
