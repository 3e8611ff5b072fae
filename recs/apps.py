from django.apps import AppConfig


class RecsConfig(AppConfig):
    """What people did and what we suggest."""

    name = "recs"

    def ready(self) -> None:
        from recs import receivers  # noqa: F401
