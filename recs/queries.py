"""Reads that are shaped by a page."""

import datetime
import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Cast

from accounts.models import User
from catalog.cards import MovieCard, by_ids
from catalog.models import Genre, Movie
from catalog.models.movie import MovieQuerySet
from recs.models import Adjustment, Assignment, Experiment, GenrePreference, Interaction, Recommendation
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


def arm_of(user: User, algorithm: str) -> Assignment | None:
    """The arm of a running test that had this person's picks made by this algorithm, once they have seen it."""
    drawn = Assignment.objects.filter(user=user, phase=F("experiment__phase"), first_exposed_at__isnull=False)
    drawn = drawn.filter(experiment__status=Experiment.Status.RUNNING)
    arm_a = Q(variant="a", experiment__algorithm_a=algorithm)
    arm_b = Q(variant="b", experiment__algorithm_b=algorithm)
    return drawn.filter(arm_a | arm_b).select_related("experiment").first()


def rated_at(user: User, ids: Collection[int]) -> dict[int, datetime.datetime]:
    rows = Interaction.objects.ratings().filter(user=user, movie_id__in=ids)
    return dict(rows.values_list("movie_id", "timestamp"))


def cards(ids: Collection[int]) -> dict[int, MovieCard]:
    """Every card of a page in one query."""
    return by_ids(ids)


def genre_preferences(user: User) -> list[int]:
    return list(GenrePreference.objects.filter(user=user).values_list("genre_id", flat=True))


def all_genre_preferences() -> dict[int, list[int]]:
    """The genres that active people named, by person."""
    found: dict[int, list[int]] = {}
    rows = GenrePreference.objects.filter(user__is_active=True).order_by("pk").values_list("user_id", "genre_id")
    for user_id, genre_id in rows:
        found.setdefault(user_id, []).append(genre_id)
    return found


_ADJUSTMENTS = "SELECT user_id, kind, target, weight FROM recommendation_adjustments WHERE user_id = ANY(%s)"


def adjustments(user: User) -> Adjustments:
    return all_adjustments([user.pk]).get(user.pk, NONE)


def all_adjustments(user_ids: Sequence[int]) -> dict[int, Adjustments]:
    """Of those who told us to use less of something. In plain SQL as well: every home page asks."""
    with connection.cursor() as cursor:
        cursor.execute(_ADJUSTMENTS, [list(user_ids)])
        rows = cursor.fetchall()
    by_person: dict[int, list[tuple[str, int, float]]] = {}
    for user_id, *told in rows:
        by_person.setdefault(user_id, []).append(tuple(told))
    return {user_id: _collected(told) for user_id, told in by_person.items()}


def _collected(told: list[tuple[str, int, float]]) -> Adjustments:
    kinds = Adjustment.Kind
    return Adjustments(
        films={target: weight for kind, target, weight in told if kind == kinds.FILM},
        features={f"{kind}:{target}": weight for kind, target, weight in told if kind in (kinds.GENRE, kinds.PERSON)},
        popularity=next((weight for kind, _target, weight in told if kind == kinds.POPULARITY), 1.0),
    )


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
