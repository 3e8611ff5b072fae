"""How many people come: a day, within a week, within four weeks."""

from itertools import accumulate

from django.utils.translation import gettext_lazy as _

from insights.dashboards import sql
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span

WEEK, MONTH = 7, 28


def active(span: Span) -> sql.Rows:
    """day, people of that day, of the seven days up to it, of the 28 days up to it.

    Somebody counts from a day on which they came until the window has passed or they come again: what changes is
    summed, so that nobody is joined with 28 days of their own.
    """
    query = f"""
        WITH days AS ({sql.active_days(span.since(MONTH - 1))}),
        visits AS (SELECT day, lead(day) OVER (PARTITION BY user_id ORDER BY day) AS next FROM days)
        SELECT day, sum(daily)::int, sum(weekly)::int, sum(monthly)::int FROM (
            SELECT day, 1 AS daily, 1 AS weekly, 1 AS monthly FROM visits
            UNION ALL SELECT least(day + {WEEK}, next), 0, -1, 0 FROM visits
            UNION ALL SELECT least(day + {MONTH}, next), 0, 0, -1 FROM visits
        ) changes GROUP BY day ORDER BY day"""
    wide = span.since(MONTH - 1)
    changes = sql.by_day(wide, sql.ask(query, wide), nothing=(0, 0, 0))
    weekly = accumulate(row[2] for row in changes)
    monthly = accumulate(row[3] for row in changes)
    rows = [(row[0], row[1], week, month) for row, week, month in zip(changes, weekly, monthly, strict=True)]
    return rows[MONTH - 1 :]


def figures(span: Span) -> list[Figure]:
    columns = [
        Column(_("Day"), "day"),
        Column(_("That day")),
        Column(_("Within 7 days")),
        Column(_("Within 28 days")),
    ]
    note = _("Everybody once, however often they came. Only people count who have allowed it in their settings.")
    return [
        Figure("active", _("People who came"), columns, active(span), note, chart="lines"),
        Figure(
            "acts",
            _("What they did"),
            [
                Column(_("Day"), "day"),
                Column(_("Film pages seen")),
                Column(_("Searches")),
                Column(_("Ratings")),
                Column(_("Other marks")),
            ],
            acts(span),
            _("What people brought along from other sites did not happen here and is not counted."),
            chart="lines",
        ),
    ]


def acts(span: Span) -> sql.Rows:
    """day, film pages, searches, ratings, other marks."""
    Action = sql.Action
    seen = sql.logged(span, Action.MOVIE_VIEW, Action.MOVIE_SEARCH, columns="l.timestamp AS at, l.action_type AS kind")
    query = f"""
        SELECT {sql.DAY.format("at")}, {
        ", ".join(
            f"count(*) FILTER (WHERE kind = '{kind}')"
            for kind in (Action.MOVIE_VIEW, Action.MOVIE_SEARCH, "rating", "mark")
        )
    }
        FROM (
            {seen}
            UNION ALL
            SELECT i.timestamp, CASE i.interaction_type WHEN 'rating' THEN 'rating' ELSE 'mark' END
            FROM user_movie_interactions i JOIN users u ON u.id = i.user_id
            WHERE i.timestamp >= %(start)s AND i.timestamp < %(end)s AND i.source <> 'import' AND {sql.people(span)}
        ) done GROUP BY 1"""
    return sql.by_day(span, sql.ask(query, span), nothing=(0, 0, 0, 0))
