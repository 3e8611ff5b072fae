"""Small sites for the recommender's tests. Their rows have the same numbers in every test: one training serves all."""

import pickle
import shutil
import tempfile
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from catalog.models import Movie, MovieGenre
from recs import artefacts, dataset, queries
from recs.models import Interaction, Recommendation
from recs.services import popularity, training
from tests import factories

PEOPLE, FILMS = 12, 8
FIRST = 70_000_000  # far from the numbers that the database gives
LATELY = timezone.now()
_learnt: dict[bytes, tuple["tempfile.TemporaryDirectory[str]", list[dict[str, Any]]]] = {}


def _films(titles: Iterable[str], genres: tuple[str, ...], popularity: Iterable[float]) -> list[Movie]:
    """The genres take turns."""
    found = [factories.genre(name, id=FIRST + place) for place, name in enumerate(genres)]
    made = Movie.objects.bulk_create(
        factories.unsaved_movie(id=FIRST + place, title=title, popularity_score=score)
        for place, (title, score) in enumerate(zip(titles, popularity, strict=True))
    )
    MovieGenre.objects.bulk_create(
        MovieGenre(movie=film, genre=found[place % len(found)]) for place, film in enumerate(made)
    )
    return made


def _people(*names: str) -> list[User]:
    return User.objects.bulk_create(
        User(id=FIRST + place, username=name, email=f"{name}@example.org") for place, name in enumerate(names)
    )


def _rated(acts: Iterable[tuple[User, Movie, float]]) -> None:
    Interaction.objects.bulk_create(
        Interaction(user=person, movie=film, interaction_type="rating", rating=stars, timestamp=LATELY)
        for person, film, stars in acts
    )


def two_circles() -> tuple[list[Movie], list[Movie]]:
    """Two circles of people, each fond of its own films; one film of each is missed by a few. Westerns and romances."""
    genres = ("Western", "Romance")
    made = _films((f"{genres[n % 2]} {n // 2}" for n in range(2 * FILMS)), genres, [1.0] * 2 * FILMS)
    circles = made[::2], made[1::2]
    people = _people(*(f"{name.lower()}-{number}" for name in genres for number in range(PEOPLE)))
    _rated(
        (person, film, 4.5 if (place + number) % 2 else 5.0)
        for circle, fond in enumerate(circles)
        for number, person in enumerate(people[circle * PEOPLE : (circle + 1) * PEOPLE])
        for place, film in enumerate(fond)
        if (place + number) % FILMS
    )
    return circles


def films(many: int) -> list[Movie]:
    """Of three genres, the first the most popular."""
    return _films((f"Film {place}" for place in range(many)), ("Drama", "Comedy", "Crime"), range(many, 0, -1))


def town() -> list[Movie]:
    """Ninety films and two dozen people who agree about every second of them, and models that learnt from it."""
    made = films(90)
    _rated(
        (person, film, 4.5)
        for number, person in enumerate(_people(*(f"neighbour-{number}" for number in range(24))))
        for place, film in enumerate(made)
        if place % 2 == number % 2 and (place + number) % 5
    )
    train()
    return made


def trained() -> tuple[list[Movie], list[Movie]]:
    circles = two_circles()
    train()
    return circles


def train() -> None:
    """A training as usual; if it learnt from the same rows before, the models and picks of then are put in place."""
    popularity.refresh()
    rows = pickle.dumps((dataset.load(), queries.all_genre_preferences()))
    if rows in _learnt:
        folder, picks = _learnt[rows]
        shutil.copytree(folder.name, settings.MODELS_DIR, dirs_exist_ok=True)
        artefacts.forget()
        Recommendation.objects.bulk_create(Recommendation(**pick) for pick in picks)
    else:
        training.train()
        folder = tempfile.TemporaryDirectory()
        shutil.copytree(settings.MODELS_DIR, folder.name, dirs_exist_ok=True)
        fields = ["user_id", "movie_id", "score", "algorithm", "rank", "reason", "model_version"]
        _learnt[rows] = folder, list(Recommendation.objects.values(*fields))
