from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Films and how they get here."""

    name = "catalog"
