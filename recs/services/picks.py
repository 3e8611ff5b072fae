"""The stored picks of each person: made anew for one of them after an act, and for everybody after a training."""

import datetime
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts.models import User
from recs import dataset, feedback, queries, serving, stock, taste
from recs.crowd import Crowd
from recs.mine import Mine
from recs.models import Recommendation
from recs.services import enrolment
from recs.shelf import Pick, Shelf
from web.copy import copy_into_temporary

logger = logging.getLogger(__name__)
STORED = 100
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


def algorithm_for(user: User) -> str:
    """Which engine makes this person's picks: the one they chose, else that of the arm they are in, else the site's."""
    arm = enrolment.standing(user, draw=False).arm
    return arm.algorithm if arm and not arm.mixes else taste.of(user).algorithm


def refresh(*, user: User) -> None:
    """Fold in all that this person did and set, and replace their stored picks."""
    deeds = Mine(user).deeds
    found = serving.picks(
        feedback.weights(deeds),
        n=STORED,
        exclude=feedback.settled(deeds),
        genres=queries.genre_preferences(user),
        taste=replace(taste.of(user), algorithm=algorithm_for(user)),
        adjustments=queries.adjustments(user),
        groups=dataset.groups_of(user),
        times=feedback.times(deeds),
    )
    _replace({user.pk: found})


def follow(*, user: User) -> bool:
    """The next page already knows what this person just did or said; if the engine stumbles that still stands, and the
    nightly run catches up. Whether new picks were made."""
    try:
        refresh(user=user)
    except Exception:
        logger.exception("could not refresh the picks of person %s", user.pk)
        return False
    return True


def refresh_all(*, progress: Callable[[int, int], None] | None = None) -> int:
    """Make the picks of everybody who has done anything or named a genre; returns for how many. The others' go."""
    started = timezone.now()
    data, shelf = dataset.load(), stock.shelf()
    genres = queries.all_genre_preferences()
    people = sorted({*data.user_ids.tolist(), *genres})
    at_once, done = Crowd(data).at_once, 0
    for start in range(0, len(people), at_once):
        batch = people[start : start + at_once]
        crowd = Crowd(data, genres, _tastes(batch), queries.all_adjustments(batch))
        lists = dict(_lists(shelf, crowd, batch))
        _replace_apart(lists, started)
        done += len(lists)
        if progress:
            progress(start + len(batch), len(people))
    _prune(people)
    return done


def _tastes(people: Sequence[int]) -> dict[int, taste.Taste]:
    users = list(User.objects.filter(pk__in=people).only(*taste.COLUMNS, *enrolment.COLUMNS))
    arms = enrolment.algorithms_for(users)
    own = {user.pk: taste.of(user) for user in users}
    return {pk: replace(one, algorithm=arms.get(pk, one.algorithm)) for pk, one in own.items()}


def current(user: User) -> list[Recommendation]:
    """This person's stored picks, best first, with their films: one query."""
    return list(Recommendation.objects.filter(user=user).select_related("movie").order_by("rank", "pk"))


def _lists(shelf: Shelf, crowd: Crowd, people: Sequence[int]) -> Iterator[tuple[int, list[Pick]]]:
    """One person's failure is logged and leaves their old picks; the others go on."""
    try:
        scored = crowd.scored(shelf, people)
    except Exception:
        logger.exception("people could not be scored together; each comes alone")
        scored = {}
    for user_id in people:
        try:
            person, known = crowd.person(user_id), crowd.settled(user_id)
            yield user_id, shelf.picks(person, n=STORED, exclude=known, scored=scored.get(user_id))
        except Exception:
            logger.exception("no picks for person %s", user_id)


def _rows(lists: Mapping[int, list[Pick]]) -> Iterator[Row]:
    for user_id, found in lists.items():
        for pick in found:
            if np.isfinite(pick.score) and pick.score >= 0:
                reason = json.dumps(pick.reason)
                yield user_id, pick.movie_id, pick.score, pick.algorithm, pick.rank, reason, pick.model_version


