"""What people and staff type about messages."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.forms.entrance import FocusOnError
from accounts.forms.settings import zones
from notify import matrix, schedule
from notify.kinds import DIGEST, KINDS
from notify.models import Channel, SuppressionScope
from notify.services.preferences import LONGEST_PAUSE, Square


class SectionForm(FocusOnError, forms.Form):
    """One section of the page; labels stand above their fields, so that they need no colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class MatrixForm(SectionForm):
    """Which kind comes by which channel: a ticked square is "kind:channel"; what is not ticked is not wanted."""

    squares = forms.MultipleChoiceField(
        label=_("What you hear, and where"),
        required=False,
        choices=lambda: [(f"{kind}:{channel}", "") for kind, channel in matrix.shown()],
        error_messages={"invalid_choice": _("One of these messages does not exist any more. Please look again.")},
    )

    @property
    def wanted(self) -> dict[Square, bool]:
        """Every square that was there to be ticked, after the form was found valid; the others stay as they are."""
        ticked = set(self.cleaned_data["squares"])
        return {(kind, channel): f"{kind}:{channel}" in ticked for kind, channel in matrix.shown()}


def _time(**said: Any) -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput({"type": "time"}, format="%H:%M"), **said)


class DigestForm(SectionForm):
    """When the weekly digest comes."""

    day = forms.TypedChoiceField(label=pgettext_lazy("of the week", "Day"), coerce=int, choices=list(WEEKDAYS.items()))
    time = _time(label=_("Time"))
    timezone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Where clocks change, the digest still comes at the same time of the day.")
    )

    def __init__(self, *args: Any, kept: str = "UTC", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = any(kept in dict(group) for __, group in zones()[1:])
        extra = [] if known or kept == "UTC" or schedule.is_lost(kept) else [(kept, kept)]  # an old name of a zone
        self.fields["timezone"].choices = [*zones(), *extra]  # type: ignore[attr-defined]

    def clean_time(self) -> dt.time:
        return self.cleaned_data["time"].replace(second=0, microsecond=0)


class QuietForm(SectionForm):
    """A part of the day without a push and without alerts by mail."""

    start = _time(label=_("From"), required=False)
    end = _time(label=_("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        start, end = said.get("start"), said.get("end")
        if self.errors:
            return said
        if (start is None) != (end is None):
            self.add_error("end" if end is None else "start", _("Give both, or leave both empty."))
        elif start is not None and start == end:
            self.add_error("end", _("This is when they begin."))
        return said


class PauseForm(SectionForm):
    weeks = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=lambda: [
            (weeks, ngettext("%(weeks)d week", "%(weeks)d weeks", weeks) % {"weeks": weeks})
            for weeks in range(1, LONGEST_PAUSE + 1)
        ],
        initial=2,
    )


class ClicksForm(SectionForm):
    measure = forms.BooleanField(
        label=_("Note which links in e-mails I follow"),
        required=False,
        help_text=_(
            "On: we count that a film of a mail was opened, to learn which mails are worth sending. There is no hidden "
            "picture in our mails either way. Off: links lead straight to the page."
        ),
    )


ABOUT_REASONS = _("It is kept with your name. Please write nothing private about the person.")


class ConfirmForm(SectionForm):
    prefix = "confirm"  # it stands on one page with the next

    reason = forms.CharField(label=_("How do you know?"), max_length=300, help_text=ABOUT_REASONS)


class ResendForm(SectionForm):
    """`nonce` makes two presses of one button one mail."""

    reason = forms.CharField(label=_("Why is it sent again?"), max_length=300, help_text=ABOUT_REASONS)
    nonce = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class SuppressForm(SectionForm):
    address = forms.EmailField(label=_("Address"), max_length=254, help_text=_("Only its hash is kept."))
    scope = forms.ChoiceField(label=_("Keeps back"), choices=SuppressionScope.choices)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class PersonForm(SectionForm):
    person = forms.CharField(
        label=_("Person"),
        max_length=254,
        help_text=_("The whole e-mail address, a number, or a piece of the name."),
        widget=forms.TextInput({"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


class WhyForm(PersonForm):
    """Which message: "kind:channel"."""

    message = forms.ChoiceField(
        label=_("Message"),
        required=False,
        choices=lambda: [
            (f"{kind.slug}:{channel}", f"{kind.label}, {Channel(channel).label}")
            for kind in KINDS.values()
            for channel in kind.channels
        ],
        initial=f"{DIGEST}:{Channel.EMAIL}",
    )

    @property
    def square(self) -> Square:
        """After the form was found valid."""
        kind, _colon, channel = (self.cleaned_data["message"] or f"{DIGEST}:{Channel.EMAIL}").partition(":")
        return kind, channel
