"""What is there to suggest from now: the films that may be shown, and the models in use."""

import time

import numpy as np
from django.db.models import Case, SmallIntegerField, When
from django.db.models.functions import ExtractYear

from catalog.models import Movie
from recs import artefacts, dataset
from recs.algorithms import ALGORITHMS, Scorer
from recs.films import UNKNOWN, Catalogue
from recs.shelf import GENRES, POPULAR, Model, Pick, Shelf, ranked
from recs.taste import CERTIFICATES
from web.cache import get_or_build

CATALOGUE_SECONDS = 60
STAND_IN_SECONDS = 5 * 60
RATING_PRIOR_VOTES = 50
FROM_CATALOGUE = (GENRES, POPULAR)  # the models that say something without anybody's feedback
SPARE = 10  # made beyond n, in case films were deleted since the models were trained


def catalogue() -> Catalogue:
    return get_or_build("recs:catalogue", _read_catalogue, seconds=CATALOGUE_SECONDS)


def _read_catalogue() -> Catalogue:
    """Released films for everybody. Ratings of TMDB and ours together, pulled to the mean where votes are few."""
    mildest_first = [When(certification=value, then=place) for place, value in enumerate(CERTIFICATES)]
    films = (
        Movie.objects.released()
        .filter(adult=False)
        .order_by("pk")
        .annotate(released_in=ExtractYear("release_date"))
        .annotate(strictness=Case(*mildest_first, default=UNKNOWN, output_field=SmallIntegerField()))
    )
    columns = ("pk", "popularity_score", "tmdb_rating", "tmdb_vote_count", "our_rating", "our_rating_count")
    rows = films.values_list(*columns, "released_in", "strictness")
    table = np.array(rows, dtype=np.float64).reshape(-1, len(columns) + 2)
    ids, popularity, theirs, their_votes, ours, our_votes, year, certificate = table.T
    their_votes, our_votes = np.where(np.isnan(theirs), 0, their_votes), np.where(np.isnan(ours), 0, our_votes)
    votes = their_votes + our_votes
    total = np.nan_to_num(theirs) * their_votes + np.nan_to_num(ours) * our_votes
    mean = total.sum() / votes.sum() if votes.sum() > 0 else 0.0
    rating = (total + RATING_PRIOR_VOTES * mean) / (votes + RATING_PRIOR_VOTES)
    return Catalogue(
        movie_ids=ids.astype(np.int64),
        popularity=popularity,
        rating=rating,
        votes=votes,
        year=np.nan_to_num(year).astype(np.int16),
        certificate=certificate.astype(np.int8),
        read_at=time.time(),
    )


# The shelf made last, and what it was made from: a page asks for half a dozen lists.
_last: tuple[tuple[object, ...], Shelf] = ((), Shelf({}))


def shelf() -> Shelf:
    """The models in use now. Popular and genres are made from the catalogue where no training left one."""
    global _last  # noqa: PLW0603
    films = catalogue()
    found = {name: artefacts.load(name) for name in ALGORITHMS}
    made_from = (films.read_at, *(artefact and artefact.version for artefact in found.values()))
    if made_from == _last[0]:
        return _last[1]
    models = {}
    for name, artefact in found.items():
        if artefact:
            models[name] = Model(artefact.scorer, artefact.version, films.allows(artefact.scorer.movie_ids))
        elif name in FROM_CATALOGUE:
            models[name] = _stand_in(name, films)
    made = Shelf(models, films)
    if all(found.values()):
        _last = (made_from, made)
    return made


def _stand_in(name: str, films: Catalogue) -> Model:
    def make() -> Scorer:
        return ALGORITHMS[name].fit(dataset.films(), seed=0)

    scorer = get_or_build(f"recs:{name}", make, seconds=STAND_IN_SECONDS)
    return Model(scorer, "", films.allows(scorer.movie_ids))


def existing(found: list[Pick], n: int) -> list[Pick]:
    """The first n whose films are still there."""
    there = set(Movie.objects.filter(pk__in=[pick.movie_id for pick in found]).values_list("pk", flat=True))
    return ranked([pick for pick in found if pick.movie_id in there][:n])
