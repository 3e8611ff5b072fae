"""Chance to win and expected loss: an aid to reading, never what decides. Normal approximation of the effect."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from insights.statistics.arms import Arm, Number, divided
from insights.statistics.comparing import difference


@dataclass(frozen=True)
class Posterior:
    """`risk` is what is lost on average by keeping the control, and by shipping the treatment."""

    mean: Number
    sd: Number
    low: Number
    high: Number
    chance_to_win: Number
    risk: tuple[Number, Number]


def posterior(
    control: Arm,
    treatment: Arm,
    *,
    relative: bool = True,
    prior: tuple[float, float] | None = None,
    lower_is_better: bool = False,
    alpha: float = 0.05,
) -> Posterior:
    """`prior`: mean and variance of what effects are like before any data; None for a flat one."""
    mean, sd = difference(control, treatment, relative=relative)
    if prior is not None:
        weight, own = 1 / prior[1], divided(1.0, np.square(sd))
        mean, sd = (mean * own + prior[0] * weight) / (own + weight), np.sqrt(1 / (own + weight))
    z = ndtri(1 - alpha / 2)
    better = divided(mean, sd) * (-1 if lower_is_better else 1)
    chance = np.where(np.asarray(sd) > 0, ndtr(better), 0.5)[()]
    kept, shipped = losses(mean, sd)
    if lower_is_better:
        kept, shipped = shipped, kept
    return Posterior(mean, sd, mean - z * sd, mean + z * sd, chance, (kept, shipped))


def losses(mean: Number, sd: Number) -> tuple[Number, Number]:
    """E[max(effect, 0)] and E[max(-effect, 0)] of a normal effect."""
    known = np.asarray(sd) > 0
    z = divided(mean, np.where(known, sd, 1.0))
    density = np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi)
    gain = np.where(known, mean * ndtr(z) + sd * density, mean)
    loss = np.where(known, sd * density - mean * ndtr(-z), -np.asarray(mean))
    return np.maximum(gain, 0.0)[()], np.maximum(loss, 0.0)[()]
