from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    """The composition root: settings, addresses, servers; nothing imports it."""

    name = "config"

    def ready(self) -> None:
        # This app is the last: by the time it is told, every app's permissions stand.
        post_migrate.connect(_make_groups, sender=self)


def _make_groups(**kwargs: Any) -> None:
    from accounts.services import groups

    groups.ensure()
