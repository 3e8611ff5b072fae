"""The facets of the browse page. The address is the state: everything here can be said in a query string."""

import datetime
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import names, queries
from catalog.models import Certification, Movie, MovieGenre
from catalog.models.movie import MovieQuerySet

FIRST_YEAR, LAST_YEAR = 1870, 2100
LONGEST = 1000
MOST_VOTES = 100_000_000

SORTS = [
    ("popular", _("Most popular")),
    ("trending", _("Trending")),
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("rating", _("Best rated")),
    ("votes", _("Most votes")),
    ("title", _("Title")),
    ("random", _("Shuffled")),
]
Choices = list[tuple[str, str]]
State = tuple[tuple[str, tuple[str, ...]], ...]


def _genres() -> Choices:
    return [(slug, names.genre(genre.name)) for slug, genre in queries.facets().genres.items()]


def _languages() -> Choices:
    return sorted(((code, names.language(code)) for code in queries.facets().languages), key=lambda pair: pair[1])


def _countries() -> Choices:
    return sorted(((code, names.country(code)) for code in queries.facets().countries), key=lambda pair: pair[1])


class GenreFilter(filters.MultipleChoiceFilter):
    """Films that are of every genre chosen; with `exclude`, of none of them."""

    def filter(self, qs: MovieQuerySet, value: Iterable[str] | None) -> MovieQuerySet:
        genres = queries.facets().genres
        for slug in value or ():
            belongs = Exists(MovieGenre.objects.filter(movie=OuterRef("pk"), genre_id=genres[slug].pk))
            qs = qs.filter(~belongs if self.exclude else belongs)
        return qs


class YearFilter(filters.NumberFilter):
    """Years are what people think in; the index is on the date."""

    field_class = forms.IntegerField

    def __init__(self, *, first: bool, **kwargs: Any) -> None:
        super().__init__(min_value=FIRST_YEAR, max_value=LAST_YEAR, **kwargs)
        self.first = first

    def filter(self, qs: MovieQuerySet, value: int | None) -> MovieQuerySet:
        if value is None:
            return qs
        if self.first:
            return qs.filter(release_date__gte=datetime.date(value, 1, 1))
        return qs.filter(release_date__lte=datetime.date(value, 12, 31))


class WholeFilter(filters.NumberFilter):
    field_class = forms.IntegerField


class RatingFilter(filters.NumberFilter):
    field_class = forms.FloatField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=10, step_size=None, **kwargs)


class CountryFilter(filters.ChoiceFilter):
    def filter(self, qs: MovieQuerySet, value: str) -> MovieQuerySet:
        return qs.filter(countries__contains=[value]) if value else qs


class SettingMixin:
    """Part of the state that changes how films are shown, not which."""

    def filter(self, qs: MovieQuerySet, value: object) -> MovieQuerySet:
        return qs


class ChoiceSetting(SettingMixin, filters.ChoiceFilter):
    pass


class NumberSetting(SettingMixin, filters.NumberFilter):
    field_class = forms.IntegerField