def _replace_apart(lists: Mapping[int, list[Pick]], started: datetime.datetime) -> None:
    """Swap a batch; when something stands in its way, each person alone, so that the others get theirs."""
    try:
        _replace(lists, unless_newer_than=started)
    except DatabaseError:
        logger.exception("a batch of picks could not be stored; trying one person at a time")
        for user_id, found in lists.items():
            try:
                _replace({user_id: found}, unless_newer_than=started)
            except DatabaseError:
                logger.exception("the picks of person %s could not be stored", user_id)


def _replace(lists: Mapping[int, list[Pick]], unless_newer_than: datetime.datetime | None = None) -> None:
    """Swap these people's rows in one transaction. Who clicked what stays known for films that are picked again.

    The lock on the people makes two runs for the same ones wait for each other, and the one that began earlier does
    not undo what the later one knew. Films that were deleted in the meantime drop out of the join.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM users WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(lists)])
        if unless_newer_than:
            newer = _made_since(sorted(lists), unless_newer_than)
            lists = {user_id: found for user_id, found in lists.items() if user_id not in newer}
        if len(lists) == 1:
            _swap_at_once(cursor, lists)
        elif lists:
            copy_into_temporary(cursor, "_picks", COLUMNS, _rows(lists))
            cursor.execute(_DELETE.format(new="_picks"), {"people": sorted(lists)})
            cursor.execute(_INSERT.format(new="_picks"), {"now": timezone.now()})
            cursor.execute("DROP TABLE _picks")


_DELETE = """
    DELETE FROM user_recommendations old WHERE user_id = ANY(%(people)s) AND NOT EXISTS (
        SELECT FROM {new} new WHERE (new.user_id, new.movie_id, new.algorithm)
                                  = (old.user_id, old.movie_id, old.algorithm))
"""
_INSERT = """
    INSERT INTO user_recommendations
        (user_id, movie_id, score, algorithm, rank, reason, model_version, generated_at, clicked)
    SELECT p.user_id, p.movie_id, p.score, p.algorithm, p.rank, p.reason, p.model_version, %(now)s, false
    FROM {new} p JOIN movies m ON m.id = p.movie_id JOIN users u ON u.id = p.user_id
    FOR KEY SHARE OF m, u
    ON CONFLICT (user_id, movie_id, algorithm) DO UPDATE SET score = EXCLUDED.score, rank = EXCLUDED.rank,
        reason = EXCLUDED.reason, model_version = EXCLUDED.model_version, generated_at = EXCLUDED.generated_at
"""
_GIVEN = ", ".join(f"%({column})s::{kind}[]" for column, kind in COLUMNS.items())
_SWAP = f"""
    WITH given AS (SELECT * FROM unnest({_GIVEN}) AS row ({", ".join(COLUMNS)})),
         gone AS ({_DELETE.format(new="given")})
    {_INSERT.format(new="given")}
"""


def _swap_at_once(cursor: CursorWrapper, lists: Mapping[int, list[Pick]]) -> None:
    """One person's hundred rows in one statement: somebody waits for it, and a table for them would cost far more."""
    rows = list(_rows(lists))
    given = {column: [row[place] for row in rows] for place, column in enumerate(COLUMNS)}
    cursor.execute(_SWAP, {**given, "people": sorted(lists), "now": timezone.now()})


def _made_since(user_ids: list[int], at: datetime.datetime) -> set[int]:
    rows = Recommendation.objects.filter(user__in=user_ids, generated_at__gt=at)
    return set(rows.values_list("user_id", flat=True).distinct())


def _prune(people: list[int]) -> None:
    """Those who said nothing, or left, keep no stored picks; they are served as they come."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM user_recommendations WHERE user_id IN (
                SELECT u.id FROM users u LEFT JOIN unnest(%s::bigint[]) AS kept (id) ON kept.id = u.id
                WHERE kept.id IS NULL)
            """,
            [people],
        )
