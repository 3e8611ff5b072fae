"""What one chunk of a MovieLens load writes: accounts, ratings, and the list of lines that were left out."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts.models import User
from catalog.sources.movielens import Chunk, Problem
from catalog.sources.movielens.ratings import RATED_TWICE
from recs.services.checkpoints import Progress
from web import copy

DOMAIN = "movielens.invalid"
FIRST_LINES = 5

_COLUMNS = ("user_id", "movie_id", "interaction_type", "rating", "source", "timestamp")
_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS import_ratings
    (line bigint, person bigint, film bigint, rating float8, at bigint);
    TRUNCATE import_ratings
"""
_MOVE = """
    INSERT INTO user_movie_interactions (user_id, movie_id, interaction_type, rating, source, timestamp)
    SELECT person, film, 'rating', rating, 'import', to_timestamp(at) FROM import_ratings ORDER BY person, film
    ON CONFLICT (user_id, movie_id, interaction_type) DO NOTHING
"""
_SAME = "here.user_id = new.person AND here.movie_id = new.film AND here.interaction_type = 'rating'"
# A rating in another chunk of the same file: the later of the two stands.
_CORRECT = f"""
    UPDATE user_movie_interactions AS here SET rating = new.rating, timestamp = to_timestamp(new.at)
    FROM import_ratings AS new WHERE {_SAME} AND here.source = 'import' AND here.timestamp < to_timestamp(new.at)
    RETURNING new.line
"""
_LOST = f"""
    SELECT new.line FROM import_ratings AS new JOIN user_movie_interactions AS here ON {_SAME}
    WHERE (here.rating, here.timestamp) <> (new.rating, to_timestamp(new.at))
"""


class People:
    """The accounts of a data set by the number of each person in it; missing ones are made."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._known: dict[int, int] = {}

    def of(self, wanted: Iterable[int]) -> tuple[dict[int, int], set[int]]:
        """Everybody's accounts, and who has just got one."""
        missing = {number: f"{self._label}-{number}" for number in set(wanted) - self._known.keys()}
        if not missing:
            return self._known, set()
        here = dict(User.objects.filter(username__in=missing.values()).values_list("username", "pk"))
        made = [self._account(name) for name in missing.values() if name not in here]
        fresh = {number for number, name in missing.items() if name not in here}
        here |= {user.username: user.pk for user in User.objects.bulk_create(made, batch_size=1000)}
        found = {number: here[name] for number, name in missing.items()}
        transaction.on_commit(lambda: self._known.update(found))
        return self._known | found, fresh

    def _account(self, name: str) -> User:
        """Nobody can enter it: it has no password, and its address can never receive a letter."""
        return User(
            username=name,
            email=f"{name}@{DOMAIN}",
            password=make_password(None),
            onboarding_completed=True,
            onboarding_completed_at=timezone.now(),
        )


@transaction.atomic
def store(part: Chunk, people: People, progress: Progress, *, file: str) -> list[Problem]:
    """One chunk. Answers the lines that lost to another rating of the same film.

    Somebody new has no rating that could be in the way: theirs go straight in, which takes two thirds of the time.
    Those of the others are staged and moved over. Both in the order of the index that they go into.
    """
    accounts, fresh = people.of(person for person, _ in part.rows)
    straight = (
        (accounts[person], film, "rating", rating, "import", datetime.fromtimestamp(at, UTC).isoformat())
        for (person, film), (_, rating, at) in part.rows.items()
        if person in fresh
    )
    staged = [
        (line, accounts[person], film, rating, at)
        for (person, film), (line, rating, at) in part.rows.items()
        if person not in fresh
    ]
    with connection.cursor() as cursor:
        loaded = copy.copy_rows(cursor, "user_movie_interactions", _COLUMNS, sorted(straight))
        moved, lost = _move(cursor, staged) if staged else (0, [])
    progress.loaded += loaded + moved
    progress.already += len(staged) - moved - len(lost)
    return [Problem(file, line, RATED_TWICE) for line in sorted(lost)]


def _move(cursor: CursorWrapper, rows: list[tuple[int, int, int, float, int]]) -> tuple[int, list[int]]:
    """How many of the rows are new, and the lines that lost."""
    cursor.execute(_STAGE)
    copy.copy_rows(cursor, "import_ratings", ("line", "person", "film", "rating", "at"), rows)
    cursor.execute(_MOVE)
    moved = cursor.rowcount
    return moved, _lost(cursor) if moved < len(rows) else []


def _lost(cursor: CursorWrapper) -> list[int]:
    cursor.execute(_CORRECT)
    lines = [line for (line,) in cursor.fetchall()]
    cursor.execute(_LOST)
    return lines + [line for (line,) in cursor.fetchall()]


class Skipped:
    """The lines left out: counted by reason, the first of each kept at hand, and all of them in a CSV file."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self._progress = progress
        path.parent.mkdir(parents=True, exist_ok=True)
        if not progress.log_bytes:
            path.write_text("file,line,reason\n")
            progress.log_bytes = path.stat().st_size
        with path.open("ab") as log:
            log.truncate(progress.log_bytes)

    def add(self, problems: list[Problem]) -> None:
        progress = self._progress
        for problem in problems:
            progress.skipped[problem.reason] = progress.skipped.get(problem.reason, 0) + 1
            first = progress.first_lines.setdefault(problem.reason, [])
            if len(first) < FIRST_LINES:
                first.append(f"{problem.file}:{problem.line}")
        with self.path.open("a", newline="") as log:
            csv.writer(log, lineterminator="\n").writerows(problems)
        progress.log_bytes = self.path.stat().st_size
