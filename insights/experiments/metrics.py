"""From the log to sums per arm, in SQL: one pass for what was shown, one for what people did, one for their visits.

The unit is the person: what they did becomes one number each, and the arm's sums are over people. Numbers are float8:
counts are exact, and what can grow is winsorised first, so that squares stay small. Days are 24 hours whatever the
clocks do. What each metric means: docs/experiments.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from insights.experiments.populations import Population
from insights.models import ActivityLog

Action = ActivityLog.Action
Sums = dict[str, Any]

DAY = "interval '24 hours'"
BEFORE_DAYS = 28  # what people did in these days before explains a part of what they do (CUPED)
CONVERSION_DAYS = 7
RETENTION_DAYS = (7, 14)
GAP_SECONDS = 1800  # a longer silence ends a visit
WINSOR = 0.99
# The row that exposes is written in the same request as the exposure itself, and may be a moment earlier.
SAME_REQUEST = "interval '1 minute'"
LATENCY_LEVELS = [round(0.900 + 0.005 * step, 3) for step in range(20)]  # 0.900 … 0.995; 0.95 is the eleventh
P95 = LATENCY_LEVELS.index(0.95)
MEMORY = "256MB"
PEOPLE = "measured_people"  # a temporary table

INTERACTIONS = (
    Action.RATING_SUBMIT,
    Action.FAVORITE_ADD,
    Action.WATCHLIST_ADD,
    Action.LIKE_ADD,
    Action.DISLIKE_ADD,
    Action.SEEN_ADD,
)
CONVERTING = (Action.RATING_SUBMIT, Action.WATCHLIST_ADD)
UNSUBSCRIBE = "unsubscribe"
NOT_A_VISIT = (Action.EMAIL_OPEN, UNSUBSCRIBE)
_PEOPLE_ONLY = "coalesce(l.metadata->>'crowd', '') NOT IN ('bot', 'staff')"

PASSES_OF = {
    "ctr": ["shown"],
    "engagement": ["acts"],
    "conversion": ["acts"],
    "rating": ["acts"],
    "time_spent": ["visits"],
    "retention": ["visits"],
}
SHOWN = ["clicks", "impressions", "lists", "empty", "fallback", "unwanted", "timed", "quick", "crossed"]
SHOWN += ["clicks_a", "clicks_b", "preference", "lead", "mixed", "competitive"]  # of mixed lists
SHOWN_PRODUCTS = [
    ("clicks", "impressions"),
    ("empty", "lists"),
    ("fallback", "lists"),
    ("unwanted", "impressions"),
    ("quick", "timed"),
    ("competitive", "mixed"),
]
ACTS = ["acts", "acts_before", "converted", "converted_before", "stars", "rated", "left_mail"]
ACTS_PRODUCTS = [("acts", "acts_before"), ("converted", "converted_before"), ("stars", "rated")]
VISITS = ["seconds", "seconds_before"]
VISITS_PRODUCTS = [("seconds", "seconds_before")]


def _number(key: str) -> str:
    """A number of the metadata; NULL where something else stands."""
    return f"CASE jsonb_typeof(l.metadata->'{key}') WHEN 'number' THEN (l.metadata->'{key}')::float8 END"


_LIST = "WHERE l.action_type = 'recommendation_impression'"
# A row for every list that was shown, every film that was clicked, and every film that was not wanted.
_SEEN = f"""
    SELECT p.user_id, p.variant, l.action_type AS action,
        CASE l.action_type WHEN 'not_interested_add' THEN '' ELSE coalesce(l.metadata->>'page', l.id::text) END AS page,
        CASE l.action_type WHEN 'recommendation_impression' THEN l.metadata->>'row' ELSE l.movie_id::text END AS what,
        max(CASE jsonb_typeof(l.metadata->'films')
            WHEN 'array' THEN jsonb_array_length(l.metadata->'films') ELSE 0 END) AS films,
        max({_number("took_ms")}) FILTER ({_LIST}) AS took,
        max({_number("competitive")}) FILTER ({_LIST}) AS competitive,
        max(l.metadata->>'team') AS team,
        bool_or(l.metadata->>'served' <>
            CASE p.variant WHEN 'a' THEN %(algorithm_a)s WHEN 'b' THEN %(algorithm_b)s END) AS fallback,
        bool_or(l.metadata->>'arm' <> p.variant) AND p.variant IN ('a', 'b') AS crossed
    FROM {PEOPLE} p JOIN user_activity_logs l ON l.user_id = p.user_id
    WHERE l.timestamp >= %(first)s - {SAME_REQUEST} AND l.timestamp < %(until)s AND {_PEOPLE_ONLY}
        AND l.action_type IN ('recommendation_impression', 'recommendation_click', 'not_interested_add')
        AND CASE WHEN l.action_type = 'not_interested_add' OR %(tag)s::text IS NULL THEN l.timestamp >= p.since
            ELSE l.timestamp >= p.since - {SAME_REQUEST} AND l.metadata->>'experiment' = %(tag)s
                AND l.metadata->>'phase' = %(tag_phase)s END
    GROUP BY 1, 2, 3, 4, 5
