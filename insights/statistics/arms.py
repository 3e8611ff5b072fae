"""What an arm of an experiment comes down to: sums over its people.

The unit is always the person: n counts people, never events. A naive test on clicks per impression takes the
impressions of one person for independent, and in an A/A test with people as they are it sees an effect half the time.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Number = Any  # a float, or an array of floats when many experiments are judged at once
ROUNDING = np.finfo(np.float64).eps


class Arm(Protocol):
    """n people, and the mean and variance of what one of them does."""

    @property
    def n(self) -> Number: ...

    @property
    def mean(self) -> Number: ...

    @property
    def variance(self) -> Number: ...

    @property
    def observed_mean(self) -> Number:
        """The mean before any adjustment: what a relative effect is relative to."""
        ...

    def scaled_variance(self, by: Number) -> Number:
        """The variance when what is observed is multiplied by a number (what adjusts it is not)."""
        ...


class _Plain:
    """An arm without adjustment."""

    mean: Number
    variance: Number

    @property
    def observed_mean(self) -> Number:
        return self.mean

    def scaled_variance(self, by: Number) -> Number:
        return np.square(by) * self.variance


def divided(top: Number, bottom: Number) -> Number:
    """top / bottom, and 0 where there is nothing to divide by."""
    top, bottom = np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64)
    out = np.zeros(np.broadcast(top, bottom).shape)
    return np.divide(top, bottom, out=out, where=bottom != 0)[()]


def variance_of(n: Number, total: Number, squares: Number) -> Number:
    """The sample variance (n - 1) from sums; 0 for fewer than two people."""
    return covariance_of(n, total, total, squares)


def covariance_of(n: Number, left: Number, right: Number, products: Number) -> Number:
    """The sample covariance (n - 1) from sums; 0 for fewer than two people."""
    return divided(products - divided(np.multiply(left, right), n), np.maximum(np.subtract(n, 1), 0))


def beyond_rounding(variance: Number, n: Number, size: Number) -> Number:
    """The variance, and 0 where adding up n numbers with squares of this size could have made it out of nothing.

    People who all did the same do not vary, though a tenth added up thirty times is not quite three.
    """
    return np.where(variance > ROUNDING * np.asarray(n) * size, variance, 0.0)[()]


@dataclass(frozen=True)
class Mean(_Plain):
    """A number per person, for example how many films they rated."""

    n: Number
    sum: Number
    sum_squares: Number

    @property
    def mean(self) -> Number:
        return divided(self.sum, self.n)

    @property
    def variance(self) -> Number:
        size = divided(self.sum_squares, self.n)
        return beyond_rounding(variance_of(self.n, self.sum, self.sum_squares), self.n, size)


@dataclass(frozen=True)
class Proportion(_Plain):
    """Yes or no per person; `sum` counts the yes. The variance is p (1 - p)."""

    n: Number
    sum: Number

    @property
    def sum_squares(self) -> Number:
        return self.sum

    @property
    def mean(self) -> Number:
        return divided(self.sum, self.n)

    @property
    def variance(self) -> Number:
        return self.mean * (1 - self.mean)


@dataclass(frozen=True)
class Ratio(_Plain):
    """Two numbers per person, judged as the ratio of their sums: clicks to impressions, stars to ratings.

    The variance is that of the ratio by the delta method, seen as the variance of one person's part (times 1 / n it is
    the variance of the ratio): var(m)/d² + var(d) m²/d⁴ - 2 cov(m, d) m/d³ on the means m and d.
    """

    n: Number
    num_sum: Number
    num_sum_squares: Number
    den_sum: Number
    den_sum_squares: Number
    num_den_sum_products: Number

    @property
    def mean(self) -> Number:
        return divided(self.num_sum, self.den_sum)

    @property
    def variance(self) -> Number:
        top, bottom = divided(self.num_sum, self.n), divided(self.den_sum, self.n)
        ratio = divided(top, bottom)
        varied = (
            variance_of(self.n, self.num_sum, self.num_sum_squares)
            + np.square(ratio) * variance_of(self.n, self.den_sum, self.den_sum_squares)
            - 2 * ratio * covariance_of(self.n, self.num_sum, self.den_sum, self.num_den_sum_products)
        )
        size = divided(self.num_sum_squares + np.square(ratio) * self.den_sum_squares, self.n)
        return divided(beyond_rounding(varied, self.n, size), np.square(bottom))


@dataclass(frozen=True)
class Adjusted:
    """An arm after CUPED: post - theta pre per person, from the moments of both."""

    n: Number
    observed_mean: Number
    pre_mean: Number
    post_variance: Number
    pre_variance: Number
    covariance: Number
    theta: Number

    @property
    def mean(self) -> Number:
        return self.observed_mean - self.theta * self.pre_mean

    @property
    def variance(self) -> Number:
        return self.scaled_variance(1.0)

    def scaled_variance(self, by: Number) -> Number:
        """The variance of by * post - theta * pre."""
        post, pre = np.square(by) * self.post_variance, np.square(self.theta) * self.pre_variance
        return beyond_rounding(post + pre - 2 * by * self.theta * self.covariance, self.n, post + pre)
