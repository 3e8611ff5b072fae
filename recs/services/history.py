"""Bringing a history: an upload is understood and kept for review, taken over when its owner says so, and undone.

Nothing here tells other apps of each act: an import is an old history, not something that happens on the site now.
"""

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from accounts.models import User
from accounts.services import welcome
from catalog.models import Genre, Movie
from recs import signals
from recs.history import reading
from recs.history.matching import Match
from recs.history.records import Film, History, Refusal, Skip
from recs.models import GenrePreference, HistoryImport, ImportedFilm
from recs.services import history_index, history_rows, interactions, picks
from web.copy import copy_rows

Status, State = HistoryImport.Status, ImportedFilm.State
NONE = "[]"
MOST_BYTES = 20 * 1024 * 1024
AT_ONCE = 3_000  # films that are taken over while their owner waits; more go to the queue
MOST_OPEN = 5  # uploads of one person that wait for review; the oldest makes room
KEPT_DAYS = 90  # how long an import can be undone
MOST_IN_A_ROW, PAUSE = 30, 5 * 60  # uploads of one person without a pause of so many seconds
STALLED = datetime.timedelta(minutes=2)
_COLUMNS = (
    "history_id",
    "position",
    "state",
    "title",
    "year",
    "imdb",
    "movie_id",
    "candidates",
    "acts",
    "reason",
    "kept",
)
_TAKE_BACK = """
    DELETE FROM user_movie_interactions i USING history_import_changes c
    WHERE c.history_id = %s AND c.at IS NOT NULL AND i.user_id = %s AND i.movie_id = c.movie_id
      AND i.interaction_type = c.kind AND i.source = 'import' AND i.timestamp = c.at
      AND i.rating IS NOT DISTINCT FROM c.rating
    RETURNING c.id
"""
_PUT_BACK = """
    INSERT INTO user_movie_interactions
        (user_id, movie_id, interaction_type, rating, feedback_type, feedback_comment, metadata, source, timestamp)
    SELECT %s, c.movie_id, c.kind, (c.before->>'rating')::float8, c.before->>'feedback_type',
           c.before->>'feedback_comment', nullif(c.before->'metadata', 'null'), c.before->>'source',
           (c.before->>'timestamp')::timestamptz
    FROM history_import_changes c
    WHERE c.history_id = %s AND c.before IS NOT NULL AND (c.at IS NULL OR c.id = ANY(%s))
    ON CONFLICT DO NOTHING
"""


def upload(*, user: User, name: str, data: bytes, at: datetime.datetime | None = None) -> HistoryImport:
    """Understand a file and keep what it says for review; the same file again finds the review that is open.

    Raises:
        recs.history.records.Refusal: the file cannot be read; its code says why.
    """
    _check_pace(user)
    digest = hashlib.sha256(data).hexdigest()
    history = reading.read(name, data, now=at or timezone.now())
    found = history_index.matches(history.films)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # pressed twice, it is still one upload
        open_ones = user.history_imports.filter(status=Status.REVIEW)
        if same := open_ones.filter(digest=digest).first():
            return same
        crowd = open_ones.order_by("-created_at").values_list("pk", flat=True)[MOST_OPEN - 1 :]
        user.history_imports.filter(pk__in=list(crowd)).delete()
        return _keep(user, name, digest, history, found)


def choose(*, film: ImportedFilm, movie_id: int | None) -> None:
    """Which of the films that it may be, it is; None for none of them."""
    if movie_id is not None and movie_id not in film.candidates:
        raise ValueError(movie_id)
    with transaction.atomic():
        run = HistoryImport.objects.select_for_update().get(pk=film.history_id)
        if run.status == Status.REVIEW:
            film.movie_id, film.state = movie_id, State.MATCHED if movie_id else State.MISSING
            film.save(update_fields=["movie", "state"])


def start(*, run: HistoryImport, take_theirs: bool, listed: str) -> bool:
    """Begin to take over what was matched; True when it is small enough to be carried on with at once."""
    with transaction.atomic():
        run = HistoryImport.objects.select_for_update().get(pk=run.pk)
        if run.status != Status.REVIEW:
            return False
        run.status, run.take_theirs, run.listed = Status.RUNNING, take_theirs, listed
        run.save(update_fields=["status", "take_theirs", "listed", "updated_at"])
    return run.total <= AT_ONCE


def carry_on(history_id: int) -> None:
    """Take over all that is left. It may be killed at any point, be called again, and run twice at once."""
    while history_rows.step(history_id):
        pass
    with transaction.atomic():
        run = HistoryImport.objects.select_for_update().filter(pk=history_id, status=Status.RUNNING).first()
        if run is None:
            return
        run.genres_added = _add_genres(run)
        run.status, run.finished_at = Status.DONE, timezone.now()
        run.save(update_fields=["genres_added", "status", "finished_at", "updated_at"])
        if run.counts.get("added"):
            welcome.tastes_collected(user=run.user, collected=True)
        transaction.on_commit(lambda: signals.history_imported.send(sender=None, run=run))
    picks.follow(user=run.user)