"""
_COUNTED = f"""
    SELECT seen.user_id,
        count(*) FILTER (WHERE action = 'recommendation_click') AS clicks,
        sum(films) FILTER (WHERE action = 'recommendation_impression') AS impressions,
        count(*) FILTER (WHERE action = 'recommendation_impression') AS lists,
        count(*) FILTER (WHERE action = 'recommendation_impression' AND films = 0) AS empty,
        count(*) FILTER (WHERE action = 'recommendation_impression' AND fallback) AS fallback,
        count(*) FILTER (WHERE action = 'not_interested_add') AS unwanted,
        count(took) AS timed,
        count(*) FILTER (WHERE took <= levels[{P95 + 1}]) AS quick,
        bool_or(crossed)::int AS crossed,
        count(*) FILTER (WHERE action = 'recommendation_click' AND team = 'a') AS clicks_a,
        count(*) FILTER (WHERE action = 'recommendation_click' AND team = 'b') AS clicks_b,
        count(competitive) AS mixed,
        sum(competitive) AS competitive
    FROM seen LEFT JOIN limits USING (variant) GROUP BY seen.user_id
"""


class Measured(NamedTuple):
    """`began`: the first exposure of all. `days`: people by day from then, and arm. `arms`: the sums of each arm:
    {"a": {"n": …, "clicks": …, "clicks*impressions": …}, "b": …}. `simulated`: how many of the people are made up."""

    began: datetime | None
    days: list[list[int]]
    simulated: int
    arms: Sums


def measured(population: Population, *, passes: Sequence[str] = ("shown", "acts", "visits")) -> Measured:
    """Who came when, and what they did, as far as these passes tell."""
    with _gathered(population) as cursor:
        cursor.execute(f"SELECT min(since), count(*) FILTER (WHERE simulated) FROM {PEOPLE}")
        began, simulated = cursor.fetchone()
        found: Sums = {arm: {} for arm in population.arms}
        for name in passes:
            numbers = PASSES[name](cursor, population, first=began or population.until)
            for arm, said in numbers.items():
                found[arm].update(said)
        return Measured(began, _arrivals(cursor, population), simulated, found)


@contextmanager
def _gathered(population: Population) -> Iterator[Any]:
    """The people in a table of their own, once for all passes; it is gone at the end, whatever happens."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling these long queries takes longer than it saves, and without memory their tables of people go to disk.
        cursor.execute("SELECT set_config('work_mem', %s, true), set_config('jit', 'off', true)", [MEMORY])
        cursor.execute(f"CREATE TEMPORARY TABLE {PEOPLE} ON COMMIT DROP AS {population.people}", population.parameters)
        cursor.execute(f"ANALYZE {PEOPLE}")
        yield cursor
        cursor.execute(f"DROP TABLE {PEOPLE}")


