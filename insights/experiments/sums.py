"""From a row a person to sums: over everybody with the same arm and of the same segments, in one walk.

Such a cell is small, and cells add up to arms and to segments.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from insights.experiments.columns import (
    CAPPED,
    LATENCY_LEVELS,
    MADE,
    P95,
    SEGMENTS,
    UNSQUARED,
    WINSOR,
    Pass,
    names,
    products,
)
from insights.experiments.persons import PERSONS
from insights.experiments.populations import Population

Sums = dict[str, Any]
THIRDS = ("percentile_disc(1 / 3.0)", "percentile_disc(2 / 3.0)")


def over_persons(
    cursor: Any, population: Population, passes: Sequence[Pass]
) -> tuple[list[str], list[Sums], dict[str, Sums]]:
    """The names of the sums, the cells, and what of each arm is no sum: where it was cut, and what lists took."""
    limits = _limits(cursor, passes)
    beside: dict[str, Sums] = {
        arm: {name: limits[name] for name in ("acts_cap", "seconds_cap") if name in limits} for arm in population.arms
    }
    said = dict(limits)
    if Pass.DEEDS in passes:
        took = _took(cursor)
        for arm in population.arms:
            beside[arm]["took"] = took.get(arm)
            said[f"slow_{arm}"] = took[arm][P95] if arm in took else None
    sums = _sums(population, passes)
    cursor.execute(_query(population, passes, sums), said)
    columns = [column.name for column in cursor.description]
    return list(sums), [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()], beside


def added(cells: Iterable[Mapping[str, Any]], names: Iterable[str]) -> Sums:
    cells = list(cells)
    return {name: sum(cell[name] for cell in cells) for name in names}


def _sums(population: Population, passes: Sequence[Pass]) -> dict[str, str]:
    """Each sum by its name, in SQL over persons."""
    singles = [name for one in passes for name in names(one, mixed=population.mixed)]
    pairs = [(name, name) for name in singles if name not in UNSQUARED]
    pairs += [pair for one in passes for pair in products(one)]
    found = {"n": "count(*)"}
    if Pass.VISITS in passes:
        found |= {"complete": "sum(complete)::int", "back": "sum(back)::int"}
    return found | {name: f"sum({name})" for name in singles} | {f"{a}*{b}": f"sum({a} * {b})" for a, b in pairs}


def _query(population: Population, passes: Sequence[Pass], sums: Mapping[str, str]) -> str:
    written = {name: f"least({name}, %({name}_cap)s)" for one in passes for name in CAPPED[one]} | MADE
    singles = [name for one in passes for name in names(one, mixed=population.mixed)]
    person = [f"{written.get(name, name)} AS {name}" for name in singles]
    if Pass.VISITS in passes:
        person += ["complete", "complete * back AS back"]
    slow = "NULL::float8"
    if Pass.DEEDS in passes:
        levels = " ".join(f"WHEN '{arm}' THEN %(slow_{arm})s::float8" for arm in population.arms)
        slow = f"CASE variant {levels} END"
    summed = ", ".join(f'{sql} AS "{name}"' for name, sql in sums.items())
    return f"""
        SELECT variant, {", ".join(SEGMENTS)}, {summed}
        FROM (
            SELECT variant, language, joined, CASE WHEN activity <= %(third_1)s THEN 'least'
                WHEN activity <= %(third_2)s THEN 'middle' ELSE 'most' END AS activity, {", ".join(person)}
            FROM (SELECT *, {slow} AS slow FROM {PERSONS}) one
            OFFSET 0  -- each number is worked out once, and not in every sum that it is a part of
        ) person GROUP BY variant, {", ".join(SEGMENTS)}
    """


def _limits(cursor: Any, passes: Sequence[Pass]) -> Sums:
    """Where numbers are cut, and what divides the people into thirds; over both arms together."""
    names = [name for one in passes for name in CAPPED[one]]
    thirds = [f"{third} WITHIN GROUP (ORDER BY activity) AS third_{n}" for n, third in enumerate(THIRDS, start=1)]
    cursor.execute(f"SELECT {', '.join([*map(_cap, names), *thirds])} FROM {PERSONS}")
    return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def _cap(name: str) -> str:
    """The 99th percentile over both arms together; over those with anything at all where so few have that it is 0."""
    level = f"percentile_cont({WINSOR}) WITHIN GROUP (ORDER BY {name})"
    return f"coalesce(nullif({level}, 0), {level} FILTER (WHERE {name} > 0), 0) AS {name}_cap"


def _took(cursor: Any) -> dict[str, list[float]]:
    """Quantiles of the milliseconds by arm, over lists; none of an arm without any."""
    cursor.execute(
        f"""
        SELECT variant, percentile_cont(%(levels)s::float8[]) WITHIN GROUP (ORDER BY took)
        FROM {PERSONS}, unnest(tooks) took GROUP BY variant
        """,
        {"levels": LATENCY_LEVELS},
    )
    return dict(cursor.fetchall())
