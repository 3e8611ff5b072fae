"""Lists of films, ready for a page: made from the models in use, and checked against the films that exist.

Before the first training, or when no model on disk is sound, everything still answers: the catalogue's own
popularity stands in, and the picks say so. A page that reads all its films in one query anyway asks with
`checked=False`: then a few more than n come, and some of their films may just have been deleted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from django.db import connection
from django.utils import timezone

from recs import explain
from recs.algorithms import row_of
from recs.shelf import CHAIN, COLLABORATIVE, POPULAR, Person, Pick, Shelf, Working, best, id_array, ranked
from recs.similar import similar
from recs.stock import SPARE, catalogue, existing, shelf
from recs.taste import NONE, Adjustments, Taste
from web.cache import get_or_build

__all__ = [
    "Pick",
    "Working",
    "because",
    "hidden_gems",
    "picks",
    "rank_of",
    "shelf",
    "similar",
    "terms_of",
    "trending",
]

NEUTRAL_TASTE = Taste()

TRENDING_SECONDS = 30 * 60
HALF_LIFE_DAYS = 7.0
TRENDING_DAYS = 28
TRENDING_PEOPLE = 3  # a film that one or two people marked is no trend
GEM_PERCENTILE = 75.0  # the less popular part of the catalogue in which gems are looked for
GEM_VOTES = 5
GEM_RATING = 6.5  # of 10, after pulling films with few votes towards the mean


def picks(
    history: Mapping[int, float],
    *,
    n: int,
    exclude: Collection[int] = (),
    genres: Sequence[int] = (),
    taste: Taste = NEUTRAL_TASTE,
    adjustments: Adjustments = NONE,
    groups: Sequence[str] = (),
    times: Mapping[int, float] | None = None,
    checked: bool = True,
) -> list[Pick]:
    """The best n films for somebody with this history (see `recs.feedback`); the excluded ones never come.

    `times`: when each film of the history was judged, in days since 1970. `groups`: `recs.dataset.groups_of` the
    person. Where the taste's filters leave fewer than n films, fewer come.
    """
    person = Person(history, genres, groups, times, taste, adjustments)
    found = shelf().picks(person, n=n + SPARE, exclude=exclude)
    return existing(found, n) if checked else found


def rank_of(
    movie_id: int,
    history: Mapping[int, float],
    *,
    exclude: Collection[int] = (),
    taste: Taste = NEUTRAL_TASTE,
    adjustments: Adjustments = NONE,
    groups: Sequence[str] = (),
    times: Mapping[int, float] | None = None,
) -> int | None:
    """The film's place in this person's whole list, counted from 1; None where the engine does not speak for it."""
    person = Person(history, (), groups, times, taste, adjustments)
    return shelf().rank_of(movie_id, person, exclude=exclude)


def terms_of(
    movie_id: int,
    history: Mapping[int, float],
    *,
    taste: Taste = NEUTRAL_TASTE,
    adjustments: Adjustments = NONE,
    groups: Sequence[str] = (),
    times: Mapping[int, float] | None = None,
) -> Working | None:
    """The working behind the film's score, by the engine that `picks` would ask; what the person did with the film
    itself is left out. None when no engine knows both the film and the person."""
    return shelf().working(movie_id, Person(history, (), groups, times, taste, adjustments))


def because(
    history: Mapping[int, float], seed_movie_id: int, *, n: int, exclude: Collection[int] = (), checked: bool = True
) -> list[Pick]:
    """Films that this one film of the person's speaks for most, and that their whole history does not speak against."""
    model = shelf().models.get(COLLABORATIVE)
    weight = history.get(seed_movie_id, 1.0)
    if model is None or weight <= 0:
        return []
    scorer = model.scorer
    seed = row_of({seed_movie_id: weight}, scorer.movie_ids)
    own = scorer.scores(seed)[0]
    whole = model.scores(row_of({**history, seed_movie_id: weight}, scorer.movie_ids))
    mask = model.candidates(id_array({*exclude, seed_movie_id})) & (whole > 0)
    columns = best(np.where(mask, own, 0.0), n + SPARE)
    shares = np.round(own[columns] / np.maximum(whole[columns], own[columns]), 4).tolist()
    found = [
        Pick(film, score, 0, model.name, explain.because([(seed_movie_id, share)]), model.version)
        for film, score, share in zip(model.ids(columns), own[columns].tolist(), shares, strict=True)
    ]
    return existing(found, n) if checked else ranked(found)


