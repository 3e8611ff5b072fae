"""Figures as pages show them: a table, a picture of it where one helps, and a file of it for spreadsheets."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recs.history.text import armed

Text = str | Promise
NOTHING = "–"
HEATS = 9
NARROW, FLAT = 120, 32  # the picture of a sparkline


class Column(NamedTuple):
    """`kind`: text, day, moment, count, number (one digit), share (in per cent), bar (a count, drawn too)."""

    label: Text
    kind: str = "count"


class Cell(NamedTuple):
    text: Text
    kind: str
    heat: int | None = None
    bar: int | None = None


@dataclass(frozen=True)
class Figure:
    """`chart`: lines (a time series, drawn in the browser), heat (shares as shades), folded (drawn elsewhere on the
    page, so the table waits behind a press), or nothing but the table."""

    name: str
    title: Text
    columns: Sequence[Column]
    rows: Sequence[tuple[Any, ...]]
    note: Text = ""
    chart: str = ""
    empty: Text = _("Nothing happened in these days.")
    plotted: Sequence[int] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Nothing at all, or nothing but zeros in front of days."""
        numbers = [value for row in self.rows for value in row[1:]]
        return not numbers or (self._is_daily and not any(numbers))

    @property
    def _is_daily(self) -> bool:
        return self.chart in ("lines", "folded")

    @property
    def cells(self) -> list[list[Cell]]:
        """The table as it reads; the newest day first."""
        tops = [max((row[at] or 0 for row in self.rows), default=0) for at in self._bars]
        most = dict(zip(self._bars, tops, strict=True))
        ordered = reversed(self.rows) if self._is_daily else self.rows
        return [[self._cell(at, value, most.get(at)) for at, value in enumerate(row)] for row in ordered]

    @property
    def _bars(self) -> list[int]:
        return [at for at, column in enumerate(self.columns) if column.kind == "bar"]

    def _cell(self, at: int, value: Any, most: float | None) -> Cell:
        kind = self.columns[at].kind
        heat = bar = None
        if kind == "share" and self.chart == "heat" and value is not None:
            heat = min(round(value / 100 * HEATS), HEATS)
        if kind == "bar" and most:
            bar = round(100 * (value or 0) / most)
        return Cell(written(value, kind), kind, heat, bar)

    @property
    def plot_id(self) -> str:
        return f"plot-{self.name}"

    @property
    def plot(self) -> dict[str, Any]:
        """What the script draws: a label for each day and a line for each column."""
        lines = self.plotted or range(1, len(self.columns))
        return {
            "place": str(self.columns[0].label),
            "labels": [date_format(row[0], "MONTH_DAY_FORMAT") for row in self.rows],
            "series": [
                {
                    "label": str(self.columns[at].label),
                    "share": self.columns[at].kind == "share",
                    "values": [None if row[at] is None else round(float(row[at]), 2) for row in self.rows],
                }
                for at in lines
            ],
        }

    def csv(self) -> Iterator[tuple[Any, ...]]:
        """Head and rows; no cell that a spreadsheet would take for a formula."""
        yield tuple(armed(column.label) for column in self.columns)
        for row in self.rows:
            yield tuple(_plain(value) for value in row)


@dataclass(frozen=True)
class Tile:
    """One number, how it went, and how that compares with the days before."""

    label: Text
    value: Text
    line: Text
    change: Text
    way: str
    path: str
    url: str = ""


def written(value: Any, kind: str) -> Text:
    """A value as people read it."""
    if value is None:
        return NOTHING
    if kind == "share":
        return f"{number_format(value, 1)}\u00a0%"
    if kind == "number":
        return number_format(value, 1)
    if kind in ("count", "bar"):
        return number_format(value, force_grouping=True)
    if isinstance(value, datetime.datetime):
        return date_format(value, "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, datetime.date) else value


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 4)
    return value if isinstance(value, int) else armed(value)


def spark(values: Sequence[float | None]) -> str:
    """The points of a line through these values, in a picture NARROW by FLAT; "" where there is no line."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    top = max((value for _at, value in known), default=0)
    if len(known) < 2 or not top:
        return ""
    return " ".join(
        f"{round(2 + at * (NARROW - 4) / (len(values) - 1))},{round(FLAT - 3 - value / top * (FLAT - 6))}"
        for at, value in known
    )
