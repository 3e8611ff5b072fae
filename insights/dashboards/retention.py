"""Who comes back: people by the week in which they joined, and by the weeks since."""

import datetime

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from insights.dashboards import sql
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span

WEEKS = 12
WEEK = datetime.timedelta(days=7)


def figures(span: Span) -> list[Figure]:
    wide, weeks = _cohorts(span)
    found = {(row[0], row[1]): row[2] for row in sql.ask(_query(wide), wide)}
    rows = []
    for cohort in range(weeks):
        first = wide.first + WEEK * cohort
        size = found.get((cohort, -1), 0)
        shares = [_share(found.get((cohort, week), 0), size, first, week, span.last) for week in range(1, WEEKS)]
        rows.append((first, size, *shares))
    later = [Column(ngettext("%(weeks)s week later", "%(weeks)s weeks later", week) % {"weeks": week}, "share")
             for week in range(1, WEEKS)]  # fmt: skip
    columns = [Column(gettext("Joined in the week from"), "day"), Column(gettext("People")), *later]
    note = _(
        "Of those who joined in a week, how many came in each of the weeks after it. A cell stays empty until its week"
        " has passed for all of them. At least 12 weeks are shown. Only people count who have allowed it in their"
        " settings."
    )
    rows = [row for row in rows if row[1]]
    return [Figure("cohorts", _("Who came back"), columns, rows, note, "heat", _("Nobody joined in these weeks."))]


def _cohorts(span: Span) -> tuple[Span, int]:
    """Whole weeks that end with the last day: as many as the span begins, and at least WEEKS."""
    weeks = max(WEEKS, -(-span.length // 7))
    return span.since(7 * weeks - span.length), weeks


def _query(span: Span) -> str:
    """cohort, week, people; the week -1 is the cohort itself. A person's weeks begin on the day they joined."""
    return f"""
        WITH joined AS (
            SELECT u.id, {sql.DAY.format("u.date_joined")} AS day FROM users u
            WHERE u.date_joined >= %(start)s AND u.date_joined < %(end)s AND u.data_usage_consent AND {sql.people(span)}
        ), cohorts AS (
            SELECT id, day, (day - {sql.DAY.format("%(start)s")}) / 7 AS cohort FROM joined
        ), days AS ({sql.active_days(span)})
        SELECT cohort, -1, count(*)::int FROM cohorts GROUP BY 1
        UNION ALL
        SELECT c.cohort, (d.day - c.day) / 7, count(DISTINCT c.id)::int
        FROM cohorts c JOIN days d ON d.user_id = c.id AND d.day >= c.day + 7 GROUP BY 1, 2"""


def _share(count: int, size: int, first: datetime.date, week: int, last: datetime.date) -> float | None:
    """None while somebody who joined on the last day of the week has not had that week yet."""
    complete = first + WEEK * (week + 2) - datetime.timedelta(days=2)
    return sql.share(count, size) if complete <= last else None
