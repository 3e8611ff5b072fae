"""One simulated community over the starter catalogue, made once for all tests that look at it."""

import datetime
from functools import cache

import numpy as np

from catalog.sources import starter
from recs.demo import simulator
from recs.demo.simulator import Community
from recs.demo.world import Film

TODAY = datetime.date(2026, 3, 1)


@cache
def films() -> list[Film]:
    return [
        Film(
            id=row.tmdb_id,
            released=row.release_date,
            genres=frozenset(row.genre_ids),
            language=row.original_language,
            directors=frozenset(person.name for person in row.directors),
            rating=row.tmdb_rating,
            votes=row.tmdb_vote_count,
        )
        for row in sorted(starter.films(starter.FILMS), key=lambda row: row.tmdb_id)
    ]


@cache
def community(people: int = 2200, seed: int = 7) -> Community:
    return simulator.simulate(films(), people=people, seed=seed, today=TODAY)


def liked(people: Community) -> np.ndarray:
    """People × films: 1 where somebody gave four stars or more."""
    acts = people.acts
    rows = np.nan_to_num(acts.rating) >= 4
    matrix = np.zeros((len(people.languages), len(films())), dtype=np.float32)
    matrix[acts.person[rows], acts.film[rows]] = 1
    return matrix
