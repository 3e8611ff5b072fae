"""Lists of films, ready for a page: made from the models in use, and checked against the films that exist.

Before the first training, or when no model on disk is sound, everything still answers: the catalogue's own
popularity stands in, and the picks say so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db import connection
from django.utils import timezone

from catalog.models import Movie
from recs import artefacts, dataset, explain
from recs.algorithms import ALGORITHMS, row_of
from recs.algorithms.base import columns_of
from recs.shelf import COLLABORATIVE, POPULAR, Model, Pick, Shelf, best, id_array, ranked
from web.cache import get_or_build

__all__ = ["Pick", "because", "hidden_gems", "picks", "shelf", "similar", "trending"]

CATALOGUE_SECONDS = 60
TRENDING_SECONDS = 30 * 60
HALF_LIFE_DAYS = 7.0
TRENDING_DAYS = 28
TRENDING_PEOPLE = 3  # a film that one or two people marked is no trend
GEM_PERCENTILE = 60.0  # the less popular part of the catalogue in which gems are looked for
GEM_RATING = 6.5  # of 10, after pulling films with few votes towards the mean
RATING_PRIOR_VOTES = 50
SPARE = 10  # made beyond n, in case films were deleted since the models were trained


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Which films may be suggested, and what the lists beside the models need to know of them."""

    movie_ids: np.ndarray
    popularity: np.ndarray
    rating: np.ndarray

    def allows(self, movie_ids: np.ndarray) -> np.ndarray:
        return columns_of(np.asarray(movie_ids), self.movie_ids) >= 0


def catalogue() -> Catalogue:
    return get_or_build("recs:catalogue", _read_catalogue, seconds=CATALOGUE_SECONDS)


def _read_catalogue() -> Catalogue:
    """Released films for everybody. Ratings of TMDB and ours together, pulled to the mean where votes are few."""
    films = Movie.objects.released().filter(adult=False).order_by("pk")
    columns = ("pk", "popularity_score", "tmdb_rating", "tmdb_vote_count", "our_rating", "our_rating_count")
    table = np.array(films.values_list(*columns), dtype=np.float64).reshape(-1, len(columns))
    ids, popularity, theirs, their_votes, ours, our_votes = table.T
    votes = np.where(np.isnan(theirs), 0, their_votes) + np.where(np.isnan(ours), 0, our_votes)
    total = np.nan_to_num(theirs) * their_votes + np.nan_to_num(ours) * our_votes
    mean = total.sum() / votes.sum() if votes.sum() > 0 else 0.0
    rating = (total + RATING_PRIOR_VOTES * mean) / (votes + RATING_PRIOR_VOTES)
    return Catalogue(ids.astype(np.int64), popularity, rating)


def shelf() -> Shelf:
    """The models in use now. Popular and genres are made from the catalogue where no training left one."""
    allows = catalogue().allows
    models = {}
    for name, algorithm in ALGORITHMS.items():
        artefact = artefacts.load(name)
        if artefact:
            models[name] = Model(artefact.scorer, artefact.version, allows(artefact.scorer.movie_ids))
        elif name != COLLABORATIVE:
            scorer = get_or_build(f"recs:{name}", lambda fit=algorithm.fit: fit(dataset.films(), seed=0), seconds=300)
            models[name] = Model(scorer, "", allows(scorer.movie_ids))
    return Shelf(models)


def existing(found: list[Pick], n: int) -> list[Pick]:
    """The first n whose films are still there."""
    there = set(Movie.objects.filter(pk__in=[pick.movie_id for pick in found]).values_list("pk", flat=True))
    return ranked([pick for pick in found if pick.movie_id in there][:n])


def picks(
    history: Mapping[int, float],
    *,
    n: int,
    exclude: Collection[int] = (),
    genres: Sequence[int] = (),
    algorithm: str = COLLABORATIVE,
) -> list[Pick]:
    """The best n films for somebody with this history (see `recs.feedback`); the excluded ones never come."""
    found = shelf().picks(history, n=n + SPARE, exclude=exclude, genres=genres, algorithm=algorithm)
    return existing(found, n)


def because(history: Mapping[int, float], seed_movie_id: int, *, n: int, exclude: Collection[int] = ()) -> list[Pick]:
    """Films that this one film of the person's speaks for most, and that their whole history does not speak against."""
    model = shelf().models.get(COLLABORATIVE)
    weight = history.get(seed_movie_id, 1.0)
    if model is None or weight <= 0:
        return []
    scorer = model.scorer
    seed = row_of({seed_movie_id: weight}, scorer.movie_ids)
    own = scorer.scores(seed)[0]
    whole = scorer.scores(row_of({**history, seed_movie_id: weight}, scorer.movie_ids))[0]
    mask = model.candidates(id_array({*exclude, seed_movie_id})) & (whole > 0)
    columns = best(np.where(mask, own, 0.0), n + SPARE)
    share = own[columns] / np.maximum(whole[columns], own[columns])
    found = [
        Pick(film, float(own[column]), 0, model.name, explain.because([(seed_movie_id, float(part))]), model.version)
        for film, column, part in zip(model.ids(columns), columns, share, strict=True)
    ]
    return existing(found, n)


def hidden_gems(
    history: Mapping[int, float], *, n: int, exclude: Collection[int] = (), genres: Sequence[int] = ()
) -> list[Pick]:
    """Well-rated films of the less popular part of the catalogue, those that fit the person first."""
    known = catalogue()
    little = known.popularity <= np.percentile(known.popularity, GEM_PERCENTILE) if len(known.popularity) else []
    gems = known.movie_ids[little & (known.rating >= GEM_RATING)] if len(known.movie_ids) else known.movie_ids
    models = {
        name: replace(model, allowed=model.allowed & np.isin(model.scorer.movie_ids, gems))
        for name, model in shelf().models.items()
    }
    found = Shelf(models).picks(history, n=n + SPARE, exclude=exclude, genres=genres)
    told = [replace(pick, reason=explain.gem()) if pick.algorithm == POPULAR else pick for pick in found]
    return existing(told, n)


def trending(*, n: int, exclude: Collection[int] = ()) -> list[Pick]:
    """What people here take to these days; with too little going on, what is popular."""
    now = get_or_build("recs:trending", _read_trending, seconds=TRENDING_SECONDS)
    left_out = set(exclude)
    found = [
        Pick(film, score, 0, "trending", explain.trending())
        for film, score in now
        if film not in left_out and catalogue().allows(np.array([film]))[0]
    ][: n + SPARE]
    if len(found) < n:
        left_out.update(pick.movie_id for pick in found)
        found += shelf().picks({}, n=n + SPARE - len(found), exclude=left_out, algorithm=POPULAR)
    return existing(found, n)


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


def similar(movie_id: int, *, n: int, exclude: Collection[int] = ()) -> list[Pick]:
    """Films like this one: what its own likers like as well, and what it is made of where few have judged it."""
    return []
