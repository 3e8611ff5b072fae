"""Which experiments, people and films are listed; the address says it."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from catalog import names, queries
from catalog.models import Movie, MovieGenre
from insights.models import PopularityMetric
from recs.models import Experiment

AT_WORK, PUT_AWAY, ALL = "", "away", "all"


class ExperimentFilter(filters.FilterSet):
    q = filters.CharFilter(
        label=_("Name"),
        field_name="name",
        lookup_expr="icontains",
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    status = filters.ChoiceFilter(label=_("Status"), choices=Experiment.Status.choices, empty_label=_("Any"))
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Experiment.Kind.choices, empty_label=_("Any"))
    show = filters.ChoiceFilter(
        label=_("Show"),
        choices=[(PUT_AWAY, pgettext_lazy("state", "Put away")), (ALL, _("All"))],
        empty_label=_("At work"),
        method="by_place",
    )

    class Meta:
        model = Experiment
        fields: list[str] = []

    def by_place(self, found: QuerySet[Experiment], _name: str, _value: str) -> QuerySet[Experiment]:
        """Done in `filter_queryset`, because an empty choice means something too."""
        return found

    def filter_queryset(self, queryset: QuerySet[Experiment]) -> QuerySet[Experiment]:
        said: dict[str, Any] = self.form.cleaned_data
        found = super().filter_queryset(queryset)
        shown = said.get("show") or AT_WORK
        return found if shown == ALL else found.filter(is_active=shown != PUT_AWAY)

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)


class PeopleFilter(filters.FilterSet):
    """Finds people by a part of their name, their whole e-mail address, or their number; with nothing typed, nobody.

    Only administrators, who read addresses in full, find them by a part: a part that fits would tell the rest.
    """

    q = filters.CharFilter(
        label=_("Name, whole e-mail address or number"),
        method="by_words",
        max_length=200,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_words(self, found: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """Every word must be in the name."""
        named = Q()
        for word in value.split():
            named &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word)
        how = "icontains" if self.request.user.is_superuser else "iexact"
        numbered = Q(pk=int(value)) if value.isascii() and value.isdigit() else Q()
        return found.filter(named | Q(**{f"email__{how}": value}) | numbered)

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        said: dict[str, Any] = self.form.cleaned_data
        return super().filter_queryset(queryset) if said.get("q") else queryset.none()


def _genres() -> list[tuple[str, str]]:
    return [(slug, names.genre(genre.name)) for slug, genre in queries.facets().genres.items()]


class FilmFilter(filters.FilterSet):
    """Narrows the films of `insights.films.performance`."""

    q = filters.CharFilter(
        label=_("Title"),
        method="by_title",
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    genre = filters.ChoiceFilter(label=_("Genre"), choices=_genres, empty_label=_("Any genre"), method="by_genre")

    class Meta:
        model = PopularityMetric
        fields: list[str] = []

    def by_title(self, found: QuerySet[PopularityMetric], _name: str, value: str) -> QuerySet[PopularityMetric]:
        return found.filter(movie__in=Movie.objects.filter(title__icontains=value).values("pk"))

    def by_genre(self, found: QuerySet[PopularityMetric], _name: str, value: str) -> QuerySet[PopularityMetric]:
        genre = queries.facets().genres[value]
        return found.filter(movie__in=MovieGenre.objects.filter(genre=genre.pk).values("movie"))
