"""One pass over the outbox, without a worker: for a test of the mail settings, or where cron is the clock."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from notify.channels import CHANNELS
from notify.services import circuits, delivery, doubts


class Command(BaseCommand):
    help = "Send what is due in the outbox, once; what cannot be sent now stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--channel", choices=list(CHANNELS), help="only what goes out by this channel")

    def handle(self, *, channel: str | None = None, **_options: Any) -> None:
        settled = doubts.settle()
        self.stdout.write(f"in doubt: {settled.found} sent after all, {settled.again} again, {settled.left} left")
        for name in [channel] if channel else CHANNELS:
            counts: Counter[str] = Counter()
            while done := delivery.send_batch(channel=name):
                counts.update(done)
            said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing to do"
            self.stdout.write(f"{name}: {said}{'; closed for now' if circuits.is_open(name=name) else ''}")
