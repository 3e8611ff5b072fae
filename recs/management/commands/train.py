"""Train the recommenders now; the nightly task does the same."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recs.services import training


class Command(BaseCommand):
    help = "Recompute popularity, fit every recommender and make everybody's picks. Old models serve until it is done."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            trained = training.train(say=self._say)
        except training.AlreadyTraining as reason:
            self.stdout.write(str(reason))
            return
        except training.TrainingError as reason:
            raise CommandError(str(reason)) from None
        version = trained.versions["collaborative"]
        counts = f"{trained.people} people, {trained.films} films, {trained.ratings} ratings"
        self.stdout.write(f"trained {version}: {counts}")

    def _say(self, step: str, seconds: float) -> None:
        self.stdout.write(f"{step:<14} {seconds:6.2f} s")
        self.stdout.flush()
