from django.apps import AppConfig

from web import partitions


class NotifyConfig(AppConfig):
    """Telling people, and remembering that we did."""

    name = "notify"

    def ready(self) -> None:
        from django.conf import settings
        from django.core.checks import register

        from notify import checks, receivers, webhooks  # noqa: F401

        register(checks.push)
        if settings.MAIL_PROVIDER:
            webhooks.listen()

        partitions.register(partitions.PartitionedTable("notification_logs", "created_at", "quarter"))
