"""Loads a MovieLens data set: its films, its people as accounts nobody can enter, and their ratings."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.text import slugify

from accounts.models import User
from catalog.services import movielens as films
from catalog.sources.movielens import Chunk, Unusable, open_set
from recs.models import Interaction
from recs.services.checkpoints import Checkpoint, Progress
from recs.services.movielens_rows import DOMAIN, People, Skipped, store

CHUNK = 50_000
LOCK = 7_205_759_403

Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did. `resumed_at` is the line from which an interrupted load went on."""

    label: str
    films_listed: int
    films_found: int
    films_created: int
    people: int
    progress: Progress
    skipped_list: Path | None
    resumed_at: int


def load(
    *,
    path: Path,
    label: str = "",
    most_people: int | None = None,
    chunk: int = CHUNK,
    watch: Watch = lambda done, total: None,
) -> Report:
    """Load everything that is not here yet. Raises Unusable, before anything is written, when the files are no good.

    Ratings go in by chunks, each a transaction; a run that is killed goes on behind its last whole chunk, and a
    run over what is loaded already adds nothing. `label` keeps the people of two data sets apart.
    """
    with open_set(path) as data, _alone():
        label = slugify(label or data.name)[:60]
        _refuse_somebody_elses(label)
        matched = films.match(data=data)
        checkpoint = Checkpoint(_folder() / f"{data.fingerprint(label)}.json")
        progress = _where_we_were(checkpoint, label) if most_people is None else Progress()
        resumed_at = progress.line
        log = Skipped(_folder() / f"{label}-skipped.csv", progress)
        if not resumed_at:
            log.add(matched.problems)
        people = People(label)
        chunks = data.ratings(matched.ours, size=chunk, after=progress.line, most_people=most_people)
        for part in _read_ahead(chunks):
            log.add(part.problems + store(part, people, progress, file=data.layout.ratings))
            progress.line, progress.left_out = part.last_line, progress.left_out + part.left_out
            if most_people is None:
                checkpoint.write(progress)
            watch(progress.line, data.total_lines)
        checkpoint.forget()
    return Report(
        label=label,
        films_listed=len(matched.ours),
        films_found=matched.found,
        films_created=matched.created,
        people=_everybody(label).count(),
        progress=progress,
        skipped_list=log.path if progress.skipped else None,
        resumed_at=resumed_at,
    )


def _folder() -> Path:
    return Path(settings.VAR) / "imports"


@contextmanager
def _alone() -> Iterator[None]:
    """Two loads at once would make the same films twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Unusable("another import is running; wait until it has finished")
    try:
        yield
    finally:
        if connection.connection and not connection.connection.closed and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _everybody(label: str) -> QuerySet[User]:
    return User.objects.filter(username__regex=rf"^{label}-[0-9]+$")


def _refuse_somebody_elses(label: str) -> None:
    """Ratings of a data set must never end in the account of somebody who lives here."""
    if not label:
        raise Unusable("the data set needs a name; give one with --label")
    if _everybody(label).exclude(email__endswith=f"@{DOMAIN}").exists():
        raise Unusable(f"accounts named {label}-… belong to other people; give another name with --label")


def _where_we_were(checkpoint: Checkpoint, label: str) -> Progress:
    """The checkpoint, if the database still holds what it says."""
    progress = checkpoint.read()
    here = Interaction.objects.ratings().filter(user__in=_everybody(label)).count() if progress.line else 0
    return progress if here >= progress.loaded else Progress()


def _read_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Read the next chunk while the database stores this one."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, chunks, None)
        while (part := coming.result()) is not None:
            coming = reader.submit(next, chunks, None)
            yield part
