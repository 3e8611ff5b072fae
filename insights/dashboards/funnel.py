"""How far those get who joined in these days."""

from django.utils.translation import gettext_lazy as _

from insights.dashboards import sql
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span

RATINGS = 5
STEPS = [_("Joined"), _("Finished the welcome"), _("Rated 5 films"), _("Followed a pick")]


def figures(span: Span) -> list[Figure]:
    people = _steps(span)
    before = [None, *people[:-1]]
    rows = [
        (step, count, sql.share(count, people[0]), sql.share(count, earlier) if earlier is not None else None)
        for step, count, earlier in zip(STEPS, people, before, strict=True)
    ]
    columns = [
        Column(_("Step"), "text"),
        Column(_("People"), "bar"),
        Column(_("Of all who joined"), "share"),
        Column(_("Of the step before"), "share"),
    ]
    note = _(
        "Each step counts those who took all the steps before it, until today. Only people count who have allowed it in"
        " their settings: nobody else's clicks are known."
    )
    steps = Figure(
        "steps",
        _("From joining to the first pick"),
        columns,
        rows if people[0] else [],
        note,
        empty=_("Nobody joined in these days."),
    )
    joined = Figure(
        "joined",
        _("Who joined"),
        [Column(_("Day"), "day"), Column(_("People"))],
        _joined(span),
        chart="lines",
        empty=_("Nobody joined in these days."),
    )
    return [steps, joined]


def _steps(span: Span) -> list[int]:
    query = f"""
        WITH joined AS (
            SELECT u.id, u.onboarding_completed AS welcomed FROM users u
            WHERE u.date_joined >= %(start)s AND u.date_joined < %(end)s AND u.data_usage_consent AND {sql.people(span)}
        ), far AS (
            SELECT welcomed, welcomed AND EXISTS (SELECT FROM user_movie_interactions r
                WHERE r.user_id = joined.id AND r.interaction_type = 'rating' OFFSET {RATINGS - 1}) AS rated, id
            FROM joined
        )
        SELECT count(*), count(*) FILTER (WHERE welcomed), count(*) FILTER (WHERE rated),
            count(*) FILTER (WHERE rated AND EXISTS (SELECT FROM user_activity_logs l
                WHERE l.user_id = far.id AND l.action_type = 'recommendation_click' AND l.timestamp >= %(start)s))
        FROM far"""
    return list(sql.ask(query, span)[0])


def _joined(span: Span) -> sql.Rows:
    query = f"""
        SELECT {sql.DAY.format("u.date_joined")}, count(*) FROM users u
        WHERE u.date_joined >= %(start)s AND u.date_joined < %(end)s AND {sql.people(span)} GROUP BY 1"""
    return sql.by_day(span, sql.ask(query, span), nothing=(0,))
