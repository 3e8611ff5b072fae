import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from insights.experiments import verdicts
from insights.services import snapshots
from recs.models import Experiment


class Command(BaseCommand):
    help = "Measure experiments, keep a snapshot of each, and say what they show (all that run, or those named)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", help="names of experiments; those that run where none is given")
        parser.add_argument("--at", help="as it was known then, for example 2026-03-14T12:00Z")
        parser.add_argument("--json", action="store_true", help="sums and results in full")

    def handle(self, *args: Any, **options: Any) -> None:
        at = parse_datetime(options["at"]) if options["at"] else timezone.now()
        if at is None or timezone.is_naive(at):
            raise CommandError("--at must be a moment with its time zone, for example 2026-03-14T12:00Z")
        for experiment in self._asked(options["names"]):
            snapshot = snapshots.take(experiment, at=at)
            if options["json"]:
                said = {"experiment": experiment.name, "sums": snapshot.sums, "results": snapshot.results}
                self.stdout.write(json.dumps(said, indent=2))
                continue
            verdict = verdicts.verdict(experiment, snapshot)
            self.stdout.write(f"{experiment.name}: {verdict.headline}")
            for sentence in [*verdict.sentences, *verdict.unmet]:
                self.stdout.write(f"  {sentence}")

    def _asked(self, names: list[str]) -> list[Experiment]:
        if not names:
            return list(Experiment.objects.filter(status=Experiment.Status.RUNNING).order_by("name"))
        found = {experiment.name: experiment for experiment in Experiment.objects.filter(name__in=names)}
        if unknown := [name for name in names if name not in found]:
            raise CommandError(f"no such experiment: {', '.join(unknown)}")
        return [found[name] for name in names]
