"""Are the experiments' statistics honest? Thousands of simulated experiments whose truth is known.

People differ a lot (as they do), arrive over four weeks, and are drawn into arms by a coin. A/A runs count how often an
effect is seen that is not there: once at the planned end, and with a look a day by the always-valid p-value. Runs with
a true effect count how often the interval holds it. A look a day also asks whether the arms' sizes raise an alarm.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from insights.statistics import comparing, cuped, sequential, srm
from insights.statistics.arms import Arm, Mean, Proportion, Ratio

RUNS, AT_ONCE = 2000, 25
PEOPLE, DAYS = 2000, 28
FIRST_LOOK = 7  # verdicts are shown from seven full days on
ALPHA, EFFECT = 0.05, 0.08
SEED = 20240601
BOUNDS = {"fixed": (4.0, 6.2), "daily": (0.0, 5.0), "covered": (94.0, 96.0), "ratio alarms": (0.0, 1.0)}


@dataclass(frozen=True)
class World:
    """Runs × people (× days): who is in arm B, when each person came, and how busy each is."""

    random: np.random.Generator
    second: np.ndarray
    arrived: np.ndarray
    busy: np.ndarray
    lift: float

    @classmethod
    def make(cls, random: np.random.Generator, lift: float) -> "World":
        shape = (AT_ONCE, PEOPLE)
        return cls(
            random=random,
            second=random.random(shape) < 0.5,
            arrived=random.integers(0, DAYS, shape),
            busy=random.lognormal(0.0, 0.8, shape),
            lift=lift,
        )

    @property
    def here(self) -> np.ndarray:
        """Runs × people × days: whether the person has come by the end of that day."""
        return self.arrived[..., None] <= np.arange(DAYS)

    @property
    def factor(self) -> np.ndarray:
        return np.where(self.second, 1 + self.lift, 1.0)[..., None]

    def arms(self, make: Callable[[np.ndarray], Arm]) -> tuple[Arm, Arm]:
        """Both arms at every look, from a function that sums over a mask of people."""
        return make(~self.second[..., None] & self.here), make(self.second[..., None] & self.here)


def totals(values: np.ndarray) -> Callable[[np.ndarray], Mean]:
    def arm(mask: np.ndarray) -> Mean:
        kept = np.where(mask, values, 0.0)
        return Mean(mask.sum(axis=1), kept.sum(axis=1), np.square(kept).sum(axis=1))

    return arm


def shares(values: np.ndarray) -> Callable[[np.ndarray], Proportion]:
    return lambda mask: Proportion(mask.sum(axis=1), (mask & values).sum(axis=1))


def ratios(top: np.ndarray, bottom: np.ndarray) -> Callable[[np.ndarray], Ratio]:
    def arm(mask: np.ndarray) -> Ratio:
        a, b = np.where(mask, top, 0.0), np.where(mask, bottom, 0.0)
        return Ratio(
            mask.sum(axis=1),
            a.sum(axis=1),
            np.square(a).sum(axis=1),
            b.sum(axis=1),
            np.square(b).sum(axis=1),
            (a * b).sum(axis=1),
        )

    return arm


def daily(world: World, rate: np.ndarray) -> np.ndarray:
    """Events of each person on each day they were there, Poisson."""
    return np.where(world.here, world.random.poisson(np.broadcast_to(rate, world.here.shape)), 0).astype(np.float64)


def ctr(world: World) -> tuple[Arm, Arm]:
    shown = daily(world, 6 * world.busy[..., None])
    taste = world.random.beta(1.2, 14, world.busy.shape)[..., None] * world.factor
    clicks = world.random.binomial(shown.astype(np.int64), np.minimum(taste, 1.0))
    return world.arms(ratios(clicks.cumsum(axis=2), shown.cumsum(axis=2)))


def ctr_cuped(world: World) -> tuple[Arm, Arm]:
    taste = world.random.beta(1.2, 14, world.busy.shape)[..., None]
    shown = daily(world, 6 * world.busy[..., None])
    clicks = world.random.binomial(shown.astype(np.int64), np.minimum(taste * world.factor, 1.0))
    past = world.random.poisson(6 * DAYS * world.busy)[..., None]
    clicked = np.broadcast_to(world.random.binomial(past, taste).astype(float), shown.shape)
    past = np.broadcast_to(past.astype(float), shown.shape)
    clicks, shown = clicks.cumsum(axis=2), shown.cumsum(axis=2)

    def arm(mask: np.ndarray) -> cuped.RatioBefore:
        pairs = [(clicks, clicked), (shown, past), (clicks, past), (shown, clicked)]
        products = [np.where(mask, one * other, 0.0).sum(axis=1) for one, other in pairs]
        return cuped.RatioBefore(ratios(clicks, shown)(mask), ratios(clicked, past)(mask), *products)

    return cuped.adjusted_ratios(arm(~world.second[..., None] & world.here), arm(world.second[..., None] & world.here))


def engagement(world: World) -> tuple[Arm, Arm]:
    return world.arms(totals(daily(world, 0.6 * world.busy[..., None] * world.factor).cumsum(axis=2)))


def engagement_cuped(world: World) -> tuple[Arm, Arm]:
    after = daily(world, 0.6 * world.busy[..., None] * world.factor).cumsum(axis=2)
    before = np.broadcast_to(world.random.poisson(0.6 * DAYS * world.busy)[..., None].astype(float), after.shape)

    def arm(mask: np.ndarray) -> cuped.Before:
        products = np.where(mask, after * before, 0.0).sum(axis=1)
        return cuped.Before(totals(after)(mask), totals(before)(mask), products)

    return cuped.adjusted(arm(~world.second[..., None] & world.here), arm(world.second[..., None] & world.here))


def time_spent(world: World) -> tuple[Arm, Arm]:
    visits = daily(world, 0.3 * world.busy[..., None])
    seconds = visits * world.random.lognormal(4.0, 1.0, visits.shape) * world.factor
    spent = seconds.cumsum(axis=2)
    limit = np.quantile(spent[..., -1], 0.99)
    return world.arms(totals(np.minimum(spent, limit * world.factor)))


def conversion(world: World) -> tuple[Arm, Arm]:
    will = world.random.random(world.busy.shape)[..., None] < 0.22 * world.factor
    return world.arms(shares(np.broadcast_to(will, world.here.shape)))


def retention(world: World) -> tuple[Arm, Arm]:
    will = world.random.random(world.busy.shape)[..., None] < 0.45 * world.factor
    return world.arms(shares(np.broadcast_to(will, world.here.shape)))


def rating(world: World) -> tuple[Arm, Arm]:
    given = daily(world, 0.25 * world.busy[..., None])
    mood = 2.6 + world.random.normal(0, 0.5, world.busy.shape)[..., None]
    stars = given * mood * world.factor + world.random.normal(0, 0.9, given.shape) * np.sqrt(given)
    return world.arms(ratios(stars.cumsum(axis=2), given.cumsum(axis=2)))


METRICS = {
    "ctr": ctr,
    "engagement": engagement,
    "engagement with CUPED": engagement_cuped,
    "time_spent": time_spent,
    "conversion": conversion,
    "retention": retention,
    "rating": rating,
    "ctr with CUPED": ctr_cuped,
}


def at_the_end(arm: Arm) -> Arm:
    last = {name: value if np.ndim(value) == 0 else np.asarray(value)[..., -1] for name, value in vars(arm).items()}
    return type(arm)(**last)


def judge(metric: Callable[[World], tuple[Arm, Arm]], runs: int, seed: int) -> dict[str, float]:
    """Percentages over the runs."""
    random = np.random.default_rng(seed)
    seen = {"fixed": 0, "daily": 0, "covered": 0, "ratio alarms": 0}
    for _ in range(runs // AT_ONCE):
        world = World.make(random, lift=0.0)
        control, treatment = metric(world)
        ends = comparing.welch(at_the_end(control), at_the_end(treatment), alpha=ALPHA)
        looks = sequential.always_valid(control, treatment, tuning=PEOPLE, alpha=ALPHA)
        seen["fixed"] += int((ends.p < ALPHA).sum())
        seen["daily"] += int((looks.p[:, FIRST_LOOK:] < ALPHA).any(axis=1).sum())
        counts = np.stack([control.n, treatment.n], axis=-1)
        seen["ratio alarms"] += int((srm.sequential_p(counts, [0.5, 0.5]) < srm.ALARM).sum())
        helped = comparing.welch(*map(at_the_end, metric(World.make(random, lift=EFFECT))), alpha=ALPHA)
        seen["covered"] += int(((helped.low <= EFFECT) & (helped.high >= EFFECT)).sum())
    return {name: 100 * number / runs for name, number in seen.items()}


def outside(name: str, found: dict[str, float]) -> list[str]:
    return [
        f"{name}: {what} {found[what]:.2f}" for what, (low, high) in BOUNDS.items() if not low <= found[what] <= high
    ]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=RUNS)
    runs = asked.parse_known_args()[0].runs
    print(
        f"{runs} experiments a metric, {PEOPLE} people, {DAYS} days, coverage of {EFFECT:.0%}, seed {SEED}; in percent"
    )
    print(f"{'metric':24}" + "".join(f"{what:>14}" for what in BOUNDS))
    wrong = []
    for number, (name, metric) in enumerate(METRICS.items()):
        start = time.perf_counter()
        found = judge(metric, runs, SEED + number)
        figures = "".join(f"{found[what]:14.2f}" for what in BOUNDS)
        print(f"{name:24}{figures}   {time.perf_counter() - start:.0f} s", flush=True)
        wrong += outside(name, found)
    print(f"{'bounds':24}" + "".join(f"{f'{low:g}-{high:g}':>14}" for low, high in BOUNDS.values()))
    print("OUTSIDE " + "; ".join(wrong) if wrong else "all within the bounds")


if __name__ == "__main__":
    main()
