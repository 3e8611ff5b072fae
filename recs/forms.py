"""What people send us about films."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie
from recs.mylists import BY_HEADING, SORTS, MyList

HALF_STARS = tuple(step / 2 for step in range(11))


class RatingForm(forms.Form):
    """Half stars from 0.5 to 5; nothing (0) takes a rating back."""

    rating = forms.FloatField(
        label=_("Rating"),
        error_messages={
            "required": _("Choose a rating from half a star to five stars."),
            "invalid": _("A rating is a number of stars, for example 3.5."),
        },
    )

    def __init__(self, data: Any, *, movie: Movie) -> None:
        super().__init__(data, prefix=str(movie.pk))

    def clean_rating(self) -> float:
        rating = self.cleaned_data["rating"]
        if rating not in HALF_STARS:
            raise forms.ValidationError(_("A rating is half a star to five stars, in half steps."))
        return rating


class MarkForm(forms.Form):
    """`on` is 1 to set a mark and 0 to take it away."""

    on = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")],
        coerce=lambda value: value == "1",
        error_messages={
            "required": _("Say whether to set the mark or to take it away."),
            "invalid_choice": _("Say whether to set the mark or to take it away."),
        },
    )


class ListForm(forms.Form):
    """How a list is shown. It comes from the address, so whatever does not fit counts as not said."""

    sort = forms.ChoiceField(label=_("Sort by"), required=False)
    stars = forms.TypedChoiceField(label=_("My rating"), required=False, coerce=float, empty_value=None)
    minutes = forms.IntegerField(label=_("I have (minutes)"), required=False, min_value=1, max_value=1000)
    view = forms.ChoiceField(
        label=_("Show as"), required=False, choices=[("grid", _("Posters")), ("list", _("A dense list"))]
    )

    def __init__(self, data: Any, *, shown: MyList) -> None:
        super().__init__({**data.dict(), "sort": BY_HEADING.get(data.get("sort", ""), data.get("sort", ""))})
        self._shown = shown
        self.fields["sort"].choices = [(sort, SORTS[sort]) for sort in shown.sorts]  # type: ignore[attr-defined]
        self.fields["stars"].choices = [("", _("Any")), *((str(step), stars(step)) for step in HALF_STARS[:0:-1])]  # type: ignore[attr-defined]
        for name, wanted in (("stars", shown.has_stars), ("minutes", shown.has_minutes)):
            if not wanted:
                del self.fields[name]

    @property
    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        said = self.cleaned_data
        return {
            "sort": said.get("sort") or self._shown.sorts[0],
            "stars": said.get("stars"),
            "minutes": said.get("minutes"),
        }

    @property
    def is_dense(self) -> bool:
        return self.cleaned_data.get("view") == "list"

    @property
    def is_filtered(self) -> bool:
        return any(self.chosen[name] is not None for name in ("stars", "minutes"))


def stars(rating: float) -> str:
    return f"★ {number_format(rating, decimal_pos=1)}"