class FacetForm(forms.Form):
    """Each field answers for itself; a range that runs backwards is left out as a whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "label_suffix": ""})
        for name, field in self.fields.items():
            if isinstance(field, forms.IntegerField | forms.FloatField):
                # Not type="number": a browser shows nothing of what was typed there when it is no number.
                mode = "decimal" if isinstance(field, forms.FloatField) else "numeric"
                described = {"inputmode": mode, "autocomplete": "off", "aria-describedby": f"id_{name}_error"}
                field.widget = forms.TextInput(described)

    def clean(self) -> dict[str, Any]:
        self._check_range("year_from", "year_to", gettext("This is before the first year."))
        self._check_range("runtime_min", "runtime_max", gettext("This is shorter than the shortest."))
        both = set(self.cleaned_data.get("genre") or ()) & set(self.cleaned_data.get("without") or ())
        if both:
            self.add_error("without", gettext("A genre cannot be both wanted and left out."))
        return self.cleaned_data

    def _check_range(self, low: str, high: str, message: str) -> None:
        first, last = self.cleaned_data.get(low), self.cleaned_data.get(high)
        if first is not None and last is not None and first > last:
            self.add_error(high, message)
            del self.cleaned_data[low]


class MovieFilter(filters.FilterSet):
    genre = GenreFilter(label=_("Genres"), choices=_genres, widget=forms.CheckboxSelectMultiple)
    without = GenreFilter(label=_("Without"), choices=_genres, exclude=True, widget=forms.CheckboxSelectMultiple)
    year_from = YearFilter(label=_("From year"), first=True)
    year_to = YearFilter(label=_("To year"), first=False)
    runtime_min = WholeFilter(
        label=_("At least, minutes"), field_name="runtime", lookup_expr="gte", min_value=0, max_value=LONGEST
    )
    runtime_max = WholeFilter(
        label=_("At most, minutes"), field_name="runtime", lookup_expr="lte", min_value=0, max_value=LONGEST
    )
    language = filters.ChoiceFilter(
        label=_("Language"), field_name="original_language", choices=_languages, empty_label=_("Any language")
    )
    country = CountryFilter(label=_("Country"), choices=_countries, empty_label=_("Any country"))
    certification = filters.MultipleChoiceFilter(
        label=_("Certificate"), choices=Certification.choices, distinct=False, widget=forms.CheckboxSelectMultiple
    )
    rating = RatingFilter(label=_("TMDB rating, at least"), field_name="tmdb_rating", lookup_expr="gte")
    votes = WholeFilter(
        label=_("TMDB votes, at least"),
        field_name="tmdb_vote_count",
        lookup_expr="gte",
        min_value=0,
        max_value=MOST_VOTES,
    )
    ours = RatingFilter(label=_("Our members’ rating, at least"), field_name="our_rating", lookup_expr="gte")
    seen = ChoiceSetting(label=_("Show films I am done with"), choices=[("1", _("Seen and rated films too"))])
    sort = ChoiceSetting(label=_("Sort by"), choices=SORTS, empty_label=None)
    seed = NumberSetting(label=_("Shuffle"), min_value=0, max_value=2**31)
    view = ChoiceSetting(label=_("View"), choices=[("list", _("List"))])

    class Meta:
        model = Movie
        fields: list[str] = []
        form = FacetForm

    SETTINGS = ("sort", "seed", "view", "seen")

    @property
    def cleaned(self) -> dict[str, Any]:
        self.form.is_valid()
        return self.form.cleaned_data

    @cached_property
    def state(self) -> State:
        """What was understood, as strings and in one order: the same films for the same state."""
        said = []
        for name, value in self.cleaned.items():
            values = value if isinstance(value, list) else [value]
            texts = tuple(_text(item) for item in values if item not in (None, ""))
            if texts and (name, texts) != ("sort", (queries.DEFAULT_SORT,)):
                said.append((name, texts))
        return tuple(said)

    @property
    def facet_state(self) -> State:
        return tuple((name, values) for name, values in self.state if name not in self.SETTINGS)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def query(state: State, **changes: str | int | None) -> str:
    """The state as a query string with some values replaced, or left out where they are None."""
    said = QueryDict(mutable=True)
    for name, values in state:
        said.setlist(name, values)
    for name, value in changes.items():
        said.pop(name, None)
        if value is not None:
            said[name] = str(value)
    return said.urlencode()


def without(state: State, name: str, value: str) -> State:
    """The state with one value taken out."""
    kept = ((key, tuple(item for item in values if (key, item) != (name, value))) for key, values in state)
    return tuple((key, values) for key, values in kept if values)


def from_state(state: State, films: MovieQuerySet) -> MovieQuerySet:
    """The films of a state that is not the request's own."""
    return MovieFilter(QueryDict(query(state)), queryset=films).qs