def undo(*, run: HistoryImport) -> bool:
    """Put everything back as it was before the import; what the person changed since then stays as they changed it."""
    with transaction.atomic():
        run = HistoryImport.objects.select_for_update().get(pk=run.pk)
        if run.status not in (Status.RUNNING, Status.DONE):
            return False
        interactions.hold_all(run.user_id)
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_BACK, [run.pk, run.user_id])
            gone = [pk for (pk,) in cursor.fetchall()]
            cursor.execute(_PUT_BACK, [run.user_id, run.pk, gone])
        GenrePreference.objects.filter(user=run.user_id, genre__in=run.genres_added).delete()
        run.changes.all().delete()
        run.status, run.finished_at = Status.UNDONE, timezone.now()
        run.save(update_fields=["status", "finished_at", "updated_at"])
    picks.follow(user=run.user)
    return True


def discard(*, run: HistoryImport) -> None:
    """Forget an upload that has not been taken over."""
    HistoryImport.objects.filter(pk=run.pk, status__in=(Status.REVIEW, Status.UNDONE)).delete()


def stalled(at: datetime.datetime | None = None) -> list[int]:
    """Imports under way of which nothing was heard: their worker is gone."""
    quiet = (at or timezone.now()) - STALLED
    return list(HistoryImport.objects.filter(status=Status.RUNNING, updated_at__lt=quiet).values_list("pk", flat=True))


def forget_old(at: datetime.datetime | None = None) -> int:
    """Uploads are not kept for longer than they can be undone."""
    old = (at or timezone.now()) - datetime.timedelta(days=KEPT_DAYS)
    return HistoryImport.objects.filter(created_at__lt=old).exclude(status=Status.RUNNING).delete()[0]


def _check_pace(user: User) -> None:
    """Reading a file is the heaviest thing that anybody may ask of the site. A pause forgives."""
    key = f"history:uploads:{user.pk}"
    cache.add(key, 0, timeout=PAUSE)
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out just now
        return
    if count and count > MOST_IN_A_ROW:
        raise Refusal("too_often")


def _keep(user: User, name: str, digest: str, history: History, found: Sequence[Match]) -> HistoryImport:
    run = HistoryImport.objects.create(
        user=user,
        filename=name.replace("\0", "")[-255:],
        digest=digest,
        format=history.format,
        scale=history.scale,
        unread=history.unread,
        genres=history.genres,
        total=len(history.films),
    )
    rows = list(_film_rows(run.pk, history, found))  # made before the COPY begins: nothing can be asked while it runs
    with connection.cursor() as cursor:
        copy_rows(cursor, "history_import_films", _COLUMNS, rows)
    return run


def _film_rows(run_id: int, history: History, found: Sequence[Match]) -> Iterator[tuple[Any, ...]]:
    wanted = [match.movie for match in found if match.movie]
    there = set(Movie.objects.filter(pk__in=wanted).values_list("pk", flat=True))  # the index may be minutes old
    for place, (film, match) in enumerate(zip(history.films, found, strict=True)):
        movie = match.movie if match.movie in there else None
        state = State.MATCHED if movie else State.SEVERAL if match.candidates and not match.movie else State.MISSING
        acts = Jsonb([_act(film, kind) for kind in film.acts])
        candidates = list(match.candidates)
        yield run_id, place, state, film.title, film.year, film.imdb, movie, candidates, acts, "", NONE
    for place, skip in enumerate(history.skipped, start=len(history.films)):
        yield _skipped(run_id, place, skip)


def _skipped(run_id: int, place: int, skip: Skip) -> tuple[Any, ...]:
    return (run_id, place, State.SKIPPED, skip.title, skip.year, skip.imdb, None, [], NONE, skip.reason, NONE)


def _act(film: Film, kind: str) -> list[Any]:
    act = film.acts[kind]
    return [act.kind, act.rating, act.at.isoformat() if act.at else None, act.metadata, act.comment]


def _add_genres(run: HistoryImport) -> list[int]:
    """The genres of our own export, for somebody who has named none."""
    if not run.genres or GenrePreference.objects.filter(user=run.user_id).exists():
        return []
    wanted = list(Genre.objects.filter(tmdb_id__in=run.genres).values_list("pk", flat=True))
    GenrePreference.objects.bulk_create(
        [GenrePreference(user_id=run.user_id, genre_id=pk) for pk in wanted], ignore_conflicts=True
    )
    return wanted
