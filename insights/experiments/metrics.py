"""From the log to sums per arm: a row a person, then sums over them.

The unit is the person: what they did becomes one number each, and the arm's sums are over people. Numbers are float8:
counts are exact, and what can grow is winsorised first, so that squares stay small. Days are 24 hours whatever the
clocks do. What each metric means: docs/experiments.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from insights.experiments import persons, sums
from insights.experiments.columns import PARTS, SEGMENTS, Pass
from insights.experiments.persons import PEOPLE, PERSONS
from insights.experiments.populations import Population
from insights.experiments.sums import Sums

MEMORY = "256MB"


class Measured(NamedTuple):
    """`began`: the first exposure of all. `days`: people by day from then, and arm. `arms`: the sums of each arm:
    {"a": {"n": …, "clicks": …, "clicks*impressions": …}, "b": …}. `simulated`: how many of the people are made up.
    `segments`: the goal's sums by parts of the people: {"language": {"en": {"a": {"n": …}, "b": …}, …}, …}."""

    began: datetime | None
    days: list[list[int]]
    simulated: int
    arms: Sums
    segments: Sums


def measured(population: Population, *, passes: Sequence[Pass] = tuple(Pass), goal: str | None = None) -> Measured:
    """Who came when, and what they did, as far as these passes tell; of a goal also in parts of the people."""
    with _gathered(population) as cursor:
        cursor.execute(f"SELECT min(since), count(*) FILTER (WHERE simulated) FROM {PEOPLE}")
        began, simulated = cursor.fetchone()
        days = _arrivals(cursor, population, began)
        if not passes:
            return Measured(began, days, simulated, {arm: {} for arm in population.arms}, {})
        persons.note(cursor, population, passes, first=began or population.until)
        names, cells, beside = sums.over_persons(cursor, population, passes)
        arms = {arm: {**sums.added(_of(cells, variant=arm), names), **beside[arm]} for arm in population.arms}
        parts = _parts(cells, population.arms, names, goal) if goal else {}
        return Measured(began, days, simulated, arms, parts)


@contextmanager
def _gathered(population: Population) -> Iterator[Any]:
    """The people in a table of their own, once for everything; it is gone at the end, whatever happens."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling these long queries takes longer than it saves, and without memory what is sorted goes to disk.
        cursor.execute("SELECT set_config('work_mem', %s, true), set_config('jit', 'off', true)", [MEMORY])
        persons.gather(cursor, population)
        yield cursor
        cursor.execute(f"DROP TABLE IF EXISTS {PEOPLE}, {PERSONS}")


def _arrivals(cursor: Any, population: Population, began: datetime | None) -> list[list[int]]:
    cursor.execute(
        f"SELECT date_part('day', since - %s)::int, variant, count(*) FROM {PEOPLE} GROUP BY 1, 2",  # of 24 hours
        [began],
    )
    rows = cursor.fetchall()
    days = [[0] * len(population.arms) for _ in range(max((day for day, *_ in rows), default=-1) + 1)]
    for day, arm, people in rows:
        days[day][population.arms.index(arm)] = people
    return days


def _of(cells: list[Sums], **said: Any) -> list[Sums]:
    return [cell for cell in cells if all(cell[name] == value for name, value in said.items())]


def _parts(cells: list[Sums], arms: Sequence[str], names: list[str], goal: str) -> Sums:
    """What the goal is made of, by segment; people whose segment we may not know are in none."""
    names = [name for name in names if set(name.split("*")) <= {"n", *PARTS[goal]}]
    found: Sums = {}
    for segment in SEGMENTS:
        values = sorted({cell[segment] for cell in cells if cell[segment] is not None})
        found[segment] = {
            value: {arm: sums.added(_of(cells, variant=arm, **{segment: value}), names) for arm in arms}
            for value in values
        }
    return found
