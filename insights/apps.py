from django.apps import AppConfig

from web import partitions


class InsightsConfig(AppConfig):
    """Numbers for staff: reads everybody, read by nobody."""

    name = "insights"

    def ready(self) -> None:
        from insights import receivers  # noqa: F401

        partitions.register(partitions.PartitionedTable("user_activity_logs", "timestamp", "month"))
        partitions.register(partitions.PartitionedTable("popularity_metrics", "date", "year"))
