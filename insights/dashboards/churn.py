"""Who stays away: people who have not come for four weeks, and those who come back after that."""

from django.utils.translation import gettext_lazy as _

from insights.dashboards import sql
from insights.dashboards.activity import MONTH
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span


def figures(span: Span) -> list[Figure]:
    rows = [(day, gone, back, sql.share(gone, people)) for day, people, gone, back in _quiet(span)]
    columns = [
        Column(_("Day"), "day"),
        Column(_("Went quiet")),
        Column(_("Came back")),
        Column(_("Gone quiet, of those around"), "share"),
    ]
    note = _(
        "On the 28th day without a visit somebody has gone quiet; whoever comes after that came back. Those around are"
        " the people of the 28 days before. Only people count who have allowed it in their settings."
    )
    return [
        Figure("quiet", _("Gone quiet and come back"), columns, rows, note, "lines",
               _("Nobody went quiet or came back in these days."), plotted=(1, 2)),
        Figure("weeks", _("By week"), [Column(_("Week from"), "day"), *columns[1:]], _weeks(span, rows),
               empty=_("Nobody went quiet or came back in these days.")),
    ]  # fmt: skip


def _quiet(span: Span) -> sql.Rows:
    """day, people of the 28 days before it, who went quiet, who came back."""
    wide = span.since(2 * MONTH)
    query = f"""
        WITH days AS ({sql.active_days(wide)}), visits AS (
            SELECT day, lead(day) OVER (PARTITION BY user_id ORDER BY day) AS next FROM days
        )
        SELECT day, sum(people)::int, sum(gone)::int, sum(back)::int FROM (
            SELECT day + 1 AS day, 1 AS people, 0 AS gone, 0 AS back FROM visits
            UNION ALL SELECT least(day + {MONTH}, next) + 1, -1, 0, 0 FROM visits
            UNION ALL SELECT day + {MONTH}, 0, 1, 0 FROM visits WHERE next IS NULL OR next > day + {MONTH}
            UNION ALL SELECT next, 0, 0, 1 FROM visits WHERE next > day + {MONTH}
        ) changes GROUP BY day"""
    changes = sql.by_day(wide, sql.ask(query, wide), nothing=(0, 0, 0))
    around, rows = 0, []
    for day, people, gone, back in changes:
        around += people
        rows.append((day, around, gone, back))
    return rows[2 * MONTH :]


def _weeks(span: Span, rows: sql.Rows) -> sql.Rows:
    """The same by seven days each, counted from the last day back; a rest at the beginning is left out."""
    found = []
    for start in range(span.length % 7, span.length, 7):
        week = rows[start : start + 7]
        gone, back = sum(row[1] for row in week), sum(row[2] for row in week)
        around = week[0][1] / week[0][3] * 100 if week[0][3] else None
        found.append((week[0][0], gone, back, sql.share(gone, around)))
    return found if any(row[1] or row[2] for row in found) else []
