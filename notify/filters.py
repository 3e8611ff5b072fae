"""Which rows of the delivery log are listed; the address says it."""

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify import addresses
from notify.kinds import KINDS
from notify.models import Channel, Delivery, DeliveryStatus, Suppression, SuppressionReason
from notify.reasons import SENTENCES

DAY = {"type": "date"}


def _typed(autocomplete: str = "off") -> forms.TextInput:
    return forms.TextInput({"type": "search", "autocomplete": autocomplete, "spellcheck": "false"})


class ListFilter(filters.FilterSet):
    """Labels stand above their fields, so that they need no colon."""

    @property
    def form(self) -> forms.Form:
        form = super().form
        form.label_suffix = ""
        return form

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)


class DeliveryFilter(ListFilter):
    q = filters.CharFilter(label=_("Person"), method="by_person", max_length=254, widget=_typed())
    status = filters.ChoiceFilter(label=_("State"), choices=DeliveryStatus.choices, empty_label=_("Any"))
    kind = filters.ChoiceFilter(
        label=_("Message"),
        field_name="notification_type",
        choices=lambda: [(kind.slug, kind.label) for kind in KINDS.values()],
        empty_label=_("Any"),
    )
    channel = filters.ChoiceFilter(label=_("Channel"), choices=Channel.choices, empty_label=_("Any"))
    reason = filters.ChoiceFilter(label=_("Reason"), choices=list(SENTENCES.items()), empty_label=_("Any"))
    since = filters.DateFilter(
        label=_("From"), field_name="created_at", lookup_expr="date__gte", widget=forms.DateInput(DAY)
    )
    until = filters.DateFilter(
        label=_("Until"), field_name="created_at", lookup_expr="date__lte", widget=forms.DateInput(DAY)
    )

    class Meta:
        model = Delivery
        fields: list[str] = []

    def by_person(self, found: QuerySet[Delivery], _name: str, value: str) -> QuerySet[Delivery]:
        return found.filter(user__in=people(value))


class SuppressionFilter(ListFilter):
    """A typed address is looked for by its hash: the list itself holds none."""

    address = filters.CharFilter(label=_("Address"), method="by_address", max_length=254, widget=_typed())
    reason = filters.ChoiceFilter(label=_("Reason"), choices=SuppressionReason.choices, empty_label=_("Any"))

    class Meta:
        model = Suppression
        fields: list[str] = []

    def by_address(self, found: QuerySet[Suppression], _name: str, value: str) -> QuerySet[Suppression]:
        return found.filter(address_hash=addresses.hashed(value))


def people(words: str) -> QuerySet[User]:
    """Who is meant by a number, an e-mail address or a piece of a name."""
    words = words.strip().replace("\x00", "")
    if "@" in words:
        return User.objects.filter(email__iexact=words)
    named = Q(username__icontains=words) | Q(first_name__icontains=words) | Q(last_name__icontains=words)
    if words.isascii() and words.isdigit() and len(words) < 19:
        named |= Q(pk=int(words))
    return User.objects.filter(named)
