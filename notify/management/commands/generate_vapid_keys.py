"""A new pair of keys for Web Push, as lines for the environment. Nothing is stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notify.push import web


class Command(BaseCommand):
    help = "Print a new pair of VAPID keys as lines for the environment. Whoever has the private one can push as you."
    requires_system_checks: list[str] = []  # a bad pair must not keep a good one from being made

    def handle(self, *args: Any, **options: Any) -> None:
        if not web.is_installed():
            raise CommandError("What makes the keys is not installed: run `make push` (requirements/push.txt) first.")
        public, private = web.new_keys()
        self.stdout.write(f"VAPID_PUBLIC_KEY={public}\nVAPID_PRIVATE_KEY={private}")
