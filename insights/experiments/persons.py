"""From the log to a row a person, in SQL: what they were shown and did, and how long they were here.

Two passes over the log. In each the columns that are needed are read from a row's metadata while it is scanned, so that
what is joined and sorted is narrow; a server with several cores shares that among them. Sorted by person, the rest is
one walk. What each number means: docs/experiments.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from insights.experiments.columns import VISITS, Pass
from insights.experiments.populations import Population
from insights.models import ActivityLog

Action = ActivityLog.Action

PEOPLE, PERSONS = "measured_people", "measured_persons"  # temporary tables
DAY = "interval '24 hours'"
BEFORE_DAYS = 28  # what people did in these days before explains a part of what they do in it (CUPED)
CONVERSION_DAYS = 7
RETENTION_DAYS = (7, 14)
GAP_SECONDS = 1800  # a longer silence ends a visit
# The row that exposes is written in the same request as the exposure itself, and may be a moment earlier.
SAME_REQUEST = "interval '1 minute'"
CONVERTING = (Action.RATING_SUBMIT, Action.WATCHLIST_ADD)
NOT_A_VISIT = (Action.EMAIL_OPEN, Action.UNSUBSCRIBE)

# One letter for each kind of row, because it is sorted and compared often.
LIST, CLICK, UNWANTED, LEFT = "l", "c", "n", "u"
ACTS: dict[str, str] = {
    Action.RATING_SUBMIT: "r",
    Action.WATCHLIST_ADD: "w",
    Action.FAVORITE_ADD: "f",
    Action.LIKE_ADD: "p",
    Action.DISLIKE_ADD: "m",
    Action.SEEN_ADD: "s",
}
KINDS: dict[str, str] = {
    Action.RECOMMENDATION_IMPRESSION: LIST,
    Action.RECOMMENDATION_CLICK: CLICK,
    **ACTS,
    Action.NOT_INTERESTED_ADD: UNWANTED,
    Action.UNSUBSCRIBE: LEFT,
}
EARLIER, DURING, LATER = 0, 1, 2

_PEOPLE_ONLY = "coalesce(l.metadata->>'crowd', '') NOT IN ('bot', 'staff')"


def _list(words: Iterable[object]) -> str:
    return ", ".join(f"'{word!s}'" for word in words)


def _number(key: str) -> str:
    """A number of the metadata; NULL where something else stands."""
    return f"CASE jsonb_typeof(l.metadata->'{key}') WHEN 'number' THEN (l.metadata->'{key}')::float8 END"


_OF_LIST = "WHEN l.action_type = 'recommendation_impression' THEN"
_OF_PICK = "WHEN l.action_type IN ('recommendation_impression', 'recommendation_click') THEN"
_OURS = (
    f"CASE {_OF_PICK} coalesce(l.metadata->>'experiment' = %(tag)s AND l.metadata->>'phase' = %(tag_phase)s, FALSE) END"
)
_CODES = " ".join(f"WHEN '{action!s}' THEN '{letter}'" for action, letter in KINDS.items())
_FILMS = "CASE jsonb_typeof(l.metadata->'films') WHEN 'array' THEN jsonb_array_length(l.metadata->'films') ELSE 0 END"
# Each column is a CASE for its own sake too: PostgreSQL works such expressions out while it scans, below the join.
_ROWS = f"""
    SELECT l.user_id, l.timestamp AS t, l.id, CASE l.action_type {_CODES} END::"char" AS kind,
        CASE {_OF_PICK} coalesce(l.metadata->>'page', l.id::text) END COLLATE "C" AS page,
        CASE {_OF_LIST} l.metadata->>'row' ELSE l.movie_id::text END COLLATE "C" AS what,
        CASE {_OF_LIST} {_FILMS} END AS films,
        CASE {_OF_LIST} {_number("took_ms")} END AS took,
        CASE {_OF_LIST} {_number("competitive")} END AS competitive,
        CASE {_OF_LIST} l.metadata->>'served' END AS served,
        CASE {_OF_PICK} l.metadata->>'arm' END AS arm,
        CASE l.action_type WHEN 'recommendation_click' THEN l.metadata->>'team' END AS team,
        CASE l.action_type WHEN 'rating_submit' THEN {_number("rating")} END AS stars,
        {{ours}} AS ours
    FROM user_activity_logs l
    WHERE l.timestamp >= %(first)s - {BEFORE_DAYS} * {DAY} AND l.timestamp < %(at)s
        AND l.action_type IN ({_list(KINDS)}) AND {_PEOPLE_ONLY}
