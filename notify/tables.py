"""Lists of the staff pages about messages."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify import access
from notify.kinds import KINDS
from notify.models import Delivery, DeliveryStatus, Suppression
from notify.reasons import SENTENCES

# A heading or a page number fetches the page, and takes from it the list alone.
SWAP = {
    "hx-boost": "true",
    "hx-target": "#results",
    "hx-select": "#results",
    "hx-swap": "outerHTML show:none",
}
TONES = {
    DeliveryStatus.SENT: "new",
    DeliveryStatus.DELIVERED: "new",
    DeliveryStatus.OPENED: "new",
    DeliveryStatus.CLICKED: "new",
    DeliveryStatus.FAILED: "loud",
    DeliveryStatus.BOUNCED: "loud",
    DeliveryStatus.COMPLAINED: "loud",
    DeliveryStatus.IN_DOUBT: "loud",
}


def kind_name(slug: str) -> Any:
    """What the registry calls a kind; its word where it is of a time before."""
    return KINDS[slug].label if slug in KINDS else slug


def badge(delivery: Delivery) -> SafeString:
    tone = TONES.get(DeliveryStatus(delivery.status))
    kind = f" tag--{tone}" if tone else ""
    return format_html('<span class="tag{}">{}</span>', kind, DeliveryStatus(delivery.status).label)


class DeliveriesTable(tables.Table):
    """The outbox and its log; addresses can be told apart and not read, but by administrators."""

    created_at = tables.DateTimeColumn(
        verbose_name=_("Made"),
        short=True,
        linkify=lambda record: reverse("notify:mail", args=[record.id]),
        initial_sort_descending=True,
    )
    status = tables.Column(verbose_name=_("State"))
    person = tables.Column(
        accessor="user__display_name", verbose_name=_("Person"), order_by=("user__first_name", "user__username")
    )
    kind = tables.Column(accessor="notification_type", verbose_name=_("Message"))
    channel = tables.Column(verbose_name=_("Channel"))
    attempts = tables.Column(verbose_name=_("Attempts"), attrs={"td": {"class": "numbers"}})
    subject = tables.Column(verbose_name=_("Subject"), orderable=False, empty_values=(None,))

    class Meta:
        attrs = {
            "class": "table table--log",
            "aria_label": _("Delivery log"),
            "thead": SWAP,
            "tbody": {"hx-boost": "false"},
        }
        order_by = ("-created_at",)

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        self.reader = reader
        super().__init__(*args, **kwargs)

    def render_person(self, record: Delivery, value: str) -> SafeString:
        address = access.address(record.recipient, reader=self.reader) if "@" in record.recipient else ""
        return format_html('<bdi>{}</bdi><span class="log__more"><bdi>{}</bdi></span>', value, address)

    def render_kind(self, value: str) -> Any:
        return kind_name(value)

    def render_status(self, record: Delivery) -> SafeString:
        if not record.reason:
            return badge(record)
        why = SENTENCES.get(record.reason, record.reason)
        return format_html('{}<span class="log__more">{}</span>', badge(record), why)

    def render_subject(self, record: Delivery) -> SafeString:
        return format_html(
            "<bdi>{}</bdi>{}", record.subject or "–", format_html(" ({})", _("test")) if record.is_test else ""
        )


class SuppressionsTable(tables.Table):
    """Addresses are not kept; their masked form is enough to recognise one that somebody asks about."""

    masked = tables.Column(verbose_name=_("Address"), orderable=False)
    act = tables.TemplateColumn(
        verbose_name=_("Undo"),
        template_name="notify/staff/_suppression.html",
        context_object_name="one",
        orderable=False,
    )
    reason = tables.Column(verbose_name=_("Reason"))
    scope = tables.Column(verbose_name=_("Keeps back"))
    created_at = tables.DateTimeColumn(verbose_name=_("Since"), short=True, initial_sort_descending=True)
    note = tables.Column(verbose_name=_("Note"), orderable=False, empty_values=(None,))

    class Meta:
        attrs = {
            "class": "table table--addresses",
            "aria_label": _("Suppression list"),
            "thead": SWAP,
            "tbody": {"hx-boost": "false"},
        }
        order_by = ("-created_at",)

    def render_masked(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", value)

    def render_note(self, record: Suppression) -> SafeString:
        who = record.created_by.display_name if record.created_by else ""
        return format_html('<bdi>{}</bdi><span class="log__more"><bdi>{}</bdi></span>', record.note, who)
