from django.apps import AppConfig

from web import partitions


class NotifyConfig(AppConfig):
    """Telling people, and remembering that we did."""

    name = "notify"

    def ready(self) -> None:
        from notify import receivers  # noqa: F401

        partitions.register(partitions.PartitionedTable("notification_logs", "created_at", "quarter"))
