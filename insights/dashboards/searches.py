"""What people look for, and what they do not find."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from insights.dashboards import sql
from insights.dashboards.figures import Column, Figure
from insights.dashboards.spans import Span

MOST = 2_000


@dataclass(frozen=True)
class Search:
    """One thing that people looked for, whatever its capitals."""

    words: str
    times: int
    missed: int
    films: int | None


class SearchesForm(forms.Form):
    """Narrows the list; what does not fit is left out of account."""

    words = forms.CharField(label=_("Contains"), required=False, max_length=100)
    missed = forms.BooleanField(label=_("Only without a result"), required=False)


def searches(span: Span) -> list[Search]:
    """The most frequent of these days; `films`: how many were found the last time."""
    seen = sql.logged(span, sql.Action.MOVIE_SEARCH, columns="l.timestamp, l.metadata")
    query = f"""
        WITH asked AS (
            SELECT lower(metadata->>'query') AS words, timestamp,
                CASE jsonb_typeof(metadata->'results') WHEN 'number' THEN (metadata->'results')::float8::bigint END
                    AS films
            FROM ({seen}) l WHERE metadata->>'query' <> ''
        )
        SELECT words, count(*)::int, count(*) FILTER (WHERE films = 0)::int,
            (array_agg(films ORDER BY timestamp DESC))[1]
        FROM asked GROUP BY words ORDER BY 2 DESC, words LIMIT {MOST}"""
    return [Search(*row) for row in sql.ask(query, span)]


def narrowed(found: list[Search], query: QueryDict) -> tuple[list[Search], SearchesForm]:
    form = SearchesForm(query, label_suffix="")
    said = form.cleaned_data if form.is_valid() else {}
    words, missed = (said.get("words") or "").lower(), said.get("missed")
    return [one for one in found if words in one.words and (one.missed or not missed)], form


def figures(span: Span) -> list[Figure]:
    return [daily(span), listed(searches(span))]


def listed(found: list[Search]) -> Figure:
    columns = [
        Column(_("Search"), "text"),
        Column(pgettext_lazy("how often", "Times")),
        Column(_("Without a result")),
        Column(_("Films found")),
    ]
    rows = [(one.words, one.times, one.missed, one.films) for one in found]
    return Figure("words", _("What people looked for"), columns, rows, empty=_("Nobody searched in these days."))


def daily(span: Span) -> Figure:
    seen = sql.logged(span, sql.Action.MOVIE_SEARCH, columns="l.timestamp, l.metadata->'results' AS films")
    query = f"""
        SELECT {sql.DAY.format("timestamp")}, count(*)::int, count(*) FILTER (WHERE films = '0'::jsonb)::int
        FROM ({seen}) l GROUP BY 1"""
    rows = sql.by_day(span, sql.ask(query, span), nothing=(0, 0))
    columns = [Column(_("Day"), "day"), Column(_("Searches")), Column(_("Without a result"))]
    return Figure("daily", _("Searches"), columns, rows, chart="lines", empty=_("Nobody searched in these days."))
