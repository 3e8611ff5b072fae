"""What the pages show: evaluations from the disk, side by side where they can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.functional import Promise

from insights import words
from insights.words import Measure
from recs import evaluations
from recs.evaluation import ratings
from recs.evaluation.report import Report, winners

MOST_RUNS = 100
MOST_COLUMNS = 12


@dataclass(frozen=True)
class Run:
    """One evaluation: one protocol, one data set, one seed, some algorithms."""

    name: str
    made_at: datetime
    report: Report

    @property
    def protocol(self) -> str:
        return self.report["protocol"]

    @property
    def protocol_label(self) -> str | Promise:
        return words.PROTOCOLS.get(self.protocol, (self.protocol, ""))[0]

    @property
    def data(self) -> str:
        """The first digits of the data's hash: enough to tell data sets apart."""
        return self.report["data"]["hash"][:8]

    @property
    def data_name(self) -> str:
        return self.report["data"]["name"]

    @property
    def seed(self) -> int:
        return self.report["seed"]

    @property
    def algorithms(self) -> int:
        return len(self.report["algorithms"])

    @property
    def question(self) -> tuple[str, str, int, bool]:
        """Runs of the same question have measured the same people on the same films, told the same of them."""
        return self.protocol, self.report["data"]["hash"], self.seed, bool(self.report.get("times", True))


@dataclass(frozen=True)
class Column:
    """An algorithm as the newest run that has it measured it."""

    name: str
    label: str | Promise
    run: Run
    found: dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """`near`: for the same people, the difference from the best may well be chance."""

    value: float
    low: float
    high: float
    best: bool
    near: bool


@dataclass(frozen=True)
class Row:
    measure: Measure
    cells: list[Cell | None]


@dataclass(frozen=True)
class Comparison:
    """Algorithms beside each other, and the runs that the figures come from."""

    columns: list[Column]
    rows: list[Row]
    best: dict[str, str]
    runs: list[Run]


def runs() -> tuple[list[Run], list[str]]:
    """The last evaluations, the newest first, and the names of damaged files among them."""
    sound, damaged = [], []
    for stored in islice(evaluations.stored(), MOST_RUNS):
        if stored.report is None:
            damaged.append(stored.name)
        else:
            sound.append(Run(stored.name, datetime.fromisoformat(stored.report["made_at"]), stored.report))
    return sound, damaged


def chosen(found: Sequence[Run], *, protocol: str, data: str, run: str) -> list[Run]:
    """The runs to set side by side: of the newest question that fits, or the one run that is named.

    What fits nothing (an old link, a mistyped address) is left out of account, the data first.
    """
    if named := [one for one in found if one.name == run]:
        return named
    fitting = [one for one in found if one.protocol == protocol] or list(found)
    fitting = [one for one in fitting if one.data == data] or fitting
    return [one for one in fitting if one.question == fitting[0].question]


def compare(side_by_side: Sequence[Run]) -> Comparison:
    """Each algorithm's newest figures; the best of each measure among those shown."""
    columns: dict[str, Column] = {}
    for run in side_by_side:
        for row in run.report["algorithms"]:
            if len(columns) < MOST_COLUMNS and row["name"] not in columns:
                label = words.ALGORITHMS.get(row["name"], row["name"])
                columns[row["name"]] = Column(row["name"], label, run, row)
    shown = sorted(columns.values(), key=lambda column: _place(column.name))
    found = [column.found for column in shown]
    names = [name for name in words.MEASURES if any(name in row["metrics"] for row in found)]
    best = _best(found, names)
    rows = [Row(words.MEASURES[name], [_cell(column, name, best) for column in shown]) for name in names]
    used = list(dict.fromkeys(column.run.name for column in shown))
    return Comparison(shown, rows, best, [run for run in side_by_side if run.name in used])


def _place(name: str) -> int:
    """The order of the taste page; what nobody can choose there comes after it."""
    names = list(words.ALGORITHMS)
    return names.index(name) if name in names else len(names)


def _best(found: list[dict[str, Any]], names: list[str]) -> dict[str, str]:
    """Not every run has every measure; each is won among those that have it."""
    if "rmse" in names:
        return ratings.winners(found)
    best: dict[str, str] = {}
    for name in names:
        able = [row for row in found if name in row["metrics"]]
        best |= winners([{"name": row["name"], "metrics": {name: row["metrics"][name]}} for row in able])
    return best


def _cell(column: Column, name: str, best: dict[str, str]) -> Cell | None:
    found = column.found["metrics"].get(name)
    if found is None:
        return None
    scale = 100 if words.MEASURES[name].share else 1
    value, low, high = (scale * found[end] for end in ("value", "low", "high"))
    gap = column.found.get("differences", {}).get(name, {})
    near = bool(gap) and gap.get("to") == best.get(name) and gap["low"] <= 0 <= gap["high"]
    return Cell(value, low, high, best.get(name) == column.name, near)
