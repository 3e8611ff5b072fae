"""The list of experiments as a table: every heading is an order, and the address says which."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from insights import experiment_words as words
from recs.models import Experiment

SWAP = {
    "hx-boost": "true",
    "hx-target": "#results",
    "hx-select": "#results",
    "hx-swap": "outerHTML",
}


class ExperimentsTable(tables.Table):
    """`told` gives what stands beside an experiment: its people and its verdict, read for a page at once."""

    name = tables.Column(
        verbose_name=pgettext_lazy("of an experiment", "Name"),
        linkify=lambda record: reverse("insights:experiment", args=[record.pk]),
    )
    status = tables.Column(verbose_name=_("Status"))
    kind = tables.Column(verbose_name=_("Kind"))
    people = tables.Column(verbose_name=_("People"), empty_values=(), orderable=False)
    end_date = tables.Column(verbose_name=_("Time left"))
    said = tables.Column(verbose_name=_("What it says"), empty_values=(), orderable=False)

    class Meta:
        attrs = {
            "class": "table table--trials",
            "aria_label": _("Experiments"),
            "thead": SWAP,
            "tbody": {"hx-boost": "false"},
        }
        order_by = ("-end_date",)

    def before_render(self, request: object) -> None:
        self.told = words.told_of([row.record for row in self.paginated_rows])

    def render_name(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", value)

    def render_status(self, record: Experiment) -> SafeString:
        badge = words.badge(record)
        return format_html('<span class="tag tag--{}">{}</span>', badge.kind, badge.text)

    def render_people(self, record: Experiment) -> str:
        return self.told[record.pk].people or "–"

    def render_end_date(self, record: Experiment) -> str:
        return words.time_left(record)

    def render_said(self, record: Experiment) -> str:
        return self.told[record.pk].headline or gettext("Nothing yet")
