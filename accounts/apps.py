from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who you are and what you allow."""

    name = "accounts"
