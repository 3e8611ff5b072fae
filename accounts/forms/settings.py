"""The forms behind the settings pages."""

import datetime
import zoneinfo
from functools import cache
from itertools import groupby
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.entrance import PASSWORD, FocusOnError, PlainWords
from accounts.models import User

OLDEST = 120  # years


class SettingsForm(FocusOnError, forms.ModelForm):
    """Labels stand above their fields, so that they need no colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class ProfileForm(SettingsForm):
    """Who you are: all of it optional."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "bio", "country", "date_of_birth"]
        labels = {"first_name": _("First name"), "last_name": _("Last name")}
        help_texts = {
            "first_name": _("What we call you."),
            "date_of_birth": _("Your age counts for recommendations only if you allow it under Privacy."),
        }
        widgets = {
            "first_name": forms.TextInput({"autocomplete": "given-name"}),
            "last_name": forms.TextInput({"autocomplete": "family-name"}),
            "bio": forms.Textarea({"rows": 4}),
            "country": forms.TextInput({"autocomplete": "country-name"}),
            "date_of_birth": forms.DateInput({"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
        }

    def clean_date_of_birth(self) -> datetime.date | None:
        born = self.cleaned_data["date_of_birth"]
        today = timezone.localdate()
        if born and not today.year - OLDEST <= born.year <= today.year:
            raise forms.ValidationError(_("Please check the year."))
        if born and born > today:
            raise forms.ValidationError(_("This date is in the future."))
        return born


class RegionForm(SettingsForm):
    """Language and time zone, which follow the account; the theme, which stays in this browser."""

    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("system", _("Like my device")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
        help_text=_("For this browser only."),
    )

    class Meta:
        model = User
        fields = ["preferred_language", "preferred_timezone"]
        help_texts = {"preferred_timezone": _("Times on the site and the hour of your digest follow it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.preferred_timezone
        known = any(kept in dict(group) for __, group in zones()[1:])
        extra = [] if known or kept == "UTC" else [(kept, kept)]  # a browser may name a zone by an old name
        self.fields["preferred_timezone"].widget = forms.Select(choices=[*zones(), *extra])


class PrivacyForm(SettingsForm):
    """What you allow, each with what follows from it."""

    class Meta:
        model = User
        fields = ["allow_demographic_targeting", "data_usage_consent"]
        labels = {
            "allow_demographic_targeting": _("Use my country and age for recommendations"),
            "data_usage_consent": _("Count what I do in statistics and experiments"),
        }
        help_texts = {
            "allow_demographic_targeting": _(
                "On: where this site suggests films by country and age, yours may be used. "
                "Off: only what you do with films counts."
            ),
            "data_usage_consent": _(
                "On: the films you look up, search for, rate and save are counted with your account, your kind of "
                "browser and a shortened network address. Off: they are counted without anything that leads to you. "
                "Either way what you do teaches the site which films go together."
            ),
        }


class CloseAccountForm(PlainWords, forms.Form):
    """The password once more; somebody without one types their e-mail address."""

    password = forms.CharField(strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))
    email = forms.CharField(max_length=254, widget=forms.EmailInput({"autocomplete": "email"}))
    words = {"password": PASSWORD, "email": _("Your e-mail address, to confirm")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        del self.fields["email" if user.has_usable_password() else "password"]

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip()
        if email.lower() != self.user.email.lower():
            raise forms.ValidationError(_("This is not the address of your account."))
        return email


@cache
def zones() -> list[tuple[str, Any]]:
    """Every time zone by continent, for a select."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    groups = [
        (continent, [(name, name.split("/", 1)[1].replace("_", " ")) for name in found])
        for continent, found in groupby(names, key=lambda name: name.split("/", 1)[0])
    ]
    return [("UTC", "UTC"), *groups]
