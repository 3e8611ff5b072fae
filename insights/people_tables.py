"""Lists of the pages about one person, and of who looked at them."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from insights import people, words
from insights.models import Inspection
from insights.people import Logged, Text
from recs.models import Interaction


def swap(place: str) -> dict[str, str]:
    """A heading or a page number fetches the page, and takes from it this part alone."""
    return {"hx-boost": "true", "hx-target": place, "hx-select": place, "hx-swap": "outerHTML show:none"}


Looks = QuerySet[Inspection]
RESULTS, ACTS, LOG = swap("#results"), swap("#acts"), swap("#log")


class PeopleTable(tables.Table):
    """E-mail addresses can be told apart and not read, but by administrators."""

    name = tables.Column(
        accessor="display_name", verbose_name=_("Name"), order_by=("first_name", "last_name", "username")
    )
    email = tables.Column(verbose_name=_("E-mail"), orderable=False)
    id = tables.Column(verbose_name=_("Number"), localize=False, attrs={"td": {"class": "numbers"}})
    date_joined = tables.DateColumn(verbose_name=pgettext_lazy("when", "Joined"), initial_sort_descending=True)
    counted = tables.Column(accessor="data_usage_consent", verbose_name=_("Lets us count"))

    class Meta:
        attrs = {"class": "table", "aria_label": _("People"), "thead": RESULTS, "tbody": {"hx-boost": "false"}}
        order_by = ("name",)

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        self.reader = reader
        super().__init__(*args, **kwargs)

    def render_name(self, record: User, value: str) -> SafeString:
        return format_html('<a href="{}"><bdi>{}</bdi></a>', reverse("insights:person", args=[record.pk]), value)

    def render_email(self, record: User) -> SafeString:
        return format_html("<bdi>{}</bdi>", people.address(record, reader=self.reader))

    def render_counted(self, value: bool) -> str:
        return gettext("Yes") if value else gettext("No")


class ActsTable(tables.Table):
    """What somebody did with films."""

    film = tables.Column(accessor="movie__title", verbose_name=_("Film"))
    what = tables.Column(accessor="interaction_type", verbose_name=_("What"))
    rating = tables.Column(verbose_name=_("Stars"), initial_sort_descending=True, attrs={"td": {"class": "numbers"}})
    timestamp = tables.DateTimeColumn(verbose_name=_("When"), short=True, initial_sort_descending=True)

    class Meta:
        attrs = {"class": "table", "aria_label": _("Ratings and lists"), "thead": ACTS, "tbody": {"hx-boost": "false"}}
        prefix = "acts-"
        order_by = ("-timestamp",)
        empty_text = _("Nothing yet.")

    def render_film(self, record: Interaction) -> SafeString:
        return format_html('<a href="{}"><bdi>{}</bdi></a>', record.movie.get_absolute_url(), record.movie.title)

    def render_what(self, record: Interaction) -> str:
        picked = record.interaction_type == Interaction.Type.CLICK
        return gettext("Picked in the welcome") if picked else record.get_interaction_type_display()

    def render_rating(self, value: float) -> str:
        return number_format(value, 1)


class LogTable(tables.Table):
    """What the log has of somebody who lets us count."""

    label = tables.Column(verbose_name=_("What"))
    about = tables.Column(verbose_name=pgettext_lazy("a film or a search", "About"), empty_values=(), orderable=False)
    at = tables.DateTimeColumn(verbose_name=_("When"), short=True, initial_sort_descending=True)

    class Meta:
        attrs = {"class": "table", "aria_label": _("Activity"), "thead": LOG, "tbody": {"hx-boost": "false"}}
        prefix = "log-"
        order_by = ("-at",)
        empty_text = _("Nothing is logged.")

    def render_about(self, record: Logged) -> SafeString:
        if record.film is None:
            return format_html("<bdi>{}</bdi>", record.words or "–")
        address = reverse("catalog:movie", args=[record.film.slug])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, record.film.title)


class InspectionsTable(tables.Table):
    """Who looked at whom; in every order the newest look first among equals, so that pages do not overlap."""

    at = tables.DateTimeColumn(verbose_name=_("When"), short=True, initial_sort_descending=True)
    actor = tables.Column(verbose_name=_("Who looked"), empty_values=())
    person = tables.Column(verbose_name=_("Person"))
    what = tables.Column(accessor="algorithm", verbose_name=_("What"))

    class Meta:
        attrs = {"class": "table", "aria_label": _("List of looks"), "thead": RESULTS, "tbody": {"hx-boost": "false"}}
        order_by = ("-at",)

    def render_actor(self, value: User | None) -> SafeString:
        return format_html("<bdi>{}</bdi>", people.called(value))

    def render_person(self, value: User) -> SafeString:
        address = reverse("insights:person", args=[value.pk])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, value.display_name)

    def render_what(self, value: str) -> Text:
        return words.look(value)

    def order_at(self, looks: Looks, is_descending: bool) -> tuple[Looks, bool]:
        return _ordered(looks, is_descending, F("at"))

    def order_actor(self, looks: Looks, is_descending: bool) -> tuple[Looks, bool]:
        return _ordered(looks, is_descending, _name("actor"))

    def order_person(self, looks: Looks, is_descending: bool) -> tuple[Looks, bool]:
        return _ordered(looks, is_descending, _name("person"))

    def order_what(self, looks: Looks, is_descending: bool) -> tuple[Looks, bool]:
        return _ordered(looks, is_descending, F("algorithm"))


def _name(whose: str) -> Coalesce:
    """As `User.display_name` says it."""
    full = Concat(f"{whose}__first_name", Value(" "), f"{whose}__last_name")
    return Coalesce(NullIf(Trim(full), Value("")), f"{whose}__username")


def _ordered(looks: Looks, is_descending: bool, what: Coalesce | F) -> tuple[Looks, bool]:
    return looks.order_by(what.desc() if is_descending else what.asc(), "-at", "-pk"), True
