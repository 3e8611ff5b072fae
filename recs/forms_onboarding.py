"""What people send us from the welcome pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.models import Genre
from recs.forms import HALF_STARS
from recs.onboarding import MOST_GROUPS, Group
from recs.services.onboarding import ANSWERS

CHANGED = _("These groups have changed in the meantime. Please pick again.")
TOO_MANY = ngettext_lazy(
    "Please pick at most %(most)d group.", "Please pick at most %(most)d groups; take one back first.", "most"
)


class TastesForm(forms.Form):
    """Groups out of one set of tiles, and genres. `picked` are keys that count although they are not on this page."""

    groups = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": CHANGED})
    genres = forms.ModelMultipleChoiceField(
        Genre.objects.all(),
        required=False,
        error_messages={
            "invalid_choice": _("There is no such genre."),
            "invalid_pk_value": _("There is no such genre."),
        },
    )

    def __init__(self, data: Any, *, offered: Sequence[Group], picked: frozenset[str]) -> None:
        super().__init__(data)
        self.offered = {group.key: group for group in offered}
        self.elsewhere = picked - self.offered.keys()
        self.fields["groups"].choices = [(key, key) for key in self.offered]  # type: ignore[attr-defined]

    def clean_groups(self) -> list[Group]:
        keys = self.cleaned_data["groups"]
        if len(keys) + len(self.elsewhere) > MOST_GROUPS:
            raise forms.ValidationError(TOO_MANY, params={"most": MOST_GROUPS}, code="too_many")
        return [self.offered[key] for key in keys]


class AnswerForm(forms.Form):
    """A rating, or one of the two ways to say nothing about a film; exactly one of them."""

    rating = forms.FloatField(required=False, error_messages={"invalid": _("A rating is a number of stars.")})
    answer = forms.ChoiceField(choices=[(name, name) for name in ANSWERS], required=False)

    def clean_rating(self) -> float | None:
        rating = self.cleaned_data["rating"]
        if rating is not None and rating not in HALF_STARS[1:]:
            raise forms.ValidationError(_("A rating is half a star to five stars, in half steps."))
        return rating

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and (found.get("rating") is None) == (not found.get("answer")):
            raise forms.ValidationError(_("Choose a rating, “Not seen” or “Skip”."))
        return found
