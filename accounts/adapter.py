"""How django-allauth makes our people and where it sends them. How its mails go out is in notify.adapter."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_timezone
from accounts.services import preferences, welcome


class AccountAdapter(DefaultAccountAdapter):
    """Everybody gets a user name that gives nothing away: the e-mail address is the log-in name."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail address and password do not fit together. Check both."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
        "duplicate_email": _("This e-mail address already belongs to your account."),
        "max_email_addresses": _("You cannot have more than %d e-mail addresses."),
    }

    def populate_username(self, request: HttpRequest, user: User) -> None:
        user.username = f"viewer-{secrets.token_hex(5)}"

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Whoever joins keeps the language and the time zone in which they read the sign-up page."""
        user.preferred_language = preferences.preferred_language(get_language())
        user.preferred_timezone = _zone(request.COOKIES.get("timezone", ""))
        return super().save_user(request, user, form, commit)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        due = isinstance(request.user, User) and welcome.is_due(request.user)
        return reverse("recs:welcome") if due else super().get_login_redirect_url(request)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("recs:welcome")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:security")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        preferences.follow(response, user=user)
        return response

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """What stands in the subject is the heading, too."""
        words = {"site_name": settings.SITE_NAME, **context}
        words["subject"] = " ".join(render_to_string(f"{template_prefix}_subject.txt", words).split())
        return super().render_mail(template_prefix, email, words, headers)


def _zone(name: str) -> str:
    try:
        validate_timezone(name[:50])
    except ValidationError:
        return "UTC"
    return name
