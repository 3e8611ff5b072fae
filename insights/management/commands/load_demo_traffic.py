import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services import demo_logins
from insights.services import demo


class Command(BaseCommand):
    help = "Give the demo community eight weeks of traffic and three experiments. Local mode only; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=demo.SEED, help="another number makes other traffic")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seed"] < 0:
            raise CommandError("--seed takes a number from 0 on")
        self.started, self.quiet = time.monotonic(), options["verbosity"] == 0
        try:
            loaded = demo.load(now=timezone.now(), seed=options["seed"], say=self._say)
        except demo_logins.LocalOnly as problem:
            raise CommandError(str(problem)) from problem
        if not loaded.rows and not self.quiet:
            self.stdout.write("the traffic is here already, or there is no demo community with picks: no rows added")

    def _say(self, step: str) -> None:
        if not self.quiet:
            self.stdout.write(f"{time.monotonic() - self.started:5.1f} s  {step}")
