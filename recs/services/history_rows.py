"""Taking an import over, some films at a time: each step is one transaction that also says how far it came.

A run that is killed leaves whole steps behind, and the next one goes on after the last of them.
"""

import datetime
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from recs.models import HistoryImport, ImportedFilm, Interaction
from recs.services.history_plan import Here, Told, plan
from recs.services.interactions import FEEDBACK, feedback_of, hold_all
from web.copy import copy_into_temporary

STEP = 1_000
COLUMNS = {
    "movie_id": "bigint",
    "kind": "text",
    "rating": "float8",
    "feedback_type": "text",
    "feedback_comment": "text",
    "metadata": "jsonb",
    "at": "timestamptz",
    "before": "jsonb",
    "removed": "boolean",
}
_REMOVE = """
    DELETE FROM user_movie_interactions i USING _acts a
    WHERE a.removed AND i.user_id = %s AND i.movie_id = a.movie_id AND i.interaction_type = a.kind
"""
# The comment of one's own stays where the file has none.
_WRITE = """
    INSERT INTO user_movie_interactions AS i
        (user_id, movie_id, interaction_type, rating, feedback_type, feedback_comment, metadata, source, timestamp)
    SELECT %s, a.movie_id, a.kind, a.rating, a.feedback_type, a.feedback_comment, a.metadata, 'import', a.at
    FROM _acts a JOIN movies m ON m.id = a.movie_id WHERE NOT a.removed ORDER BY a.movie_id, a.kind
    ON CONFLICT (user_id, movie_id, interaction_type) DO UPDATE SET
        rating = EXCLUDED.rating, feedback_type = EXCLUDED.feedback_type, source = EXCLUDED.source,
        timestamp = EXCLUDED.timestamp, feedback_comment = coalesce(EXCLUDED.feedback_comment, i.feedback_comment),
        metadata = coalesce(EXCLUDED.metadata, i.metadata)
"""
_REMEMBER = """
    INSERT INTO history_import_changes AS c (history_id, movie_id, kind, rating, at, before)
    SELECT %s, a.movie_id, a.kind, a.rating, CASE WHEN NOT a.removed THEN a.at END, a.before
    FROM _acts a JOIN movies m ON m.id = a.movie_id
    ON CONFLICT (history_id, movie_id, kind) DO UPDATE SET rating = EXCLUDED.rating, at = EXCLUDED.at
"""
_KEPT = """
    UPDATE history_import_films f SET kept = n.kept::jsonb FROM unnest(%s::bigint[], %s::text[]) AS n (id, kept)
    WHERE f.id = n.id
"""
Rows = dict[tuple[int, str], tuple[Any, ...]]


@transaction.atomic
def step(history_id: int) -> bool:
    """Take the next films over; False when there are none left, or somebody has taken the import back."""
    run = HistoryImport.objects.select_for_update().filter(pk=history_id).first()
    if run is None or run.status != HistoryImport.Status.RUNNING:
        return False
    hold_all(run.user_id)
    matched = run.films.filter(state=ImportedFilm.State.MATCHED, movie__isnull=False, position__gt=run.done)
    films = list(matched.order_by("position")[:STEP])
    if not films:
        return False
    counts = _take_over(run, films)
    run.done = films[-1].position
    run.counts = dict(Counter(run.counts) + counts)
    run.save(update_fields=["done", "counts", "updated_at"])
    return True


def _take_over(run: HistoryImport, films: Sequence[ImportedFilm]) -> Counter[str]:
    here = _here(run.user_id, [film.movie_id for film in films if film.movie_id])
    rows: Rows = {}
    kept: dict[int, list[str]] = {}
    counts: Counter[str] = Counter()
    for film in films:
        movie_id = film.movie_id or 0
        now = here[movie_id]
        made = plan(_told(film, run), now, theirs=run.take_theirs)
        counts += Counter(already=made.already, kept=len(made.kept), films=int(bool(made.writes)))
        if made.kept:
            kept[film.pk] = made.kept
        for kind in made.removes:
            rows[movie_id, kind] = _removal(movie_id, kind, _first(rows, movie_id, kind, now.pop(kind)))
        for act in made.writes:
            before = now.get(act.kind)
            counts["changed" if before else "added"] += 1
            row = _row(movie_id, act, _first(rows, movie_id, act.kind, before), run.created_at)
            rows[movie_id, act.kind] = row
            now[act.kind] = Here(act.rating, row[3], row[4], act.metadata, "import", row[6])
    _write(run, rows, kept)
    return counts


def _first(rows: Rows, movie_id: int, kind: str, before: Here | None) -> Jsonb | None:
    """What was there before the import, also where a second line of the file means the same film."""
    if (movie_id, kind) in rows:
        return rows[movie_id, kind][7]
    return Jsonb(before.saved()) if before else None


def _told(film: ImportedFilm, run: HistoryImport) -> list[Told]:
    """What the file says, with the person's word on what an unnamed list means."""
    told = [Told(*act) for act in film.acts]
    return [act._replace(kind=run.listed) if act.kind == "listed" else act for act in told if _counts(act, run)]


def _counts(act: Told, run: HistoryImport) -> bool:
    return act.kind != "listed" or bool(run.listed)


def _here(user_id: int, movie_ids: list[int]) -> defaultdict[int, dict[str, Here]]:
    rows = Interaction.objects.filter(user=user_id, movie__in=movie_ids)
    here: defaultdict[int, dict[str, Here]] = defaultdict(dict)
    for movie_id, kind, *rest in rows.values_list("movie_id", "interaction_type", *Here._fields):
        here[movie_id][kind] = Here(*rest)
    return here


def _row(movie_id: int, act: Told, before: Jsonb | None, undated: datetime.datetime) -> tuple[Any, ...]:
    at = datetime.datetime.fromisoformat(act.at) if act.at else undated
    feedback = FEEDBACK.get(act.kind) if act.rating is None else feedback_of(act.rating)
    metadata = Jsonb(act.metadata) if act.metadata else None
    return movie_id, act.kind, act.rating, feedback, act.comment or None, metadata, at, before, False


def _removal(movie_id: int, kind: str, before: Jsonb | None) -> tuple[Any, ...]:
    return movie_id, kind, None, None, None, None, None, before, True


def _write(run: HistoryImport, rows: Rows, kept: Mapping[int, list[str]]) -> None:
    with connection.cursor() as cursor:
        if rows:
            copy_into_temporary(cursor, "_acts", COLUMNS, rows.values())
            cursor.execute(_REMOVE, [run.user_id])
            cursor.execute(_WRITE, [run.user_id])
            cursor.execute(_REMEMBER, [run.pk])
            cursor.execute("DROP TABLE _acts")
        if kept:
            cursor.execute(_KEPT, [list(kept), [json.dumps(kinds) for kinds in kept.values()]])