def _arrivals(cursor: Any, population: Population) -> list[list[int]]:
    cursor.execute(
        f"""
        SELECT floor(extract(epoch FROM since - (SELECT min(since) FROM {PEOPLE})) / 86400)::int, variant, count(*)
        FROM {PEOPLE} GROUP BY 1, 2
        """
    )
    rows = cursor.fetchall()
    days = [[0] * len(population.arms) for _ in range(max((day for day, *_ in rows), default=-1) + 1)]
    for day, arm, people in rows:
        days[day][population.arms.index(arm)] = people
    return days


def shown(cursor: Any, population: Population, *, first: datetime) -> Sums:
    """What was shown and followed: clicks, films, empty lists, fallbacks, milliseconds, and teams of mixed lists.

    A list counts once a page view, a click once a page view and film, whatever is written twice.
    """
    query = f"""
    WITH seen AS ({_SEEN}), limits AS (
        SELECT variant, percentile_cont(%(levels)s::float8[]) WITHIN GROUP (ORDER BY took) AS levels
        FROM seen WHERE took IS NOT NULL GROUP BY variant
    ), counted AS ({_COUNTED}), one AS (
        SELECT p.variant, c.*, sign(c.clicks_b - c.clicks_a) AS preference, c.clicks_b - c.clicks_a AS lead
        FROM {PEOPLE} p LEFT JOIN counted c ON c.user_id = p.user_id
    ), person AS (SELECT variant, {_floats(SHOWN)} FROM one)
    SELECT variant, {_moments(SHOWN, SHOWN_PRODUCTS)},
        (SELECT levels FROM limits WHERE limits.variant = person.variant) AS took
    FROM person GROUP BY variant
    """
    return _by_arm(cursor, query, population, first=first, levels=LATENCY_LEVELS)


def acts(cursor: Any, population: Population, *, first: datetime) -> Sums:
    """What people did with films: each kind of act once a film, the last stars of a film, before and after."""
    kinds = _list([*INTERACTIONS, UNSUBSCRIBE])
    query = f"""
    WITH done AS (
        SELECT p.user_id, l.action_type AS action, l.movie_id, min(l.timestamp) - p.since AS waited,
            CASE WHEN l.timestamp < p.since THEN 'before' WHEN l.timestamp < %(until)s THEN 'during' ELSE 'later' END
                AS part,
            (array_agg({_number("rating")} ORDER BY l.timestamp DESC, l.id DESC))[1] AS stars
        FROM {PEOPLE} p JOIN user_activity_logs l ON l.user_id = p.user_id
        WHERE l.timestamp >= %(first)s - {BEFORE_DAYS} * {DAY} AND l.timestamp < %(at)s
            AND l.timestamp >= p.since - {BEFORE_DAYS} * {DAY} AND l.action_type IN ({kinds}) AND {_PEOPLE_ONLY}
        GROUP BY p.user_id, p.since, 2, 3, 5
    ), counted AS (
        SELECT user_id,
            count(*) FILTER (WHERE part = 'during' AND action <> '{UNSUBSCRIBE}') AS acts,
            count(*) FILTER (WHERE part = 'before' AND action <> '{UNSUBSCRIBE}') AS acts_before,
            bool_or(part <> 'before' AND action IN ({_list(CONVERTING)})
                AND waited < {CONVERSION_DAYS} * {DAY})::int AS converted,
            bool_or(part = 'before' AND action IN ({_list(CONVERTING)}))::int AS converted_before,
            sum(stars) FILTER (WHERE part = 'during') AS stars,
            count(stars) FILTER (WHERE part = 'during') AS rated,
            bool_or(part = 'during' AND action = '{UNSUBSCRIBE}')::int AS left_mail
        FROM done GROUP BY user_id
    ), raw AS (
        SELECT p.variant, {_floats(ACTS)} FROM {PEOPLE} p LEFT JOIN counted USING (user_id)
    ), caps AS (SELECT {_cap("acts")}, {_cap("acts_before")} FROM raw
    ), person AS (
        SELECT variant, least(acts, acts_cap) AS acts, least(acts_before, acts_before_cap) AS acts_before,
            converted, converted_before, stars, rated, left_mail
        FROM raw, caps
    )
    SELECT variant, {_moments(ACTS, ACTS_PRODUCTS)}, (SELECT acts_cap FROM caps) AS acts_cap
    FROM person GROUP BY variant
    """
    return _by_arm(cursor, query, population, first=first)


