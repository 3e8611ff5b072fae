"""CUPED: what people did before the experiment explains a part of what they do in it (Deng et al. 2013).

Each mean is moved by theta times how the arm's people differed before, with one theta for both arms; that leaves the
effect unbiased and takes the explained part out of its variance. With nothing known of the time before (new people, no
variance) theta is 0 and the test is the plain one.
"""

from dataclasses import dataclass, replace

from insights.statistics.arms import Adjusted, Mean, Number, Proportion, Ratio, covariance_of, divided


@dataclass(frozen=True)
class Before:
    """An arm's people with what they did before: both as sums, and the sum over people of before times in it."""

    post: Mean | Proportion
    pre: Mean | Proportion
    post_pre_sum_products: Number

    @property
    def covariance(self) -> Number:
        if isinstance(self.post, Proportion) and isinstance(self.pre, Proportion):
            return divided(self.post_pre_sum_products, self.post.n) - self.post.mean * self.pre.mean
        return covariance_of(self.post.n, self.post.sum, self.pre.sum, self.post_pre_sum_products)


def theta(control: Before, treatment: Before) -> Number:
    """How much of a unit before the experiment returns in it: covariance over variance, both arms pooled."""
    joint = Before(
        post=_pooled(control.post, treatment.post),
        pre=_pooled(control.pre, treatment.pre),
        post_pre_sum_products=control.post_pre_sum_products + treatment.post_pre_sum_products,
    )
    return divided(joint.covariance, joint.pre.variance)


def adjusted(control: Before, treatment: Before) -> tuple[Adjusted, Adjusted]:
    """Both arms with what the time before explains taken out."""
    share = theta(control, treatment)
    return _adjust(control, share), _adjust(treatment, share)


def _adjust(arm: "Before | RatioBefore", share: Number) -> Adjusted:
    return Adjusted(
        n=arm.post.n,
        observed_mean=arm.post.mean,
        pre_mean=arm.pre.mean,
        post_variance=arm.post.variance,
        pre_variance=arm.pre.variance,
        covariance=arm.covariance,
        theta=share,
    )


def _pooled(one: Mean | Proportion, other: Mean | Proportion) -> Mean | Proportion:
    if isinstance(one, Proportion) and isinstance(other, Proportion):
        return Proportion(one.n + other.n, one.sum + other.sum)
    return Mean(one.n + other.n, one.sum + other.sum, one.sum_squares + other.sum_squares)


@dataclass(frozen=True)
class RatioBefore:
    """A ratio in the experiment and the same ratio before it; the last four are sums of products over people."""

    post: Ratio
    pre: Ratio
    num_num: Number
    den_den: Number
    num_post_den_pre: Number
    den_post_num_pre: Number

    @property
    def covariance(self) -> Number:
        """Of one person's part of the ratio after and before (linearised)."""
        n, post, pre = self.post.n, self.post, self.pre
        linear = (
            covariance_of(n, post.num_sum, pre.num_sum, self.num_num)
            - pre.mean * covariance_of(n, post.num_sum, pre.den_sum, self.num_post_den_pre)
            - post.mean * covariance_of(n, post.den_sum, pre.num_sum, self.den_post_num_pre)
            + post.mean * pre.mean * covariance_of(n, post.den_sum, pre.den_sum, self.den_den)
        )
        return divided(linear, divided(post.den_sum, n) * divided(pre.den_sum, n))


def adjusted_ratios(control: RatioBefore, treatment: RatioBefore) -> tuple[Adjusted, Adjusted]:
    """CUPED for ratios: each person's part of the ratio, linearised, takes the place of the number itself."""
    share = divided(control.covariance + treatment.covariance, control.pre.variance + treatment.pre.variance)
    first, second = _adjust(control, share), _adjust(treatment, share)
    # The time before is counted from the control's mean: the gradient of a relative effect is then the textbook's.
    moved = share * (treatment.pre.mean - control.pre.mean)
    return (
        replace(first, pre_mean=0.0),
        replace(second, pre_mean=0.0, observed_mean=second.observed_mean - moved),
    )
