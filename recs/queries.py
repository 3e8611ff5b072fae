"""Reads that are shaped by a page."""

import datetime
import json
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, FloatField, Value
from django.db.models.functions import Cast

from accounts.models import User
from catalog.cards import MovieCard, by_ids
from catalog.models import Genre, Movie
from catalog.models.movie import MovieQuerySet
from recs.models import Adjustment, GenrePreference, Interaction, Recommendation
from recs.taste import NONE, Adjustments
from web.cache import get_or_build

PICKS = 40  # twice a row: when more than half of them is done with, new ones are made
DAY = 24 * 60 * 60
ENOUGH_VOTES = 200  # a mean of fewer votes than this is pulled towards the usual one
USUAL_RATING = 6.5


_STORED = """
    SELECT movie_id, score, reason::text, algorithm, model_version, generated_at FROM user_recommendations
    WHERE user_id = %s ORDER BY rank, score DESC, id LIMIT %s
"""


class StoredPick(NamedTuple):
    """A row of `user_recommendations`, as the home page reads it."""

    movie_id: int
    score: float
    reason: dict[str, Any]
    algorithm: str
    model_version: str
    generated_at: datetime.datetime


def stored_picks(user: User) -> list[StoredPick]:
    """In plain SQL: the home page asks at every visit, and Django takes longer to write the query than to run it."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [user.pk, PICKS])
        rows = cursor.fetchall()
    return [StoredPick(film, score, json.loads(reason), *rest) for film, score, reason, *rest in rows]


def stored_pick(user: User, movie: Movie) -> StoredPick | None:
    rows = Recommendation.objects.filter(user=user, movie=movie).order_by("-generated_at", "rank")
    return next((StoredPick._make(row) for row in rows.values_list(*StoredPick._fields)[:1]), None)


def rated_at(user: User, ids: Collection[int]) -> dict[int, datetime.datetime]:
    rows = Interaction.objects.ratings().filter(user=user, movie_id__in=ids)
    return dict(rows.values_list("movie_id", "timestamp"))


def cards(ids: Collection[int]) -> dict[int, MovieCard]:
    """Every card of a page in one query."""
    return by_ids(ids)


def genre_preferences(user: User) -> list[int]:
    return list(GenrePreference.objects.filter(user=user).values_list("genre_id", flat=True))


_ADJUSTMENTS = "SELECT kind, target, weight FROM recommendation_adjustments WHERE user_id = %s"


def adjustments(user: User) -> Adjustments:
    """In plain SQL as well: every home page asks."""
    films: dict[int, float] = {}
    features: dict[str, float] = {}
    popularity = 1.0
    with connection.cursor() as cursor:
        cursor.execute(_ADJUSTMENTS, [user.pk])
        for kind, target, weight in cursor.fetchall():
            if kind == Adjustment.Kind.FILM:
                films[target] = weight
            elif kind == Adjustment.Kind.POPULARITY:
                popularity = weight
            else:
                features[f"{kind}:{target}"] = weight
    return Adjustments(films, features, popularity) if films or features or popularity != 1.0 else NONE


def genre_names() -> dict[int, str]:
    return get_or_build("genre-names", lambda: dict(Genre.objects.values_list("pk", "name")), seconds=DAY)


def popular(limit: int) -> MovieQuerySet:
    return _for_all().best_known()[:limit]


def new(limit: int, *, at: datetime.date | None = None) -> MovieQuerySet:
    return _for_all().released(at).order_by("-release_date", "-popularity_score", "pk")[:limit]


def acclaimed(limit: int) -> MovieQuerySet:
    """By rating, where a few enthusiastic votes do not beat many."""
    votes = Cast(F("tmdb_vote_count"), FloatField())
    weighed = (F("tmdb_rating") * votes + Value(USUAL_RATING * ENOUGH_VOTES)) / (votes + Value(float(ENOUGH_VOTES)))
    films = _for_all().filter(tmdb_rating__isnull=False)
    return films.order_by(weighed.desc(), "pk")[:limit]


def _for_all() -> MovieQuerySet:
    return Movie.objects.filter(adult=False)
