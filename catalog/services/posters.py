"""Where the posters of our films lie at TMDB, asked for a film at a time; nothing is copied."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Movie
from catalog.sources import tmdb

PAUSE = 0.05  # twenty questions a second: half of what TMDB allows
FAILURES = 3  # in a row, after which TMDB is thought to be away
ASK_AGAIN = 60 * 60 * 24 * 30  # seconds after which a film without a poster is asked for anew


@dataclass(slots=True)
class Report:
    """`stopped` says why not all films were asked for; empty if they were."""

    found: int = 0
    without: int = 0
    stopped: str = ""


def fill(*, limit: int | None = None, say: Callable[[int], None] = lambda done: None) -> Report:
    """Ask TMDB for the pictures of films that have none, the best known first; each film is saved at once.

    Safe to break off and to run again. A film without a picture is left alone for a month.
    """
    report, failures = Report(), 0
    if not settings.TMDB_API_KEY:
        report.stopped = "TMDB_API_KEY is not set"
        return report
    through = tmdb.session(settings.TMDB_API_KEY)
    wanted = Movie.objects.filter(poster_path="", tmdb_id__isnull=False).best_known()
    for done, movie in enumerate(wanted.only("pk", "tmdb_id")[:limit].iterator(chunk_size=500), start=1):
        if cache.get(_key(movie)):
            continue
        try:
            _save(movie, tmdb.pictures(movie.tmdb_id or 0, through=through), report)
            failures = 0
        except tmdb.SourceError as problem:
            failures = 0 if problem.permanent else failures + 1
            if problem.permanent:
                _save(movie, tmdb.Pictures(), report)
            if problem.stop or failures == FAILURES:
                report.stopped = str(problem)
                break
            time.sleep(problem.wait)
        say(done)
        time.sleep(PAUSE)
    return report


def _save(movie: Movie, pictures: tmdb.Pictures, report: Report) -> None:
    if not pictures.poster:
        report.without += 1
        cache.set(_key(movie), 1, ASK_AGAIN)
        return
    report.found += 1
    # The new time of change is what makes remembered cards be drawn anew.
    Movie.objects.filter(pk=movie.pk).update(
        poster_path=pictures.poster, backdrop_path=pictures.backdrop, updated_at=timezone.now()
    )


def _key(movie: Movie) -> str:
    return f"posters:none:{movie.tmdb_id}"
