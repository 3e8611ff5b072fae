from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from insights.services import archive


class Command(BaseCommand):
    help = "Export the months of the activity log that are older than ACTIVITY_RETENTION_DAYS, verify, and drop them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be archived")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        if options["dry_run"]:
            for one in archive.due(today=today):
                self.stdout.write(f"would archive {one.rows} rows of {one.partition} to {one.file}")
            return
        try:
            for archived in archive.run(today=today):
                self.stdout.write(f"archived {archived.rows} rows of {archived.partition} to {archived.file}")
        except archive.Busy:
            raise CommandError("another process is archiving") from None
        except (archive.Damaged, OSError) as problem:
            raise CommandError(f"nothing was dropped: {problem}") from None
