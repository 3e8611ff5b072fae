"""The only door from the database to the algorithms."""

from dataclasses import replace
from datetime import date

import numpy as np
from django.utils import timezone
from scipy.sparse import csr_matrix

from accounts.models import User
from recs import feedback
from recs.algorithms import Dataset
from recs.algorithms.base import columns_of
from recs.features import Named, features, genres, table
from recs.packed import one_row, packed

_CODE = " ".join(
    [
        "CASE i.interaction_type WHEN 'rating' THEN (i.rating * 2)::int",
        f"WHEN 'click' THEN CASE WHEN i.metadata->>'from' = 'group' THEN {feedback.CODES['group']}",
        f"ELSE {feedback.CODES['click']} END",
        *(f"WHEN '{kind}' THEN {number}" for kind, number in feedback.CODES.items() if kind not in {"group", "click"}),
        "ELSE 0 END",
    ]
)
_ACTS = f"""
    SELECT string_agg(int4send(i.user_id::int), ''), string_agg(int4send(i.movie_id::int), ''),
           string_agg(int4send({_CODE}), ''), string_agg(timestamptz_send(i.timestamp), '')
    FROM user_movie_interactions i JOIN users u ON u.id = i.user_id WHERE u.is_active
"""
_FILMS = """
    SELECT string_agg(int4send(id::int), '' ORDER BY id), string_agg(float8send(popularity_score), '' ORDER BY id)
    FROM movies
"""
# Age, country and language of those only who allow it.
_PEOPLE = """
    SELECT array_agg(id), array_agg(date_part('year', age(%(today)s::date, date_of_birth))::int),
           array_agg(country), array_agg(preferred_language)
    FROM users WHERE is_active AND allow_demographic_targeting
"""
DAY, POSTGRES_DAY = 86_400e6, 10_957  # PostgreSQL sends microseconds since the first day of 2000
BANDS = (0, 18, 25, 35, 45, 55, 65)  # the youngest age of each band


def films() -> Dataset:
    """The catalogue, with what its films are made of, and nobody's feedback."""
    movie_ids, popularity = packed(_FILMS, ">i4", ">f8")
    by_genre, genre_ids = genres(movie_ids)
    made_of, names = features(movie_ids, (by_genre, genre_ids))
    return Dataset(
        feedback=csr_matrix((0, len(movie_ids)), dtype=np.float32),
        user_ids=np.empty(0, dtype=np.int64),
        movie_ids=movie_ids,
        genres=by_genre,
        genre_ids=genre_ids,
        features=made_of,
        feature_names=names,
        popularity=popularity,
    )


def load() -> Dataset:
    """Everything that active people did, with what is known of the films and what people allow to be used of them."""
    side = films()
    people, acted, codes, since = packed(_ACTS, ">i4", ">i4", ">i4", ">i8")
    days = since / DAY + POSTGRES_DAY
    columns = columns_of(acted, side.movie_ids)  # a film may have come between the two queries
    inside = columns >= 0
    columns, codes, days = columns[inside], codes[inside], days[inside]
    user_ids, rows = np.unique(people[inside], return_inverse=True)
    last, settled = _standing(rows, columns, codes)
    told = last[feedback.WEIGHTS[codes[last]] != 0]
    rated = np.flatnonzero((codes > 0) & (codes < feedback.FIRST_MARK))

    def cells(values: np.ndarray, where: np.ndarray) -> csr_matrix:
        return csr_matrix((values, (rows[where], columns[where])), shape=(len(user_ids), len(side.movie_ids)))

    groups, group_names = _groups(user_ids)
    return replace(
        side,
        feedback=cells(feedback.WEIGHTS[codes[told]].astype(np.float32), told),
        known=cells(np.ones(settled.sum(), dtype=np.int8), last[settled]),
        stars=cells((codes[rated] / 2).astype(np.float32), rated),
        times=cells(days[told], told),
        user_ids=user_ids,
        groups=groups,
        group_names=group_names,
    )


def _standing(rows: np.ndarray, columns: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of several acts of a person on a film the place of the one that stands, and whether any of them settles it."""
    rank = np.empty(len(feedback.PRIORITY), dtype=np.int64)
    rank[np.argsort(feedback.PRIORITY, kind="stable")] = np.arange(len(rank))
    cell = rows * (columns.max(initial=0) + 1) + columns
    order = np.argsort(cell * len(rank) + rank[codes])  # one sort of one key is far quicker than a sort by three
    first = np.flatnonzero(np.diff(cell[order], prepend=-1))
    last = np.append(first[1:], len(cell)) - 1 if len(first) else first
    settled = np.logical_or.reduceat(feedback.SETTLES[codes[order]], first) if len(first) else np.empty(0, dtype=bool)
    return order[last], settled


def groups_of(user: User) -> list[str]:
    """The groups this person belongs to, by the names that `load` gives them; none where they do not allow it."""
    if not user.allow_demographic_targeting:
        return []
    today, born = timezone.localdate(), user.date_of_birth
    return _group_names(None if born is None else _age(born, today), user.country, user.preferred_language)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _groups(user_ids: np.ndarray) -> Named:
    """People × groups and the groups' names."""
    told = (part or [] for part in one_row(_PEOPLE, {"today": timezone.localdate()}))
    names = [(number, name) for number, *facts in zip(*told, strict=True) for name in _group_names(*facts)]
    ids = np.array([number for number, _ in names], dtype=np.int64)
    return table(ids, np.array([name for _, name in names], dtype=np.str_), np.ones(len(names)), user_ids)


def _group_names(age: int | None, country: str, language: str) -> list[str]:
    where = " ".join(country.casefold().split())  # people type it
    return [
        *([] if age is None or age < 0 else [f"age:{_band(age)}"]),
        *([f"country:{where}"] if where else []),
        *([f"language:{language}"] if language else []),
    ]


def _band(age: int) -> str:
    start = max(band for band in BANDS if band <= age)
    later = [band for band in BANDS if band > age]
    return f"{start}-{later[0] - 1}" if later else f"{start}+"
