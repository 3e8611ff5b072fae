"""What people send us from the import pages."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from recs import history_words
from recs.history.records import Refusal
from recs.models import HistoryImport
from recs.services.history import MOST_BYTES

MB = 1024 * 1024


class UploadForm(forms.Form):
    """One file; what is in it is looked at later."""

    file = forms.FileField(
        label=_("Your export"),
        max_length=255,
        allow_empty_file=True,
        error_messages={
            "required": _("Please choose a file first."),
            "invalid": _("Please choose a file first."),
            "max_length": _("The name of this file is too long."),
        },
        widget=forms.FileInput(attrs={"accept": ".zip,.csv,.json,.txt,.tsv"}),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(too_large())
        return file


class StartForm(forms.Form):
    """How to take an upload over: whose word counts, and what a list without a purpose is for."""

    conflicts = forms.ChoiceField(
        label=_("Where you have said something different here"),
        choices=[("mine", _("Keep mine")), ("theirs", _("Take what the file says"))],
        initial="mine",
        widget=forms.RadioSelect,
    )
    listed = forms.ChoiceField(
        label=_("Films that are only on a list"),
        choices=HistoryImport.Listed.choices,
        initial=HistoryImport.Listed.WATCHLIST,
        required=False,
        widget=forms.RadioSelect,
    )


class ChooseForm(forms.Form):
    """Which film a title means; nothing for none of them."""

    movie = forms.IntegerField(required=False, min_value=1, max_value=2**62)


def too_large() -> str:
    return history_words.refusal(Refusal("too_large", most=MOST_BYTES // MB))
