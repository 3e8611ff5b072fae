from django.apps import AppConfig

from web import partitions


class NotifyConfig(AppConfig):
    """Telling people, and remembering that we did."""

    name = "notify"

    def ready(self) -> None:
        from django.conf import settings
        from django.core.checks import register

        from notify import checks, export, receivers, webhooks  # noqa: F401
        from recs.services import export_parts

        register(checks.push)
        export_parts.register("notifications", export.choices)
        export_parts.register("messages", export.messages)
        if settings.MAIL_PROVIDER:
            webhooks.listen()

        partitions.register(partitions.PartitionedTable("notification_logs", "created_at", "quarter"))
