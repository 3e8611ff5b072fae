"""How django-allauth makes our people."""

import secrets

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Everybody gets a user name that gives nothing away: the e-mail address is the log-in name."""

    def populate_username(self, request: HttpRequest, user: User) -> None:
        user.username = f"viewer-{secrets.token_hex(5)}"
