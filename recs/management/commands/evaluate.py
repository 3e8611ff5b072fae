"""How good are the recommenders? Figures on stdout, what is of this run alone (time, memory, progress) on stderr."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.sources.movielens import Unusable
from recs.evaluation import printed
from recs.evaluation.data import TooLittle
from recs.services import evaluation


class Command(BaseCommand):
    help = (
        "Measure the recommenders on a MovieLens data set, or on this site's own people. The same data, code and seed "
        "print the same figures. Staff find every run on /insights/evaluation/."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, help="MovieLens folder or .zip; without it, our own data")
        parser.add_argument("--protocol", choices=evaluation.NAMES, default="strong", help="default strong")
        parser.add_argument("--algorithms", nargs="+", default=[], metavar="NAME", help="some only, by space or comma")
        parser.add_argument("--seed", type=int, default=evaluation.SEED, help=f"default {evaluation.SEED}")
        parser.add_argument(
            "--no-times", action="store_false", dest="times", help="tell models of likes alone, and not when they were"
        )
        parser.add_argument("--out", type=Path, metavar="FILE", help="a copy of the JSON file here")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["seed"] <= evaluation.LARGEST_SEED:
            raise CommandError(f"--seed takes a number from 0 to {evaluation.LARGEST_SEED}")
        names = [name for words in options["algorithms"] for name in words.split(",") if name]
        asked = evaluation.Asked(
            path=options["data"],
            protocol=options["protocol"],
            algorithms=tuple(dict.fromkeys(names)),
            seed=options["seed"],
            times=options["times"],
        )
        try:
            report = evaluation.run(asked=asked, say=self._say)
            path = evaluation.keep(report=report, copy=options["out"])
        except (Unusable, TooLittle, evaluation.Refused) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write("\n".join(printed.lines(report)))
        for line in ["", *printed.cost(report), f"stored in {path}"]:
            self._say(line)

    def _say(self, step: str) -> None:
        self.stderr.write(step, style_func=str)
        self.stderr.flush()