def visits(cursor: Any, population: Population, *, first: datetime) -> Sums:
    """Seconds between the events of a session, and who came back in the second week."""
    begin, end = RETENTION_DAYS
    query = f"""
    WITH events AS (
        SELECT p.user_id, p.since, l.timestamp AS t, l.session_id IS NOT NULL AS timed,
            lag(l.timestamp) OVER (PARTITION BY p.user_id, l.session_id COLLATE "C" ORDER BY l.timestamp) AS previous
        FROM {PEOPLE} p JOIN user_activity_logs l ON l.user_id = p.user_id
        WHERE l.timestamp >= %(first)s - {BEFORE_DAYS} * {DAY} AND l.timestamp < %(at)s
            AND l.timestamp >= p.since - {BEFORE_DAYS} * {DAY}
            AND l.action_type NOT IN ({_list(NOT_A_VISIT)}) AND {_PEOPLE_ONLY}
    ), gaps AS (
        SELECT *, CASE WHEN timed THEN extract(epoch FROM t - previous)::float8 END AS gap FROM events
    ), counted AS (
        SELECT user_id,
            sum(gap) FILTER (WHERE gap <= {GAP_SECONDS} AND previous >= since AND t < %(until)s) AS seconds,
            sum(gap) FILTER (WHERE gap <= {GAP_SECONDS} AND t < since) AS seconds_before,
            bool_or(t >= since + {begin} * {DAY} AND t < since + {end} * {DAY})::int AS back
        FROM gaps GROUP BY user_id
    ), raw AS (
        SELECT p.variant, {_floats(VISITS)}, coalesce(back, 0) AS back, p.since + {end} * {DAY} <= %(at)s AS complete
        FROM {PEOPLE} p LEFT JOIN counted USING (user_id)
    ), caps AS (SELECT {_cap("seconds")}, {_cap("seconds_before")} FROM raw
    ), person AS (
        SELECT variant, least(seconds, seconds_cap) AS seconds, back, complete,
            least(seconds_before, seconds_before_cap) AS seconds_before
        FROM raw, caps
    )
    SELECT variant, {_moments(VISITS, VISITS_PRODUCTS)}, (SELECT seconds_cap FROM caps) AS seconds_cap,
        count(*) FILTER (WHERE complete) AS complete, coalesce(sum(back) FILTER (WHERE complete), 0)::int AS back
    FROM person GROUP BY variant
    """
    return _by_arm(cursor, query, population, first=first)


def _floats(names: Iterable[str]) -> str:
    return ", ".join(f"coalesce({name}, 0)::float8 AS {name}" for name in names)


def _moments(names: Iterable[str], products: Sequence[tuple[str, str]]) -> str:
    pairs = [(name, name) for name in names] + list(products)
    singles = [f"sum({name}) AS {name}" for name in names]
    return ", ".join(["count(*) AS n", *singles, *(f'sum({a} * {b}) AS "{a}*{b}"' for a, b in pairs)])


def _cap(name: str) -> str:
    """The 99th percentile over both arms together; over those with anything at all where so few have that it is 0."""
    level = f"percentile_cont({WINSOR}) WITHIN GROUP (ORDER BY {name})"
    return f"coalesce(nullif({level}, 0), {level} FILTER (WHERE {name} > 0), 0) AS {name}_cap"


def _list(actions: Iterable[str]) -> str:
    return ", ".join(f"'{action!s}'" for action in actions)


def _by_arm(cursor: Any, query: str, population: Population, **more: Any) -> Sums:
    """The rows by their arm; an arm without people has zeros."""
    cursor.execute(query, {**population.parameters, **more})
    names = [column.name for column in cursor.description[1:]]
    rows = {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()}
    nothing: dict[str, Any] = {name: None if name == "took" else 0 for name in names}
    return {arm: rows.get(arm, nothing) for arm in population.arms}


PASSES = {"shown": shown, "acts": acts, "visits": visits}