"""
# A list counts once a page view, a click once a page view and film, an act once a kind and film: the last one written.
_ONCE = f"""
    SELECT DISTINCT ON (p.user_id, l.kind, l.page, l.what, part) p.user_id, l.kind, l.films, l.took, l.competitive,
        l.team, l.stars,
        CASE WHEN l.ours THEN {DURING} WHEN l.t < p.since THEN {EARLIER} WHEN l.t < %(until)s THEN {DURING}
            ELSE {LATER} END AS part,
        l.served <> CASE p.variant WHEN 'a' THEN %(algorithm_a)s WHEN 'b' THEN %(algorithm_b)s END AS fallback,
        l.arm <> p.variant AND p.variant IN ('a', 'b') AS crossed
    FROM ({{exposures}}) p LEFT JOIN ({_ROWS}) l ON l.user_id = p.user_id
        AND l.t >= p.since - {BEFORE_DAYS} * {DAY}
        AND CASE l.ours WHEN TRUE THEN l.t >= p.since - {SAME_REQUEST} AND l.t < %(until)s
            WHEN FALSE THEN l.t < p.since ELSE TRUE END
    ORDER BY p.user_id, l.kind, l.page, l.what, part, l.t DESC, l.id DESC
"""
_ALL_ACTS = _list(ACTS.values())
_DEEDS = {
    "clicks": f"count(*) FILTER (WHERE kind = '{CLICK}' AND part = {DURING})",
    "impressions": f"sum(films) FILTER (WHERE part = {DURING})",
    "clicks_before": f"count(*) FILTER (WHERE kind = '{CLICK}' AND part = {EARLIER})",
    "impressions_before": f"sum(films) FILTER (WHERE part = {EARLIER})",
    "lists": f"count(films) FILTER (WHERE part = {DURING})",
    "empty": f"count(*) FILTER (WHERE films = 0 AND part = {DURING})",
    "fallback": f"count(*) FILTER (WHERE fallback AND part = {DURING})",
    "unwanted": f"count(*) FILTER (WHERE kind = '{UNWANTED}' AND part = {DURING})",
    "timed": f"count(took) FILTER (WHERE part = {DURING})",
    "crossed": f"bool_or(crossed AND part = {DURING})::int",
    "acts": f"count(*) FILTER (WHERE kind IN ({_ALL_ACTS}) AND part = {DURING})",
    "acts_before": f"count(*) FILTER (WHERE kind IN ({_ALL_ACTS}) AND part = {EARLIER})",
    "stars": f"sum(stars) FILTER (WHERE part = {DURING})",
    "rated": f"count(stars) FILTER (WHERE part = {DURING})",
    "left_mail": f"bool_or(kind = '{LEFT}' AND part = {DURING})::int",
}
_MIXED = {
    "clicks_a": f"count(*) FILTER (WHERE team = 'a' AND part = {DURING})",
    "clicks_b": f"count(*) FILTER (WHERE team = 'b' AND part = {DURING})",
    "mixed": f"count(competitive) FILTER (WHERE part = {DURING})",
    "competitive": f"sum(competitive) FILTER (WHERE part = {DURING})",
}
_VISITS = f"""
    SELECT user_id,
        bool_or(converting AND t >= since AND t < since + {CONVERSION_DAYS} * {DAY})::int AS converted,
        bool_or(converting AND t < since)::int AS converted_before,
        sum(gap) FILTER (WHERE previous >= since AND t < %(until)s) AS seconds,
        sum(gap) FILTER (WHERE t < since) AS seconds_before, count(*) FILTER (WHERE t < since) AS activity,
        bool_or(t >= since + {RETENTION_DAYS[0]} * {DAY} AND t < since + {RETENTION_DAYS[1]} * {DAY})::int AS back
    FROM (
        SELECT *, CASE WHEN session IS NOT NULL AND t - previous <= interval '{GAP_SECONDS} seconds'
            THEN extract(epoch FROM t - previous)::float8 END AS gap
        FROM (
            SELECT p.user_id, p.since, l.t, l.session, l.converting,
                lag(l.t) OVER (PARTITION BY p.user_id, l.session ORDER BY l.t) AS previous
            FROM ({{exposures}}) p JOIN (
                SELECT l.user_id, l.timestamp AS t, l.session_id COLLATE "C" AS session,
                    l.action_type IN ({_list(CONVERTING)}) AS converting
                FROM user_activity_logs l
                WHERE l.timestamp >= %(first)s - {BEFORE_DAYS} * {DAY} AND l.timestamp < %(at)s
                    AND l.action_type NOT IN ({_list(NOT_A_VISIT)}) AND {_PEOPLE_ONLY}
            ) l ON l.user_id = p.user_id AND l.t >= p.since - {BEFORE_DAYS} * {DAY}
        ) visited
    ) timed GROUP BY user_id
