"""How the picks do: shown, followed, and which films they reach, by algorithm."""

from django.utils.translation import gettext_lazy as _

from insights import words
from insights.dashboards import sql
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span

MIXED = _("Mixed by an experiment")
PLACES = {
    "top": _("Top picks"),
    "because-1": _("Because you liked …"),
    "because-2": _("Because you liked …, second row"),
    "watchlist": _("From your watchlist"),
    "gems": _("Hidden gems"),
    "different": _("Something different"),
    "alike": _("People with your taste"),
    "trending": _("Trending"),
}
SHOWN, CLICKED = sql.Action.RECOMMENDATION_IMPRESSION, sql.Action.RECOMMENDATION_CLICK
_LIST = "CASE jsonb_typeof(metadata->'films') WHEN 'array' THEN metadata->'films' ELSE '[]'::jsonb END"
# Whoever chose the films, not who was meant to; lists that an experiment mixes of two algorithms stand apart.
_COLUMNS = """l.id, l.timestamp, l.action_type AS action, l.movie_id, l.metadata,
    CASE WHEN l.metadata->>'teams' <> '' OR l.metadata->>'team' <> '' THEN 'mixed'
        ELSE coalesce(l.metadata->>'served', l.metadata->>'algorithm', '') END AS algorithm,
    coalesce(l.metadata->>'page', l.id::text) AS page"""


def lists(span: Span) -> str:
    """The CTEs that read what was shown: `logged`, and `counted` with day, algorithm, place, shown and clicked.

    A list counts once a page view, and a click once a page view and film, whatever is written twice. A row of the log
    is a list of films, or one film alone.
    """
    return f"""
        logged AS ({sql.logged(span, SHOWN, CLICKED, columns=_COLUMNS)}),
        counted AS (
            SELECT {sql.DAY.format("min(timestamp)")} AS day, algorithm, max(metadata->>'row') AS place,
                CASE action WHEN '{SHOWN}' THEN max(greatest(jsonb_array_length({_LIST}), (movie_id IS NOT NULL)::int))
                    ELSE 0 END AS shown,
                (action = '{CLICKED}')::int AS clicked
            FROM logged GROUP BY action, algorithm, page,
                CASE action WHEN '{SHOWN}' THEN metadata->>'row' ELSE movie_id::text END
        )"""


PLACED = f"""
    placed AS (
        SELECT logged.algorithm, logged.timestamp, film.id AS movie_id FROM logged CROSS JOIN LATERAL (
            SELECT logged.movie_id AS id WHERE logged.movie_id IS NOT NULL
            UNION ALL
            SELECT one::bigint FROM jsonb_array_elements({_LIST.replace("metadata", "logged.metadata")}) one
            WHERE jsonb_typeof(one) = 'number'
        ) film WHERE logged.action = '{SHOWN}'
    )"""  # the films of each list, one by one


def rates(span: Span) -> sql.Rows:
    """day, picks shown, picks followed, click-through rate in per cent."""
    query = f"WITH {lists(span)} SELECT day, sum(shown)::int, sum(clicked)::int FROM counted GROUP BY day"
    found = sql.by_day(span, sql.ask(query, span), nothing=(0, 0))
    return [(day, shown, clicked, sql.share(clicked, shown)) for day, shown, clicked in found]


def figures(span: Span) -> list[Figure]:
    daily = [
        Column(_("Day"), "day"),
        Column(_("Picks shown")),
        Column(_("Picks followed")),
        Column(_("Click-through rate"), "share"),
    ]
    note = _("Of the films that were shown as picks, how many were opened. Programs and staff are not counted.")
    nothing = _("No pick was shown in these days.")
    engines = [
        Column(_("Algorithm"), "text"),
        *daily[1:],
        Column(_("Different films"), "bar"),
        Column(_("Of the catalogue"), "share"),
        Column(_("Novelty, bits"), "number"),
        Column(_("Discoveries"), "share"),
        Column(_("Slowest in 20, ms")),
    ]
    about = _(
        "Novelty: how seldom the films shown are rated; a bit more means half as often. Discoveries: films outside the"
        " most popular tenth. Slowest in 20: in 19 of 20 pages the picks were there within this time."
    )
    return [
        Figure("rate", _("Are picks followed?"), daily, rates(span), note, "lines", nothing, plotted=(3,)),
        Figure("algorithms", _("By algorithm"), engines, _algorithms(span), about, empty=nothing),
        Figure("rows", _("By row of the page"), [Column(_("Row"), "text"), *daily[1:]], _rows(span), empty=nothing),
    ]


def _algorithms(span: Span) -> sql.Rows:
    """Algorithm, shown, clicked, rate, films, share of the catalogue, bits, share of discoveries, p95 in ms."""
    query = f"""
        WITH {lists(span)}, {PLACED}, popular AS ({sql.POPULAR}),
        whole AS (SELECT count(*)::float8 AS films, sum(our_rating_count)::float8 + count(*) AS ratings FROM movies),
        rate AS (SELECT algorithm, sum(shown)::int AS shown, sum(clicked)::int AS clicked FROM counted GROUP BY 1),
        reach AS (SELECT algorithm, movie_id, count(*) AS times FROM placed GROUP BY 1, 2),
        reached AS (
            SELECT algorithm, count(*) AS films, 100 * count(*) / max(whole.films) AS part,
                sum(times * log(2, (whole.ratings / (m.our_rating_count + 1))::numeric)) / sum(times) AS bits,
                100.0 * coalesce(sum(times) FILTER (WHERE popular.id IS NULL), 0) / sum(times) AS found
            FROM reach JOIN movies m ON m.id = movie_id LEFT JOIN popular ON popular.id = m.id CROSS JOIN whole
            GROUP BY algorithm
        ), quick AS (
            SELECT algorithm, percentile_cont(0.95) WITHIN GROUP (ORDER BY (metadata->'took_ms')::float8) AS took
            FROM logged WHERE jsonb_typeof(metadata->'took_ms') = 'number' GROUP BY 1
        )
        SELECT algorithm, shown, clicked, films, part, bits::float8, found::float8, round(took)::int
        FROM rate LEFT JOIN reached USING (algorithm) LEFT JOIN quick USING (algorithm)
        ORDER BY shown DESC, algorithm"""
    return [
        (
            MIXED if name == "mixed" else words.ALGORITHMS.get(name, name or _("Not told")),
            shown,
            clicked,
            sql.share(clicked, shown),
            *rest,
        )
        for name, shown, clicked, *rest in sql.ask(query, span)
    ]


def _rows(span: Span) -> sql.Rows:
    query = f"""
        WITH {lists(span)}
        SELECT coalesce(place, ''), sum(shown)::int, sum(clicked)::int FROM counted
        GROUP BY 1 ORDER BY 2 DESC LIMIT 30"""
    return [
        (PLACES.get(name, name or _("Not told")), shown, clicked, sql.share(clicked, shown))
        for name, shown, clicked in sql.ask(query, span)
    ]
