"""Sums of an arm as they stand in a snapshot, read as the statistics want them."""

from collections.abc import Mapping
from typing import Any

from insights.statistics.arms import Mean, Ratio


def mean(arm: Mapping[str, Any], name: str) -> Mean:
    return Mean(arm["n"], arm[name], arm[f"{name}*{name}"])


def ratio(arm: Mapping[str, Any], top: str, bottom: str) -> Ratio:
    squares = (arm[f"{top}*{top}"], arm[bottom], arm[f"{bottom}*{bottom}"])
    return Ratio(arm["n"], arm[top], *squares, arm[f"{top}*{bottom}"])


def others(arm: Mapping[str, Any], top: str, bottom: str) -> Ratio:
    """What is left of the bottom without the top: of lists that are empty, those that are not."""
    part = ratio(arm, top, bottom)
    squares = part.num_sum_squares - 2 * part.num_den_sum_products + part.den_sum_squares
    return Ratio(
        part.n,
        part.den_sum - part.num_sum,
        squares,
        part.den_sum,
        part.den_sum_squares,
        part.den_sum_squares - part.num_den_sum_products,
    )
