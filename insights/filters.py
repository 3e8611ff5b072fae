"""Which experiments, people, looks and films are listed; the address says it."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from catalog import names, queries
from catalog.models import Movie, MovieGenre
from insights.models import Inspection, PopularityMetric
from recs.models import Experiment

AT_WORK, PUT_AWAY, ALL = "", "away", "all"
DAY = {"type": "date"}


def _typed() -> forms.TextInput:
    return forms.TextInput({"type": "search", "autocomplete": "off"})


def meant(words: str, *, reader: User) -> Q:
    """Who is meant by a part of their name (every word must be in it), their whole e-mail address, or their number.

    Only administrators, who read addresses in full, find people by a part of one: a part that fits would tell the rest.
    """
    named = Q()
    for word in words.split():
        named &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word)
    how = "icontains" if reader.is_superuser else "iexact"
    numbered = Q(pk=int(words)) if words.isascii() and words.isdigit() else Q()
    return named | Q(**{f"email__{how}": words}) | numbered


class ExperimentFilter(filters.FilterSet):
    q = filters.CharFilter(
        label=pgettext_lazy("of an experiment", "Name"),
        field_name="name",
        lookup_expr="icontains",
        max_length=100,
        widget=_typed(),
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
    """Finds people by what is typed; with nothing typed, nobody."""

    q = filters.CharFilter(
        label=_("Name, whole e-mail address or number"), method="by_words", max_length=200, widget=_typed()
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_words(self, found: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        return found.filter(meant(value, reader=self.request.user))

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        said: dict[str, Any] = self.form.cleaned_data
        return super().filter_queryset(queryset) if said.get("q") else queryset.none()


class InspectionFilter(filters.FilterSet):
    """Narrows the looks by who looked, at whom, and on which days, as the reader counts them."""

    by = filters.CharFilter(
        label=_("Who looked"), field_name="actor", method="by_words", max_length=200, widget=_typed()
    )
    of = filters.CharFilter(label=_("Person"), field_name="person", method="by_words", max_length=200, widget=_typed())
    since = filters.DateFilter(label=_("From"), field_name="at", lookup_expr="date__gte", widget=forms.DateInput(DAY))
    until = filters.DateFilter(label=_("Until"), field_name="at", lookup_expr="date__lte", widget=forms.DateInput(DAY))

    class Meta:
        model = Inspection
        fields: list[str] = []

    def by_words(self, found: QuerySet[Inspection], name: str, value: str) -> QuerySet[Inspection]:
        """A number alone is that person's, so that a link can mean one of them."""
        if value.isascii() and value.isdigit():
            return found.filter(**{f"{name}_id": int(value)})
        return found.filter(**{f"{name}__in": User.objects.filter(meant(value, reader=self.request.user))})

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)


def _genres() -> list[tuple[str, str]]:
    return [(slug, names.genre(genre.name)) for slug, genre in queries.facets().genres.items()]


class FilmFilter(filters.FilterSet):
    """Narrows the films of `insights.films.performance`."""

    q = filters.CharFilter(
        label=pgettext_lazy("of a film", "Title"),
        method="by_title",
        max_length=100,
        widget=_typed(),
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
