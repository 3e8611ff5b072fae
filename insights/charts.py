"""Charts as numbers for a template to draw; positions are whole units of the picture, which no locale rewrites."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

WIDTH, HEIGHT = 760, 360
LEFT, RIGHT, TOP, BOTTOM = 48, 190, 16, 48
LABEL = 18  # the least distance of two labels
DASHES = ("", "7 4", "2 4", "10 4 2 4", "4 2", "12 6", "1 5", "8 3 2 3 2 3")
MARKS = ("circle", "square", "diamond", "triangle")
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0)
MOST_TICKS = 6


Series = tuple[str | Promise, Sequence[float | None], bool]
"""A label, a value for each place (None where there is none), and whether the line stands out."""


@dataclass(frozen=True)
class Tick:
    at: int
    text: str


@dataclass(frozen=True)
class Line:
    """Told apart by colour, dash and mark, and named where it ends."""

    label: str | Promise
    points: list[tuple[int, int]]
    dash: str
    mark: str
    number: int
    loud: bool
    text_at: int

    @property
    def path(self) -> str:
        return " ".join(f"{x},{y}" for x, y in self.points)

    @property
    def end(self) -> tuple[int, int]:
        return self.points[-1]


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    left: int
    right: int
    bottom: int
    label_at: int
    across: list[Tick]
    up: list[Tick]
    lines: list[Line]


def lines(series: Sequence[Series], *, across: Sequence[str]) -> Chart | None:
    """A line for each series over the places of `across`; None when there is nothing to draw a line through."""
    values = [value for _, row, _ in series for value in row if value is not None]
    if not values or len(across) < 2:
        return None
    step = next((step for step in STEPS if max(values) / step <= MOST_TICKS), max(values) / MOST_TICKS)
    top = step * max(-(-max(values) // step), 1)
    edge, floor = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(place: int) -> int:
        return round(LEFT + 14 + place * (edge - LEFT - 28) / (len(across) - 1))

    def y(value: float) -> int:
        return round(floor - value / top * (floor - TOP))

    points = [[(x(place), y(value)) for place, value in enumerate(row) if value is not None] for _, row, _ in series]
    drawn = [place for place, line in enumerate(points) if line]
    texts = dict(zip(drawn, _apart([points[place][-1][1] for place in drawn]), strict=True))
    many = round(top / step)
    return Chart(
        WIDTH,
        HEIGHT,
        LEFT,
        edge,
        floor,
        edge + 26,
        [Tick(x(place), text) for place, text in enumerate(across)],
        [Tick(y(step * tick), f"{step * tick:.2f}".removeprefix("0") if tick else "0") for tick in range(many + 1)],
        [_line(place, series[place], points[place], texts[place]) for place in drawn],
    )


def _line(place: int, one: Series, points: list[tuple[int, int]], text_at: int) -> Line:
    label, _, loud = one
    dash, mark = DASHES[place % len(DASHES)], MARKS[place % len(MARKS)]
    return Line(label, points, "" if loud else dash, mark, place % len(DASHES) + 1, loud, text_at)


def _apart(wanted: Sequence[int]) -> list[int]:
    """Heights near those wanted, no two closer than a label is high, all within the picture."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    placed = [0] * len(wanted)
    free = TOP
    for place in order:
        placed[place] = max(wanted[place], free)
        free = placed[place] + LABEL
    over = max(free - LABEL - (HEIGHT - 10), 0)
    limit = HEIGHT - 10
    for place in reversed(order if over else []):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - LABEL
    return placed
