"""The films of an editor's page as a table: every heading is an order, and the address says which."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from insights import films
from insights.dashboards.figures import written
from insights.dashboards.spans import Span
from insights.people_tables import RESULTS
from web import signs


class Figure(tables.Column):
    """A number; what is not known comes last in both orders, and ties are settled, so that pages do not overlap."""

    def __init__(self, kind: str = "count", **said: Any) -> None:
        self.kind = kind
        cells = {"th": {"class": "end"}, "td": {"class": "end numbers"}}
        super().__init__(initial_sort_descending=True, attrs=cells, **said)

    def order(self, queryset: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        column = F(self._table_name)
        by = column.desc(nulls_last=True) if is_descending else column.asc(nulls_last=True)
        return queryset.order_by(by, "-ratings", "movie_id"), True

    @property
    def _table_name(self) -> str:
        return str(self.accessor)

    def render(self, value: Any) -> Any:
        return written(value, self.kind)


class Change(Figure):
    """With its sign, so that colour is not the only one."""

    def render(self, value: Any) -> str:
        digits = 1 if self.kind == "points" else 0
        number = signs.number(value, digits, plus=True)
        said = number if self.kind == "points" else gettext("%(number)s %%") % {"number": number}
        return signs.isolated(said)


class FilmsTable(tables.Table):
    title = tables.Column(verbose_name=_("Film"))
    views = Figure(accessor="views", verbose_name=_("Views"))
    views_change = Change("percent", accessor="views_change", verbose_name=_("Change in views"))
    likes = Figure(accessor="likes", verbose_name=_("Likes"))
    ratings = Figure(accessor="ratings", verbose_name=_("Ratings"))
    mean = Figure("number", accessor="mean", verbose_name=_("Mean rating"))
    shown = Figure(accessor="shown", verbose_name=_("Shown as a pick"))
    rate = Figure("share", accessor="rate", verbose_name=_("Click-through rate"))
    rate_change = Change("points", accessor="rate_change", verbose_name=_("Change, in points"))

    class Meta:
        attrs = {
            "class": "table table--figures table--films-listed",
            "aria_label": _("Films"),
            "thead": RESULTS,
            "tbody": {"hx-boost": "false"},
        }
        order_by = ("-views",)

    def __init__(self, *args: Any, span: Span, **kwargs: Any) -> None:
        self.span = span
        super().__init__(*args, **kwargs)

    def order_title(self, queryset: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        return queryset.order_by("-title" if is_descending else "title", "movie_id"), True

    def render_title(self, record: dict[str, Any], value: str) -> SafeString:
        return format_html('<a href="{}"><bdi>{}</bdi></a>', films.address(record["slug"], self.span), value)
