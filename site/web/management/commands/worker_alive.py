from typing import Any

from django.core.management.base import BaseCommand, CommandError

from web import heartbeat


class Command(BaseCommand):
    help = "Exit 0 when the worker gave a sign of life within three minutes, 1 otherwise (for health checks)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not heartbeat.is_alive():
            raise CommandError("the worker gives no sign of life")
        self.stdout.write("alive")
