"""Sample-ratio mismatch: do the arms have the people that the split promised? If not, nothing else may be believed."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import chdtrc, gammaln

ALARM = 0.001  # with a look a day for four weeks a healthy split then alarms in less than one of a hundred


def p_value(observed: Sequence[float], weights: Sequence[float]) -> float:
    """Pearson's chi-square against the weights (on any scale). Arms of weight 0, and arms not counted, are left out."""
    pairs = [(seen, weight) for seen, weight in zip(observed, weights, strict=False) if weight > 0]
    seen, share = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    if len(pairs) < 2 or seen.sum() <= 0:
        return 1.0
    expected = seen.sum() * share / share.sum()
    return float(chdtrc(len(pairs) - 1, (np.square(seen - expected) / expected).sum()))


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


def sequential_p(batches: Iterable[Sequence[float]], weights: Sequence[float], *, strength: float = 1.0) -> float:
    """Always-valid p-value that the split is what was promised; the prior weighs `strength` people an arm."""
    free, promised = log_likelihoods(batches, weights, [strength] * len(weights))
    return float(min(1.0, np.exp(-np.max(free - promised, initial=0.0))))
