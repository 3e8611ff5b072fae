"""Films like a film: what its own likers like as well, and what it is made of where few have judged it."""

from collections.abc import Collection
from typing import cast

import numpy as np
from django.db import connection

from catalog.models import MovieGenre
from recs import explain, stock
from recs.algorithms import ContentScorer, GenreScorer, NeighboursScorer
from recs.algorithms.base import columns_of
from recs.shelf import CONTENT, GENRES, NEIGHBOURS, Pick, Shelf, best, id_array
from web.cache import get_or_build

REMEMBERED_SECONDS = 10 * 60
# Measured on what people like together and on shared genres: with these, six of seven films that the likers alone would
# find are still found, and films have half as much again in common.
LIKENESS = 0.65  # what content counts in any case: two films with the same likers may be nothing alike
POPULAR = 0.3  # the part of it that goes with popularity: of films as much alike the better liked is nearer
HALF_EVIDENCE = 5  # near films known at which the likers get half of the rest
TOP_CAST = 8

_MAKERS = """
    WITH makers AS (
        SELECT person_id, bool_or(job = 'Director') AS directs FROM movie_cast
        WHERE movie_id = %(movie)s AND (job = 'Director' OR (cast_type = 'cast' AND "order" < %(top)s))
        GROUP BY person_id
    )
    SELECT c.movie_id, count(DISTINCT c.person_id) + bool_or(c.job = 'Director' AND m.directs)::int
    FROM movie_cast c JOIN makers m USING (person_id)
    WHERE c.movie_id <> %(movie)s AND (c.job = 'Director' OR (c.cast_type = 'cast' AND c."order" < %(top)s))
    GROUP BY c.movie_id
"""


def similar(movie_id: int, *, n: int, exclude: Collection[int] = ()) -> list[Pick]:
    """At most n films like this one, nearest first."""
    shelf = stock.shelf()
    version = shelf.models[NEIGHBOURS].version if NEIGHBOURS in shelf.models else "none"
    about = shelf.models[CONTENT].version if CONTENT in shelf.models else "none"
    key = f"recs:similar:{movie_id}:{version}:{about}"
    scores = get_or_build(key, lambda: likeness(shelf, movie_id), seconds=REMEMBERED_SECONDS)
    model = shelf.models[GENRES]
    if len(scores) != len(model.allowed):  # another training came between
        scores = likeness(shelf, movie_id)
    mask = model.candidates(id_array({*exclude, movie_id}))
    columns = best(np.where(mask, scores, 0.0), n + stock.SPARE)
    reason = explain.similar(movie_id)
    found = [
        Pick(film, float(scores[column]), 0, NEIGHBOURS, reason, version)
        for film, column in zip(model.ids(columns), columns, strict=True)
    ]
    return stock.existing(found, n)


def likeness(shelf: Shelf, movie_id: int) -> np.ndarray:
    """How like this film every film of the genre model is, from 0 to 1, itself left aside."""
    films = cast(GenreScorer, shelf.models[GENRES].scorer)
    near, evidence = _nearness(shelf, movie_id, np.asarray(films.movie_ids))
    made_of = _content(shelf, movie_id, np.asarray(films.movie_ids))
    if made_of is None:
        made_of = _shared_facts(films, movie_id)
    nearest = float(made_of.max(initial=0.0, where=np.asarray(films.movie_ids) != movie_id))
    if nearest > 0:
        made_of = made_of / nearest**0.5  # half-way to the likers' scale, whose best is 1
    content = made_of * (1 - POPULAR + POPULAR * np.asarray(films.popularity))
    believed = (1 - LIKENESS) * evidence / (evidence + HALF_EVIDENCE)
    return (believed * near + (1 - believed) * content).astype(np.float32)


def _nearness(shelf: Shelf, movie_id: int, movie_ids: np.ndarray) -> tuple[np.ndarray, int]:
    out = np.zeros(len(movie_ids))
    if NEIGHBOURS not in shelf.models:
        return out, 0
    scorer = cast(NeighboursScorer, shelf.models[NEIGHBOURS].scorer)
    place = int(columns_of(np.array([movie_id]), np.asarray(scorer.movie_ids))[0])
    if place < 0:
        return out, 0
    others, nearness = scorer.near(place)
    columns = columns_of(np.asarray(scorer.movie_ids)[others], movie_ids)
    out[columns[columns >= 0]] = nearness[columns >= 0]
    return out, len(others)


def _content(shelf: Shelf, movie_id: int, movie_ids: np.ndarray) -> np.ndarray | None:
    """The cosine of what the films are made of; None for a film that came after the training, or before the first."""
    if CONTENT not in shelf.models:
        return None
    scorer = cast(ContentScorer, shelf.models[CONTENT].scorer)
    place = int(columns_of(np.array([movie_id]), np.asarray(scorer.movie_ids))[0])
    if place < 0:
        return None
    columns = columns_of(movie_ids, np.asarray(scorer.movie_ids))
    return np.where(columns >= 0, scorer.like(place)[columns], 0.0)


def _shared_facts(films: GenreScorer, movie_id: int) -> np.ndarray:
    """What stands in for it: shared genres and shared makers, as the database knows them now."""
    genre_ids = np.fromiter(MovieGenre.objects.filter(movie=movie_id).values_list("genre_id", flat=True), np.int64)
    return 0.5 * films.overlap(genre_ids) + 0.5 * _shared_makers(movie_id, np.asarray(films.movie_ids))


def _shared_makers(movie_id: int, movie_ids: np.ndarray) -> np.ndarray:
    """0 for no shared director or leading actor, rising to 1 with each."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKERS, {"movie": movie_id, "top": TOP_CAST})
        table = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    out = np.zeros(len(movie_ids))
    columns = columns_of(table[:, 0], movie_ids)
    inside = columns >= 0
    out[columns[inside]] = 1 - np.exp(-table[inside, 1] / 2)
    return out
