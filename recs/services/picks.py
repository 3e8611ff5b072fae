"""The stored picks of each person: made anew for one of them after an act, and for everybody after a training."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from recs import dataset, feedback, serving, stock
from recs.algorithms import Dataset
from recs.models import GenrePreference, Interaction, Recommendation
from recs.shelf import CHAIN, COLLABORATIVE, Pick, Shelf
from web.copy import copy_into_temporary

logger = logging.getLogger(__name__)
STORED = 100
PEOPLE_AT_ONCE = 200
COLUMNS = {
    "user_id": "bigint",
    "movie_id": "bigint",
    "score": "float8",
    "algorithm": "text",
    "rank": "integer",
    "reason": "jsonb",
    "model_version": "text",
}
Row = tuple[int, int, float, str, int, str, str]


def refresh(*, user: User, algorithm: str = COLLABORATIVE) -> None:
    """Fold in all that this person did and replace their stored picks."""
    acts = list(Interaction.objects.filter(user=user).values_list("movie_id", "interaction_type", "rating", "metadata"))
    genres = list(GenrePreference.objects.filter(user=user).values_list("genre_id", flat=True))
    found = serving.picks(
        feedback.weights(acts), n=STORED, exclude=feedback.settled(acts), genres=genres, algorithm=algorithm
    )
    _replace({user.pk: found}, (algorithm, *CHAIN))


def refresh_all(*, progress: Callable[[int, int], None] | None = None) -> int:
    """Make everybody's picks who has done anything; returns for how many people. The others' go."""
    data, shelf = dataset.load(), stock.shelf()
    genres: dict[int, list[int]] = defaultdict(list)
    for user_id, genre_id in GenrePreference.objects.values_list("user_id", "genre_id"):
        genres[user_id].append(genre_id)
    done = 0
    for start in range(0, len(data.user_ids), PEOPLE_AT_ONCE):
        rows = range(start, min(start + PEOPLE_AT_ONCE, len(data.user_ids)))
        lists = dict(_lists(shelf, data, rows, genres))
        _replace(lists, CHAIN)
        done += len(lists)
        if progress:
            progress(rows.stop, len(data.user_ids))
    _prune(data.user_ids)
    return done


def current(user: User) -> list[Recommendation]:
    """This person's stored picks, best first, with their films: one query."""
    return list(Recommendation.objects.filter(user=user).select_related("movie").order_by("rank", "pk"))


def _lists(
    shelf: Shelf, data: Dataset, rows: Iterable[int], genres: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, list[Pick]]]:
    """One person's failure is logged and leaves their old picks; the others go on."""
    for row in rows:
        user_id = int(data.user_ids[row])
        try:
            history = _history(data, row)
            known = set() if data.known is None else set(data.movie_ids[data.known[row].indices].tolist())
            yield user_id, shelf.picks(history, n=STORED, exclude=known, genres=genres.get(user_id, ()))
        except Exception:
            logger.exception("no picks for person %s", user_id)


def _history(data: Dataset, row: int) -> dict[int, float]:
    part = data.feedback[row]
    return dict(zip(data.movie_ids[part.indices].tolist(), part.data.tolist(), strict=True))


def _rows(lists: Mapping[int, list[Pick]]) -> Iterator[Row]:
    for user_id, found in lists.items():
        for pick in found:
            if np.isfinite(pick.score) and pick.score >= 0:
                reason = json.dumps(pick.reason)
                yield user_id, pick.movie_id, pick.score, pick.algorithm, pick.rank, reason, pick.model_version


def _replace(lists: Mapping[int, list[Pick]], algorithms: Sequence[str]) -> None:
    """Swap these people's rows in one transaction. Who clicked what stays known for films that are picked again.

    The join drops films and people that were deleted in the meantime; the lock on the person makes two runs
    for the same one wait for each other.
    """
    people = sorted(lists)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM users WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [people])
        copy_into_temporary(cursor, "_picks", COLUMNS, _rows(lists))
        cursor.execute(
            """
            DELETE FROM user_recommendations old WHERE user_id = ANY(%s) AND algorithm = ANY(%s) AND NOT EXISTS (
                SELECT FROM _picks new WHERE (new.user_id, new.movie_id, new.algorithm)
                                           = (old.user_id, old.movie_id, old.algorithm))
            """,
            [people, list(algorithms)],
        )
        cursor.execute(
            """
            INSERT INTO user_recommendations
                (user_id, movie_id, score, algorithm, rank, reason, model_version, generated_at, clicked)
            SELECT p.user_id, p.movie_id, p.score, p.algorithm, p.rank, p.reason, p.model_version, %s, false
            FROM _picks p JOIN movies m ON m.id = p.movie_id JOIN users u ON u.id = p.user_id
            ON CONFLICT (user_id, movie_id, algorithm) DO UPDATE SET score = EXCLUDED.score, rank = EXCLUDED.rank,
                reason = EXCLUDED.reason, model_version = EXCLUDED.model_version, generated_at = EXCLUDED.generated_at
            """,
            [timezone.now()],
        )
        cursor.execute("DROP TABLE _picks")


def _prune(user_ids: np.ndarray) -> None:
    """Those who have done nothing, or left, keep no stored picks; the cold are served as they come."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM user_recommendations WHERE NOT user_id = ANY(%s)", [user_ids.tolist()])
