"""What each film did in some days, from the daily numbers (`popularity_metrics`), for those who look after films.

A day here is a day in UTC, as those numbers are counted; so is the share of picks that were followed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie
from insights.dashboards import sql
from insights.dashboards.figures import Column, Figure, Text, Tile, spark, written
from insights.dashboards.overview import compared
from insights.dashboards.spans import Span
from insights.models import PopularityMetric

COUNTS = {
    "views": "view_count",
    "likes": "like_count",
    "ratings": "rating_count",
    "shown": "recommendation_count",
}
# What was followed and the stars given, put together again from the shares and means of the days.
CLICKS = F("click_through_rate") * F("recommendation_count") / Value(100.0)
STARS = F("average_rating") * F("rating_count")
DAILY = ("view_count", "like_count", "rating_count", "average_rating", "recommendation_count", "click_through_rate")
LISTED = ("title", "slug", *COUNTS, "mean", "rate", "views_change", "rate_change")


def performance(span: Span) -> QuerySet[Any, Any]:
    """A row for each film of which anything is known in these days or as many before: LISTED, and `movie_id`.

    `mean`: stars; `rate`: picks followed, in per cent; `views_change`: in per cent of the views before;
    `rate_change`: in points. None where there is nothing to divide by.
    """
    days = PopularityMetric.objects.filter(date__gte=span.before.first, date__lte=span.last)
    now, before = Q(date__gte=span.first), Q(date__lt=span.first)
    counted = days.values("movie_id", title=F("movie__title"), slug=F("movie__slug")).annotate(
        **{name: Coalesce(Sum(column, filter=now), 0) for name, column in COUNTS.items()},
        mean=_sum(STARS, now) / _whole("rating_count", now),
        rate=100.0 * _sum(CLICKS, now) / _whole("recommendation_count", now),
        rate_before=100.0 * _sum(CLICKS, before) / _whole("recommendation_count", before),
        views_before=Coalesce(Sum("view_count", filter=before), 0),
    )
    return counted.annotate(
        views_change=100.0 * (_float("views") - _float("views_before")) / NullIf(_float("views_before"), 0.0),
        rate_change=F("rate") - F("rate_before"),
    ).order_by()


def _float(name: str) -> Cast:
    return Cast(F(name), FloatField())


def _sum(each: Combinable, which: Q) -> Sum:
    return Sum(ExpressionWrapper(each, output_field=FloatField()), filter=which, output_field=FloatField())


def _whole(column: str, which: Q) -> NullIf:
    return NullIf(Cast(Sum(column, filter=which), FloatField()), 0.0)


def listed(rows: Iterable[Mapping[str, Any]]) -> Figure:
    """The same as a file."""
    columns = [
        Column(_("Film"), "text"),
        Column(_("Views")),
        Column(_("Likes")),
        Column(_("Ratings")),
        Column(_("Mean rating")),
        Column(_("Shown as a pick")),
        Column(_("Click-through rate"), "share"),
        Column(_("Change in views"), "share"),
        Column(_("Change, in points")),
    ]
    names = [name for name in LISTED if name != "slug"]
    return Figure("films", _("Films"), columns, [tuple(row[name] for name in names) for row in rows])


def daily(movie: Movie, span: Span) -> sql.Rows:
    """day, views, likes, ratings, mean rating, times shown as a pick, share of those followed; a row for every day."""
    rows = PopularityMetric.objects.filter(movie=movie, date__gte=span.first, date__lte=span.last)
    rates = {"average_rating", "click_through_rate"}
    columns = [
        "view_count",
        "like_count",
        "rating_count",
        "average_rating",
        "recommendation_count",
        "click_through_rate",
    ]
    found = []
    for day, *values in rows.values_list("date", *columns):
        views, likes, ratings, mean, shown, rate = values
        found.append((day, views, likes, ratings, mean if ratings else None, shown, float(rate) if shown else None))
    return sql.by_day(span, found, nothing=[None if name in rates else 0 for name in columns])


def figure(rows: sql.Rows) -> Figure:
    columns = [
        Column(_("Day"), "day"),
        Column(_("Views")),
        Column(_("Likes")),
        Column(_("Ratings")),
        Column(_("Mean rating"), "number"),
        Column(_("Shown as a pick")),
        Column(_("Click-through rate"), "share"),
    ]
    nothing = _("Nothing happened with this film in these days.")
    return Figure("days", _("Day by day"), columns, rows, chart="lines", empty=nothing, plotted=(1, 2, 3))


def tiles(movie: Movie, span: Span) -> list[Tile]:
    """Each number with the same number of days before it."""
    rows = daily(movie, span.since(span.length))
    before, now = rows[: span.length], rows[span.length :]
    counted = [(_("Views"), 1), (_("Likes"), 2), (_("Ratings"), 3), (_("Shown as a pick"), 5)]
    found = [_tile(label, [row[at] for row in now], [row[at] for row in before]) for label, at in counted]
    rates = [_rate(part) for part in (before, now)]
    change = compared(rates[1], rates[0], span.length)
    line = spark([row[6] for row in now])
    return [*found, Tile(_("Click-through rate"), written(rates[1], "share"), "", *change, line)]


def _tile(label: Text, now: list[int], before: list[int]) -> Tile:
    return Tile(label, written(sum(now), "count"), "", *compared(sum(now), sum(before), len(now)), spark(now))


def _rate(rows: sql.Rows) -> float | None:
    followed = sum(row[5] * (row[6] or 0) / 100 for row in rows)
    return sql.share(followed, sum(row[5] for row in rows))


def address(slug: str, span: Span) -> str:
    return f"{reverse('insights:film', args=[slug])}{span.query}"
