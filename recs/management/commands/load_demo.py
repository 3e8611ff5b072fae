import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services import demo_logins
from recs.services import demo


class Command(BaseCommand):
    help = "Load the starter catalogue, a made-up community and the demo's log-ins. Local mode only; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=demo.PEOPLE, help=f"how many (default {demo.PEOPLE})")
        parser.add_argument("--seed", type=int, default=demo.SEED, help="another number makes another community")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["people"] <= 20_000 or options["seed"] < 0:
            raise CommandError("--people takes 1 to 20000, --seed a number from 0 on")
        self.started = time.monotonic()
        try:
            loaded = demo.load(
                people=options["people"], seed=options["seed"], today=timezone.localdate(), say=self._say
            )
        except demo_logins.LocalOnly as problem:
            raise CommandError(str(problem)) from problem
        if loaded.people:
            self._say(f"done: {loaded.ratings} ratings by {loaded.people} simulated people")
        else:
            self.stdout.write("the demo community is here already: nothing added")

    def _say(self, step: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.started:5.1f} s  {step}")
        self.stdout.flush()