def hidden_gems(
    history: Mapping[int, float],
    *,
    n: int,
    exclude: Collection[int] = (),
    genres: Sequence[int] = (),
    checked: bool = True,
) -> list[Pick]:
    """Well-rated films of the less popular part of the catalogue, those that fit the person first."""
    found = _gem_shelf().picks(Person(history, genres), n=n + SPARE, exclude=exclude)
    told = [replace(pick, reason=explain.gem()) if pick.algorithm == POPULAR else pick for pick in found]
    return existing(told, n) if checked else told


# The gems of the shelf used last; another shelf comes with every look at the catalogue.
_last: tuple[Shelf, Shelf] = (Shelf({}), Shelf({}))


def _gem_shelf() -> Shelf:
    """The same models, which may pick gems only."""
    global _last  # noqa: PLW0603
    whole = shelf()
    if _last[0] is not whole:
        films, gems = catalogue(), _gems()
        chosen = {
            name: replace(model, allowed=model.allowed & films.allows(model.movie_ids, gems))
            for name, model in whole.models.items()
            if name in CHAIN
        }
        _last = (whole, Shelf(chosen, films))
    return _last[1]


def _gems() -> np.ndarray:
    """Which films of the catalogue are little known, and rated well by enough people to believe it."""
    films = catalogue()
    if not len(films.movie_ids):
        return np.empty(0, dtype=bool)
    little_known = films.popularity <= np.percentile(films.popularity, GEM_PERCENTILE)
    return little_known & (films.rating >= GEM_RATING) & (films.votes >= GEM_VOTES)


def trending(*, n: int, exclude: Collection[int] = (), checked: bool = True) -> list[Pick]:
    """What people here take to these days; with too little going on, what is popular."""
    now = get_or_build("recs:trending", _read_trending, seconds=TRENDING_SECONDS)
    left_out = set(exclude)
    allowed = catalogue().allows(np.array([film for film, _ in now], dtype=np.int64))
    fitting = (
        Pick(film, score, 0, "trending", explain.trending())
        for (film, score), shown in zip(now, allowed.tolist(), strict=True)
        if shown and film not in left_out
    )
    found = list(islice(fitting, n + SPARE))
    if len(found) < n:
        left_out.update(pick.movie_id for pick in found)
        found += shelf().picks(Person({}), n=n + SPARE - len(found), exclude=left_out)
    return existing(found, n) if checked else ranked(found)


def _read_trending() -> list[tuple[int, float]]:
    """Each person counts once a film, by their newest friendly act; its weight halves every seven days."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT movie_id, sum(exp(-ln(2) * extract(epoch FROM %(now)s - newest) / 86400 / %(half)s))::float8 AS score
            FROM (SELECT movie_id, user_id, max(timestamp) AS newest FROM user_movie_interactions
                  WHERE timestamp > %(now)s - make_interval(days => %(days)s) AND timestamp <= %(now)s
                    AND interaction_type NOT IN ('dislike', 'not_interested', 'click')
                    AND (rating IS NULL OR rating >= 3)
                  GROUP BY movie_id, user_id) AS recent
            GROUP BY movie_id HAVING count(*) >= %(people)s ORDER BY score DESC, movie_id LIMIT 500
            """,
            {"now": timezone.now(), "half": HALF_LIFE_DAYS, "days": TRENDING_DAYS, "people": TRENDING_PEOPLE},
        )
        return cursor.fetchall()
