"""The site at a glance: five numbers, and what needs somebody."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from insights.dashboards import picks, sql
from insights.dashboards.figures import Column, Figure, Text, Tile, spark, written
from insights.dashboards.health import Check
from insights.dashboards.spans import Span

FELL = 25  # per cent less than before that somebody should look at
ENOUGH = 1_000  # picks shown, before which a rate is mostly chance


def daily(span: Span) -> sql.Rows:
    """day, people who joined, films added, ratings given, picks shown, picks followed, click-through rate."""
    query = f"""
        SELECT {sql.DAY.format("at")}, count(*) FILTER (WHERE kind = 'u')::int,
            count(*) FILTER (WHERE kind = 'm')::int, count(*) FILTER (WHERE kind = 'r')::int
        FROM (
            SELECT u.date_joined AS at, 'u' AS kind FROM users u
            WHERE u.date_joined >= %(start)s AND u.date_joined < %(end)s AND {sql.people(span)}
            UNION ALL
            SELECT created_at, 'm' FROM movies WHERE created_at >= %(start)s AND created_at < %(end)s
            UNION ALL
            SELECT i.timestamp, 'r' FROM user_movie_interactions i JOIN users u ON u.id = i.user_id
            WHERE i.timestamp >= %(start)s AND i.timestamp < %(end)s AND i.interaction_type = 'rating'
                AND i.source <> 'import' AND {sql.people(span)}
        ) came GROUP BY 1"""
    came = sql.by_day(span, sql.ask(query, span), nothing=(0, 0, 0))
    return [(*day, *rate[1:]) for day, rate in zip(came, picks.rates(span), strict=True)]


def totals(span: Span) -> tuple[int, int]:
    """People and films at the end of the last day."""
    query = f"""
        SELECT (SELECT count(*) FROM users u WHERE u.date_joined < %(end)s AND {sql.people(span)}),
            (SELECT count(*) FROM movies WHERE created_at < %(end)s)"""
    people, films = sql.ask(query, span)[0]
    return people, films


def board(span: Span) -> dict[str, Any]:
    """The numbers of the page, with the days before for comparison."""
    wide = span.since(span.length)
    rows = daily(wide)
    before, now = rows[: span.length], rows[span.length :]
    people, films = totals(span)
    shown = [(_sum(part, 4), _sum(part, 5)) for part in (before, now)]
    rates = [sql.share(clicked, seen) for seen, clicked in shown]
    tiles = [
        _tile(_("People"), _column(rows, 1), _address("funnel", span), total=people),
        _tile(_("Films"), _column(rows, 2), _address("films", span), total=films),
        _tile(_("Ratings"), _column(rows, 3), _address("activity", span)),
        _tile(_("Picks shown"), _column(rows, 4), _address("recommendations", span)),
        Tile(
            _("Click-through rate"),
            written(rates[1], "share"),
            "",
            *compared(rates[1], rates[0], span.length),
            spark([row[6] for row in now]),
            _address("recommendations", span),
        ),
    ]
    return {"tiles": tiles, "figure": figure(now), "fell": _fell(rates, shown[1][0])}


def figures(span: Span) -> list[Figure]:
    return [figure(daily(span))]


def figure(rows: sql.Rows) -> Figure:
    columns = [
        Column(_("Day"), "day"),
        Column(_("People joined")),
        Column(_("Films added")),
        Column(_("Ratings")),
        Column(_("Picks shown")),
        Column(_("Picks followed")),
        Column(_("Click-through rate"), "share"),
    ]
    return Figure("days", _("Day by day"), columns, rows, chart="folded")


def compared(now: float | None, before: float | None, days: int) -> tuple[str, str]:
    """The change in words with its sign, and which way it went: "up", "down" or "same"."""
    if now is None or before is None or (not before and not now):
        return gettext("Nothing to compare with"), "same"
    if not before:
        return ngettext("None the day before", "None in the %(days)s days before", days) % {"days": days}, "up"
    change = round(100 * (now - before) / before)
    said = {"days": days, "percent": number_format(abs(change))}
    if change > 0:
        more = ngettext(
            "+%(percent)s %%: more than the day before", "+%(percent)s %%: more than in the %(days)s days before", days
        )
        return more % said, "up"
    if change < 0:
        fewer = ngettext(
            "−%(percent)s %%: less than the day before", "−%(percent)s %%: less than in the %(days)s days before", days
        )
        return fewer % said, "down"
    same = ngettext("The same as the day before", "The same as in the %(days)s days before", days)
    return same % said, "same"


def _tile(label: Text, counts: Sequence[int], url: str = "", *, total: int | None = None) -> Tile:
    """`counts`: of each day of both periods. `total` is what stands at the end, where that is what people look for."""
    days = len(counts) // 2
    before, now = sum(counts[:days]), sum(counts[days:])
    count = number_format(now, force_grouping=True)
    line = gettext("%(count)s new in these days") % {"count": count} if total is not None else ""
    value = count if total is None else number_format(total, force_grouping=True)
    return Tile(label, value, line, *compared(now, before, days), spark(counts[days:]), url)


def _column(rows: sql.Rows, at: int) -> list[int]:
    return [row[at] for row in rows]


def _address(page: str, span: Span) -> str:
    return f"{reverse(f'insights:{page}')}{span.query}"


def _sum(rows: sql.Rows, at: int) -> int:
    return sum(row[at] for row in rows)


def _fell(rates: list[float | None], shown: int) -> list[Check]:
    before, now = rates
    if not before or now is None or shown < ENOUGH or now > before * (1 - FELL / 100):
        return []
    said = gettext("%(now)s %% of the picks were followed; it was %(before)s %%.")
    return [
        Check(
            _("Click-through rate"),
            "amber",
            said % {"now": number_format(now, 1), "before": number_format(before, 1)},
            _("See which algorithm or row fell, and whether its model is fresh."),
        )
    ]
