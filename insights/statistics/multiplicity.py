"""Several goals in one experiment: p-values that stay honest together. All return adjusted p-values in order."""

from collections.abc import Sequence

import numpy as np


def bonferroni(p: Sequence[float]) -> np.ndarray:
    return np.minimum(np.asarray(p) * len(p), 1.0)


def holm(p: Sequence[float]) -> np.ndarray:
    """Step-down Bonferroni (Holm 1979): never worse than Bonferroni, needs no independence. What verdicts use."""
    return _step_down(p, lambda value, left: value * left)


def hochberg_sidak(p: Sequence[float]) -> np.ndarray:
    """Step-up with Sidak's levels, for independent goals."""
    with np.errstate(divide="ignore"):  # of a p-value of 1
        return _step_up(p, lambda value, rank, many: -np.expm1((many - rank + 1) * np.log1p(-value)))


def benjamini_hochberg(p: Sequence[float]) -> np.ndarray:
    """Controls the share of false discoveries among the discoveries (Benjamini and Hochberg 1995)."""
    return _step_up(p, lambda value, rank, many: value * many / rank)


def benjamini_yekutieli(p: Sequence[float]) -> np.ndarray:
    """The same under any dependence (Benjamini and Yekutieli 2001)."""
    harmonic = np.sum(1 / np.arange(1, len(p) + 1))
    return np.minimum(_step_up(p, lambda value, rank, many: value * many * harmonic / rank), 1.0)


def _step_up(p: Sequence[float], scaled) -> np.ndarray:
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)
    ranks = np.arange(1, len(values) + 1)
    stepped = np.minimum.accumulate(scaled(values[order], ranks, len(values))[::-1])[::-1]
    return _put_back(np.minimum(stepped, 1.0), order)


def _step_down(p: Sequence[float], scaled) -> np.ndarray:
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)
    left = np.arange(len(values), 0, -1)
    return _put_back(np.minimum(np.maximum.accumulate(scaled(values[order], left)), 1.0), order)


def _put_back(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    out[order] = values
    return out
