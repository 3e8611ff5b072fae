from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.services import posters

EVERY = 50


class Command(BaseCommand):
    help = "Ask TMDB where the posters of films without one lie. Needs TMDB_API_KEY; safe to break off and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, help="ask for this many films at most")

    def handle(self, *args: Any, **options: Any) -> None:
        report = posters.fill(limit=options["limit"], say=self._say)
        self.stdout.write(f"{report.found} posters found, {report.without} films have none")
        if report.stopped:
            raise CommandError(report.stopped)

    def _say(self, done: int) -> None:
        if done % EVERY == 0:
            self.stdout.write(f"{done} films asked for")
            self.stdout.flush()
