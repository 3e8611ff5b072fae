"""django-allauth's forms in our words: labels instead of placeholders, one password field that can be shown."""

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User

EMAIL = _("E-mail address")
PASSWORD = _("Password")
NEW_PASSWORD = _("New password")
# What static/js/accounts.js writes on its button: the word to see, and the name that is read out.
REVEAL = {
    "data-show": _("Show"),
    "data-show-name": _("Show password"),
    "data-hide": _("Hide"),
    "data-hide-name": _("Hide password"),
}
RULES = _("8 characters or more. Not a common password, and nothing close to your e-mail address.")


class FocusOnError:
    """The first field that was refused gets the focus, on a whole page as well as in a swapped form."""

    fields: dict[str, forms.Field]

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]
        refused = next((self.fields[name] for name in self._errors if name in self.fields), None)  # type: ignore[attr-defined]
        if refused:
            refused.widget.attrs["autofocus"] = True


class PlainWords(FocusOnError):
    """Takes the placeholders away, which repeat the label, and gives passwords a way to be shown."""

    words: dict[str, Any] = {}
    rules: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields.pop("password2", None)  # a password that can be shown need not be typed twice
        for name, field in self.fields.items():
            field.label = self.words.get(name, field.label)
            field.help_text = self.rules.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.attrs |= REVEAL
            elif isinstance(field, forms.EmailField):
                field.widget.attrs |= {"inputmode": "email", "spellcheck": "false", "maxlength": 254}


class LoginForm(PlainWords, allauth.LoginForm):
    words = {"login": EMAIL, "password": PASSWORD}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignupForm(PlainWords, allauth.SignupForm):
    words = {"email": EMAIL, "password1": PASSWORD}
    rules = {"email": _("We send you a link to confirm it. It is also your log-in name."), "password1": RULES}

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """A double click sends the form twice: whoever comes second is answered like one who joined before."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)


class ResetPasswordForm(PlainWords, allauth.ResetPasswordForm):
    words = {"email": EMAIL}


class ResetPasswordKeyForm(PlainWords, allauth.ResetPasswordKeyForm):
    words = {"password1": NEW_PASSWORD}
    rules = {"password1": RULES}


class ChangePasswordForm(PlainWords, allauth.ChangePasswordForm):
    words = {"oldpassword": _("Current password"), "password1": NEW_PASSWORD}
    rules = {"password1": RULES}


class SetPasswordForm(PlainWords, allauth.SetPasswordForm):
    words = {"password1": NEW_PASSWORD}
    rules = {"password1": RULES}


class ReauthenticateForm(PlainWords, allauth.ReauthenticateForm):
    words = {"password": PASSWORD}


class AddEmailForm(PlainWords, allauth.AddEmailForm):
    words = {"email": _("Another e-mail address")}
    rules = {"email": _("We send it a link; it counts once you have confirmed it.")}
