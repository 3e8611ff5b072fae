"""What people send us about films."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie

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
