"""An interval as a bar and the course of an effect as a band: whole units for a template to draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

BAR_WIDTH = 160
BAR_EDGE = 6
WIDTH, HEIGHT = 760, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 36, 14, 34
MOST_ACROSS = 6
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
LARGEST = 2.0  # an interval of the first days may be wider than anything worth reading


@dataclass(frozen=True)
class Bar:
    """`open_low`, `open_high`: the interval goes on beyond the picture."""

    low: int
    high: int
    at: int
    open_low: bool
    open_high: bool
    zero: int = BAR_WIDTH // 2
    width: int = BAR_WIDTH

    @property
    def length(self) -> int:
        return max(self.high - self.low, 2)


@dataclass(frozen=True)
class Moment:
    at: datetime
    effect: float
    low: float
    high: float


@dataclass(frozen=True)
class Tick:
    at: int
    text: str


@dataclass(frozen=True)
class Day:
    at: int
    when: datetime


@dataclass(frozen=True)
class Band:
    area: str
    line: str
    points: list[tuple[int, int]]
    zero: int
    up: list[Tick]
    across: list[Day]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def reach(intervals: Sequence[tuple[float, float]]) -> float:
    """How far from nothing a row of bars must go so that they can be compared."""
    ends = [abs(end) for interval in intervals for end in interval]
    return min(max(ends, default=1.0), LARGEST) or 1.0


def bar(effect: float, low: float, high: float, *, reach: float) -> Bar:
    """Nothing in the middle; to the right B has more."""
    half = BAR_WIDTH // 2 - BAR_EDGE

    def x(value: float) -> int:
        return round(BAR_WIDTH // 2 + max(-1.0, min(1.0, value / reach)) * half)

    return Bar(x(low), x(high), x(effect), low < -reach, high > reach)


def band(moments: Sequence[Moment], *, told: Callable[[float], str]) -> Band | None:
    """The effect and its interval over time; None for less than two moments. `told` says a share in words."""
    if len(moments) < 2:
        return None
    far = reach([(moment.low, moment.high) for moment in moments])
    begin, end = moments[0].at, moments[-1].at
    whole = (end - begin).total_seconds() or 1.0

    def x(at: datetime) -> int:
        return round(LEFT + (at - begin).total_seconds() / whole * (WIDTH - LEFT - RIGHT))

    def y(value: float) -> int:
        share = (max(-far, min(far, value)) + far) / (2 * far)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))

    highs = [f"{x(moment.at)},{y(moment.high)}" for moment in moments]
    lows = [f"{x(moment.at)},{y(moment.low)}" for moment in reversed(moments)]
    points = [(x(moment.at), y(moment.effect)) for moment in moments]
    step = next((step for step in STEPS if far / step <= 3), far)
    marks = [step * number for number in range(-3, 4) if abs(step * number) <= far]
    every = max(1, -(-len(moments) // MOST_ACROSS))
    return Band(
        area=" ".join([*highs, *lows]),
        line=" ".join(f"{across},{up}" for across, up in points),
        points=points,
        zero=y(0),
        up=[Tick(y(mark), told(mark)) for mark in marks],
        across=[Day(x(moment.at), moment.at) for moment in moments[::every]],
    )
