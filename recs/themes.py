"""Lists with a theme, for the rows of the home page: about a film, little known, unlike the usual, from people alike.

As in `recs.serving`: with `checked=False` a few more than n come, and some may just have been deleted.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import islice
from typing import cast

import numpy as np
from django.db import connection
from django.utils import timezone

from catalog.models import Movie
from recs import artefacts, explain, taste
from recs.algorithms import AlikePeople, GenreScorer, row_of
from recs.algorithms.base import columns_of
from recs.shelf import CHAIN, GENRES, POPULAR, Person, Pick, Shelf, best, id_array, ranked
from recs.similar import similar
from recs.stock import SPARE, catalogue, existing, shelf
from web.cache import get_or_build

NEAR = 80  # films like a film among which a person's own are looked for
NEAR_SECONDS = 10 * 60

KNOWN_ENOUGH = 5  # films liked from which on there is a usual taste to differ from
POOL = 400  # the best films among which something different is looked for, a quarter of all at most
RARELY = 1 / 3  # the least usual part of them
DRAWN_FROM = 3  # times as many as are shown a day

NEAREST = 100  # people
FEWEST = 5  # of them must have taken to a film: of fewer it could be guessed who they are

TRENDING_SECONDS = 30 * 60
TRENDING_FILMS = 500
HALF_LIFE_DAYS = 7.0
TRENDING_DAYS = 28
TRENDING_PEOPLE = 3  # a film that one or two people marked is no trend
GEM_PERCENTILE = 75.0  # the less popular part of the catalogue in which gems are looked for
GEM_VOTES = 5
GEM_RATING = 6.5  # of 10, after pulling films with few votes towards the mean


def because(
    person: Person, seed_movie_id: int, *, n: int, exclude: Collection[int] = (), checked: bool = True
) -> list[Pick]:
    """Films like this one film of the person's, nearest first, of the half of all films that fits them better."""
    heard = shelf().speaker(person)
    if heard is None or person.history.get(seed_movie_id, 1.0) <= 0:
        return []
    mask = shelf().candidates(heard, person, id_array({*exclude, seed_movie_id})) & (heard.merit > 0)
    if not mask.any():
        return []
    mask &= heard.merit >= np.median(heard.merit[mask])
    near = _near(seed_movie_id, heard.model.version)
    columns = columns_of(id_array(near), heard.model.movie_ids)
    found = [
        Pick(film, nearness, 0, heard.model.name, explain.similar(seed_movie_id), heard.model.version)
        for (film, nearness), column in zip(near.items(), columns.tolist(), strict=True)
        if column >= 0 and mask[column]
    ][: n + SPARE]
    return existing(found, n) if checked else ranked(found)


def _near(movie_id: int, version: str) -> Mapping[int, float]:
    def ask() -> dict[int, float]:
        return {pick.movie_id: pick.score for pick in similar(movie_id, n=NEAR)}

    return get_or_build(f"recs:near:{movie_id}:{version}", ask, seconds=NEAR_SECONDS)


def hidden_gems(person: Person, *, n: int, exclude: Collection[int] = (), checked: bool = True) -> list[Pick]:
    """Well-rated films of the less popular part of the catalogue, those that fit the person first."""
    found = _gem_shelf().picks(person, n=n + SPARE, exclude=exclude, reason=explain.gem())
    return existing(found, n) if checked else found


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


def different(person: Person, *, n: int, day: str, exclude: Collection[int] = (), checked: bool = True) -> list[Pick]:
    """Good bets outside what the person usually likes, drawn anew each `day`: exploration, and to be called so."""
    heard = shelf().speaker(person)
    if heard is None or GENRES not in shelf().models or (heard.row.data > 0).sum() < KNOWN_ENOUGH:
        return []
    mask = shelf().candidates(heard, person, id_array(exclude))
    pool = best(np.where(mask, heard.merit, 0.0), min(POOL, int(mask.sum()) // 4))
    usual = _usual(person.history, heard.model.movie_ids[pool])
    rare = np.sort(np.argsort(usual, kind="stable")[: int(len(pool) * RARELY)])  # in the order of the scores again
    drawn = np.random.default_rng(list(day.encode())).permutation(min(len(rare), DRAWN_FROM * n))
    columns = pool[rare[np.concatenate([np.sort(drawn[:n]), np.sort(drawn[n : n + SPARE])])]]
    found = [
        Pick(film, score, 0, heard.model.name, explain.different(), heard.model.version)
        for film, score in zip(heard.model.ids(columns), heard.merit[columns].tolist(), strict=True)
    ]
    return existing(found, n) if checked else ranked(found)


def _usual(history: Mapping[int, float], movie_ids: np.ndarray) -> np.ndarray:
    """How much of each film lies in the genres that the person likes: 0 none, 1 the dearest of all."""
    scorer = cast(GenreScorer, shelf().models[GENRES].scorer)
    row = row_of({film: weight for film, weight in history.items() if weight > 0}, scorer.movie_ids)
    dear = np.asarray((row @ scorer.genres).todense(), dtype=np.float64).ravel()
    columns = columns_of(movie_ids, np.asarray(scorer.movie_ids))
    usual = (scorer.genres @ (dear / max(dear.max(initial=0.0), np.finfo(float).tiny)))[columns]
    return np.where(columns >= 0, usual, 1.0)


def alike(person: Person, *, n: int, exclude: Collection[int] = (), checked: bool = True) -> list[Pick]:
    """What the people whose taste is nearest took to lately, more than others did; nothing where they are too few."""
    found = artefacts.load("alike")
    if found is None:
        return []
    model = cast(AlikePeople, found.scorer)
    history = person.adjustments.applied(person.history)
    scores = model.liked(row_of(history, model.movie_ids), nearest=NEAREST, fewest=FEWEST)
    films = catalogue()
    allowed = films.allows(model.movie_ids, films.fitting(person.taste))
    out = columns_of(id_array(exclude), np.asarray(model.movie_ids))
    allowed[out[out >= 0]] = False
    columns = best(np.where(allowed, scores, 0.0), n + SPARE)
    ids, values = np.asarray(model.movie_ids)[columns].tolist(), scores[columns].tolist()
    picks = [
        Pick(film, score, 0, "alike", explain.alike(), found.version) for film, score in zip(ids, values, strict=True)
    ]
    return existing(picks, n) if checked else ranked(picks)


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
        found += shelf().picks(Person({}, taste=taste.Taste(POPULAR)), n=n + SPARE - len(found), exclude=left_out)
    return existing(found, n) if checked else ranked(found)


def _read_trending() -> list[tuple[int, float]]:
    """By the daily numbers of views, likes and ratings; before these were ever counted, by people's acts alone."""
    counted = Movie.objects.filter(trend_score__gt=0).order_by("-trend_score", "pk")
    return list(counted.values_list("pk", "trend_score")[:TRENDING_FILMS]) or _by_acts()


def _by_acts() -> list[tuple[int, float]]:
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
            GROUP BY movie_id HAVING count(*) >= %(people)s ORDER BY score DESC, movie_id LIMIT %(films)s
            """,
            {
                "now": timezone.now(),
                "half": HALF_LIFE_DAYS,
                "days": TRENDING_DAYS,
                "people": TRENDING_PEOPLE,
                "films": TRENDING_FILMS,
            },
        )
        return cursor.fetchall()
