"""A person's ratings as a table: every heading is an order, and the address says which."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_tables2.data import TableListData

from catalog.cards import MovieCard
from recs.mylists import BY_HEADING

# A heading or a page number fetches the page, and takes from it what has changed.
SWAP = {
    "hx-boost": "true",
    "hx-target": "#results",
    "hx-select": "#results",
    "hx-select-oob": "#id_sort",
    "hx-swap": "outerHTML",
}


@dataclass(frozen=True, slots=True)
class Rated:
    """One line of the table."""

    card: MovieCard
    when: datetime.datetime | None


class InOrder(TableListData):
    """Lines of one page, which the database has put in order among all pages."""

    def order_by(self, aliases: Any) -> None:
        """Nothing to do; django-tables2 would sort the lines of this page among themselves."""


class RatingsTable(tables.Table):
    title = tables.TemplateColumn(template_name="recs/_table_film.html", verbose_name=_("Film"))
    rating = tables.TemplateColumn(
        "{% load cards %}{% movie_card record.card %}", verbose_name=_("My rating"), initial_sort_descending=True
    )
    rated = tables.DateColumn(
        accessor="when", verbose_name=pgettext_lazy("when", "Rated"), initial_sort_descending=True
    )
    year = tables.Column(accessor="card__year", verbose_name=_("Year"), initial_sort_descending=True)

    class Meta:
        attrs = {"class": "table table--films", "aria_label": _("My ratings"), "thead": SWAP}


def ratings(lines: Sequence[Rated], *, sort: str) -> RatingsTable:
    heading = next((alias for alias, name in BY_HEADING.items() if name == sort), sort)
    return RatingsTable(InOrder(list(lines)), order_by=heading)
