import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.sources.movielens import Unusable
from recs.services import movielens, training
from recs.services.movielens import Report

BAR = 30
PLAIN_EVERY = 5.0


class Command(BaseCommand):
    help = (
        "Load a MovieLens data set (any edition) from a folder or .zip. A run that was stopped goes on where it was; "
        "a run over what is loaded already adds nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder or .zip of the data set")
        parser.add_argument("--label", default="", help="name of the data set, if not that of its folder")
        parser.add_argument("--limit-people", type=int, metavar="N", help="only the ratings of the first N people")
        parser.add_argument(
            "--no-train", action="store_false", dest="train", help="do not refresh popularity and train afterwards"
        )
        parser.add_argument("--chunk", type=int, default=movielens.CHUNK, help="lines per transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["chunk"] < 1 or (options["limit_people"] is not None and options["limit_people"] < 1):
            raise CommandError("--chunk and --limit-people must be at least 1")
        meter = Meter(self)
        try:
            report = movielens.load(
                path=options["path"],
                label=options["label"],
                most_people=options["limit_people"],
                chunk=options["chunk"],
                watch=meter.show,
            )
        except Unusable as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            raise CommandError("\nstopped; run the same command again to go on", returncode=130) from None
        self._tell(report)
        if options["train"]:
            self._learn()

    def _learn(self) -> None:
        self.stdout.write("training; the site may be used meanwhile")
        try:
            trained = training.train(say=lambda step, took: self.stdout.write(f"  {step} {took:.1f} s"))
        except training.TrainingError as reason:
            self.stdout.write(str(reason))
        else:
            self.stdout.write(f"trained on {trained.people:,} people, {trained.films:,} films")

    def _tell(self, report: Report) -> None:
        say, progress = self.stdout.write, report.progress
        if report.resumed_at:
            say(f"went on behind line {report.resumed_at:,}, where an earlier run was stopped")
        twice = report.films_listed - report.films_found - report.films_created
        say(f"films     {report.films_found:,} found, {report.films_created:,} created, {twice:,} listed twice")
        say(f"people    {report.people:,} named {report.label}-…")
        say(f"ratings   {progress.loaded:,} loaded, {progress.already:,} already there")
        if progress.left_out:
            say(f"          {progress.left_out:,} of other people left out")
        for reason, count in sorted(progress.skipped.items(), key=lambda item: -item[1]):
            say(f"skipped   {count:,}: {reason} (first at {', '.join(progress.first_lines[reason])})")
        if report.skipped_list:
            say(f"          every skipped line is in {report.skipped_list}")


class Meter:
    """How far it is: a bar on a terminal, a line every few seconds in a log."""

    def __init__(self, command: BaseCommand) -> None:
        self._out = command.stdout
        self._start = self._said = time.monotonic()
        self._from: int | None = None

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        self._from = done if self._from is None else self._from
        rate = done / max(now - self._start, 0.001)
        left = int((total - done) / rate) if rate else 0
        words = f"{done:,} of {total:,} lines, {rate:,.0f} a second, {left // 60}:{left % 60:02} left"
        if self._out.isatty():
            bar = "#" * (BAR * done // max(total, 1))
            self._out.write(f"\r[{bar:<{BAR}}] {words} ", ending="\n" if done >= total else "")
            self._out.flush()
        elif now - self._said >= PLAIN_EVERY or done >= total:
            self._said = now
            self._out.write(words)
            self._out.flush()
