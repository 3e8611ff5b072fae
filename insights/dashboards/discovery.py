"""Do people get beyond what everybody knows? Picks and film pages outside the most popular tenth of the catalogue."""

from django.utils.translation import gettext_lazy as _

from insights.dashboards import picks, sql
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span

MOST = 25


def figures(span: Span) -> list[Figure]:
    columns = [
        Column(_("Day"), "day"),
        Column(_("Picks outside the top tenth"), "share"),
        Column(_("Film pages outside the top tenth"), "share"),
        Column(_("Picks shown")),
        Column(_("Film pages seen")),
    ]
    note = _(
        "The most popular tenth of the catalogue is the tenth of its films with the most ratings here. Everything else"
        " is a discovery."
    )
    nothing = _("No film was shown or opened in these days.")
    unseen = _("No such film was opened in these days.")
    found = [Column(_("Film"), "text"), Column(_("Film pages seen"), "bar"), Column(_("Shown as a pick"))]
    return [
        Figure("share", _("How much is discovered"), columns, _daily(span), note, "lines", nothing, plotted=(1, 2)),
        Figure("films", _("Discoveries opened most"), found, _films(span), empty=unseen),
    ]


def _seen(span: Span) -> str:
    views = sql.logged(span, sql.Action.MOVIE_VIEW, columns="l.timestamp, l.movie_id, 0, 1")
    return f"""
        WITH {picks.lists(span)}, {picks.PLACED}, popular AS ({sql.POPULAR}),
        seen AS (
            SELECT timestamp, movie_id, 1 AS picked, 0 AS viewed FROM placed
            UNION ALL
            {views} AND l.movie_id IS NOT NULL
        )"""


def _daily(span: Span) -> sql.Rows:
    query = f"""
        {_seen(span)}
        SELECT {sql.DAY.format("timestamp")}, coalesce(sum(picked) FILTER (WHERE popular.id IS NULL), 0)::int,
            coalesce(sum(viewed) FILTER (WHERE popular.id IS NULL), 0)::int, sum(picked)::int, sum(viewed)::int
        FROM seen LEFT JOIN popular ON popular.id = movie_id GROUP BY 1"""
    rows = sql.by_day(span, sql.ask(query, span), nothing=(0, 0, 0, 0))
    return [
        (day, sql.share(new_picks, picked), sql.share(new_views, viewed), picked, viewed)
        for day, new_picks, new_views, picked, viewed in rows
    ]


def _films(span: Span) -> sql.Rows:
    query = f"""
        {_seen(span)}
        SELECT m.title || coalesce(' (' || extract(year FROM m.release_date) || ')', ''),
            sum(viewed)::int, sum(picked)::int
        FROM seen JOIN movies m ON m.id = movie_id LEFT JOIN popular ON popular.id = m.id
        WHERE popular.id IS NULL GROUP BY m.id HAVING sum(viewed) > 0 ORDER BY 2 DESC, m.id LIMIT {MOST}"""
    return sql.ask(query, span)
