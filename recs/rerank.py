"""What a person's sliders do to a ranking: towards the known or the unknown, towards the alike or the varied.

Both are neutral in the middle and monotone to either side. Plain arrays, no database.
"""

import numpy as np

POOL = 200  # the best so many candidates are ordered anew by diversity; the others follow as they were
# At the slider's end the best and the least known film lie so many standard deviations of the best scores apart.
MOST_SHIFT = 4.0
MOST_WEIGHT = 0.5  # what likeness may count at most: some of the engine's order always stays
NEUTRAL = 0.5


def shifted(scores: np.ndarray, familiarity: np.ndarray, novelty: float) -> np.ndarray:
    """The scores of some candidates, given best first, moved by how well known each is.

    `familiarity` is the popularity percentile, 0 to 1; `novelty` 0 favours the known, 1 the unknown, and 0.5 nobody.
    """
    if novelty == NEUTRAL or not len(scores):
        return scores
    pull = 2 * (novelty - NEUTRAL) * MOST_SHIFT * float(scores[:POOL].std())
    return scores + pull * (NEUTRAL - familiarity)


def spread_out(scores: np.ndarray, likeness: np.ndarray, diversity: float) -> np.ndarray:
    """An order of k candidates, given best first: each next one has the best mix of score and likeness to those chosen.

    Maximal marginal relevance (Carbonell and Goldstein 1998), with the mean likeness to the films before instead of
    the greatest: it is the mean that the distance within a list measures. `likeness` is k × k from 0 to 1. Above 0.5
    likeness counts against a film, below it in its favour. The best film always comes first.
    """
    count = len(scores)
    if diversity == NEUTRAL or count < 3:
        return np.arange(count)
    weight = 2 * (diversity - NEUTRAL) * MOST_WEIGHT
    worth = (1 - abs(weight)) * _unit(scores)
    others = likeness[~np.eye(count, dtype=bool)].reshape(count, count - 1)
    alike = weight * likeness / max(float(others.mean(axis=1).max()), np.finfo(float).tiny)
    order, total = np.zeros(count, dtype=np.int64), alike[0].copy()
    left = np.ones(count, dtype=bool)
    left[0] = False
    for place in range(1, count):
        order[place] = chosen = int(np.argmax(np.where(left, worth - total / place, -np.inf)))
        left[chosen] = False
        total += alike[chosen]
    return order


def _unit(values: np.ndarray) -> np.ndarray:
    """From 0 to 1, so that scores and likenesses of any size can be weighed against each other."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros(values.shape)
