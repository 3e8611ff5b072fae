from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services import starter
from catalog.sources.starter import BadRow


class Command(BaseCommand):
    help = "Load the films that come with the site. Safe to run again: films that are here already stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--update", action="store_true", help="bring films that are here already up to the file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = starter.load(update=options["update"], progress=self._progress)
        except (BadRow, OSError) as problem:
            raise CommandError(str(problem)) from problem
        if not options["verbosity"]:
            return
        self.stdout.write(
            f"{loaded.added} films added, {loaded.updated} updated, {loaded.unchanged} left as they are; "
            f"{loaded.people} new people, {loaded.genres} new genres"
        )

    def _progress(self, done: int, total: int) -> None:
        if self.stdout.isatty() and (done % 50 == 0 or done == total):
            self.stdout.write(f"\r{done} of {total} films", ending="\n" if done == total else "")
            self.stdout.flush()
