"""The only door from the database to the algorithms."""

import numpy as np
from django.db import connection
from scipy.sparse import csr_matrix

from recs import feedback
from recs.algorithms import Dataset
from recs.algorithms.base import columns_of

_CODE = " ".join(
    [
        "CASE i.interaction_type WHEN 'rating' THEN (i.rating * 2)::int",
        f"WHEN 'click' THEN CASE WHEN i.metadata->>'from' = 'group' THEN {feedback.CODES['group']}",
        f"ELSE {feedback.CODES['click']} END",
        *(f"WHEN '{kind}' THEN {number}" for kind, number in feedback.CODES.items() if kind not in {"group", "click"}),
        "ELSE 0 END",
    ]
)
# One row with a packed column each: an order of magnitude faster than a row per act. PostgreSQL builds up to a
# gigabyte in one value, that is 250 million acts.
_ACTS = f"""
    SELECT string_agg(int4send(i.user_id::int), ''), string_agg(int4send(i.movie_id::int), ''),
           string_agg(int4send({_CODE}), '')
    FROM user_movie_interactions i JOIN users u ON u.id = i.user_id WHERE u.is_active
"""
_FILMS = """
    SELECT string_agg(int4send(id::int), '' ORDER BY id), string_agg(float8send(popularity_score), '' ORDER BY id)
    FROM movies
"""
_GENRES = """
    SELECT string_agg(int4send(movie_id::int), ''), string_agg(int4send(genre_id::int), '') FROM movie_genres
"""


def _packed(sql: str, *kinds: str) -> list[np.ndarray]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return [
        np.frombuffer(value or b"", kind).astype(kind.replace(">", "").replace("i4", "i8"))
        for value, kind in zip(row, kinds, strict=True)
    ]


def _standing(acts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of several acts of a person on a film the one that stands, and whether any of them settles the film."""
    people, films, codes = acts
    order = np.lexsort((feedback.PRIORITY[codes], films, people))
    people, films, codes = people[order], films[order], codes[order]
    same = (people[1:] == people[:-1]) & (films[1:] == films[:-1])
    first = np.flatnonzero(np.concatenate(([True], ~same))) if len(people) else np.empty(0, dtype=int)
    last = np.append(first[1:], len(people)) - 1 if len(first) else first
    settled = np.logical_or.reduceat(feedback.SETTLES[codes], first) if len(first) else np.empty(0, dtype=bool)
    return people[last], films[last], codes[last], settled


def films() -> Dataset:
    """The catalogue with its genres and nobody's feedback."""
    movie_ids, popularity = _packed(_FILMS, ">i4", ">f8")
    pair_films, pair_genres = _packed(_GENRES, ">i4", ">i4")
    genre_ids = np.unique(pair_genres)
    columns = columns_of(pair_films, movie_ids)
    inside = columns >= 0
    places = (columns[inside], np.searchsorted(genre_ids, pair_genres[inside]))
    genres = csr_matrix((np.ones(inside.sum()), places), shape=(len(movie_ids), len(genre_ids)))
    return Dataset(
        feedback=csr_matrix((0, len(movie_ids)), dtype=np.float32),
        user_ids=np.empty(0, dtype=np.int64),
        movie_ids=movie_ids,
        genres=genres,
        genre_ids=genre_ids,
        popularity=popularity,
    )


def load() -> Dataset:
    """Everything that active people did, with what is known of the films."""
    side = films()
    people, acted, codes, settled = _standing(_packed(_ACTS, ">i4", ">i4", ">i4"))
    columns = columns_of(acted, side.movie_ids)  # a film may have come between the two queries
    people, columns, codes, settled = (part[columns >= 0] for part in (people, columns, codes, settled))
    user_ids, rows = np.unique(people, return_inverse=True)
    shape = (len(user_ids), len(side.movie_ids))
    signed = csr_matrix((feedback.WEIGHTS[codes].astype(np.float32), (rows, columns)), shape=shape)
    signed.eliminate_zeros()
    return Dataset(
        feedback=signed,
        known=csr_matrix((np.ones(settled.sum(), dtype=np.int8), (rows[settled], columns[settled])), shape=shape),
        user_ids=user_ids,
        movie_ids=side.movie_ids,
        genres=side.genres,
        genre_ids=side.genre_ids,
        popularity=side.popularity,
    )