"""


def gather(cursor: Any, population: Population) -> None:
    """Make the table of people who count. Their language is looked at only where they let us go by such things."""
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE {PEOPLE} ON COMMIT DROP AS
        SELECT p.user_id, p.variant, p.since, u.is_simulated AS simulated,
            CASE WHEN u.allow_demographic_targeting THEN u.preferred_language END AS language,
            CASE WHEN u.date_joined >= p.since - {BEFORE_DAYS} * {DAY} THEN 'new' ELSE 'old' END AS joined
        FROM ({population.exposures}) p JOIN users u ON u.id = p.user_id WHERE {population.who}
        """,
        population.parameters,
    )
    cursor.execute(f"ANALYZE {PEOPLE}")


def note(cursor: Any, population: Population, passes: Sequence[Pass], *, first: datetime) -> None:
    """Make the table of persons: everybody who counts, with zeros where nothing is known of them."""
    columns, joins = [], ""
    if Pass.DEEDS in passes:
        told = _DEEDS | (_MIXED if population.mixed else {})
        columns += ["tooks", "slowest", *_floats(told)]
        joins += f" LEFT JOIN ({_deeds(population, told)}) d USING (user_id)"
    if Pass.VISITS in passes:
        columns += [*_floats([*VISITS, "activity"]), "coalesce(back, 0) AS back"]
        columns.append(f"(p.since + {RETENTION_DAYS[1]} * {DAY} <= %(at)s)::int AS complete")
        joins += f" LEFT JOIN ({_VISITS.format(exposures=population.exposures)}) v USING (user_id)"
    else:
        columns.append("0 AS activity")
    # Sorted once and walked through; hashes of keys as long as these need more memory than there is.
    cursor.execute("SET LOCAL enable_hashagg = off")
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE {PERSONS} ON COMMIT DROP AS
        SELECT p.variant, p.language, p.joined, {", ".join(columns)} FROM {PEOPLE} p {joins}
        """,
        {**population.parameters, "first": first},
    )
    cursor.execute("SET LOCAL enable_hashagg = DEFAULT")


def _deeds(population: Population, told: Mapping[str, str]) -> str:
    ours = _OURS if population.tagged else "NULL::boolean"
    once = _ONCE.format(exposures=population.exposures, ours=ours)
    return f"""
        SELECT user_id, {", ".join(f"{sql} AS {name}" for name, sql in told.items())},
            array_agg(took) FILTER (WHERE took IS NOT NULL AND part = {DURING}) AS tooks,
            max(took) FILTER (WHERE part = {DURING}) AS slowest
        FROM ({once}) once GROUP BY user_id
    """


def _floats(names: Iterable[str]) -> list[str]:
    return [f"coalesce({name}, 0)::float8 AS {name}" for name in names]
