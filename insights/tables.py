"""Lists of staff pages as sortable tables."""

from urllib.parse import urlencode

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from insights.queries import Run


class RunsTable(tables.Table):
    """The evaluations that are stored; each date leads to that run alone."""

    made_at = tables.DateTimeColumn(
        verbose_name=_("Made"),
        short=True,
        linkify=lambda record: f"{reverse('insights:evaluation')}?run={record.name}",
        initial_sort_descending=True,
    )
    protocol = tables.Column(accessor="protocol_label", verbose_name=_("Protocol"), order_by="protocol")
    data = tables.Column(accessor="data_name", verbose_name=_("Data"), empty_values=())
    seed = tables.Column(verbose_name=_("Seed"), localize=False, attrs={"td": {"class": "numbers"}})
    algorithms = tables.Column(verbose_name=_("Algorithms"), attrs={"td": {"class": "numbers"}})
    file = tables.Column(accessor="name", verbose_name=_("File"), orderable=False)

    class Meta:
        attrs = {"class": "table", "aria_label": _("Evaluations")}
        prefix = "runs-"

    def render_data(self, record: Run) -> SafeString:
        name = record.data_name or gettext("Our own people")
        return format_html("<bdi>{}</bdi> <code>{}</code>", name, record.data)

    def render_file(self, record: Run) -> SafeString:
        address = reverse("insights:evaluation_file", args=[record.name])
        return format_html('<a href="{}" download>JSON</a>', address)


class SearchesTable(tables.Table):
    """What people looked for."""

    words = tables.Column(verbose_name=_("Search"))
    times = tables.Column(verbose_name=pgettext_lazy("how often", "Times"), initial_sort_descending=True)
    missed = tables.Column(verbose_name=_("Without a result"), initial_sort_descending=True)
    films = tables.Column(verbose_name=_("Films found"), initial_sort_descending=True)

    class Meta:
        attrs = {"class": "table", "aria_label": _("List of searches")}
        order_by = "-times"
        empty_text = _("No search fits.")

    def render_words(self, value: str) -> SafeString:
        return format_html(
            '<a href="{}?{}"><bdi>{}</bdi></a>', reverse("catalog:search"), urlencode({"q": value}), value
        )
