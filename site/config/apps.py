from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition root: settings, addresses, servers; nothing imports it."""

    name = "config"
