"""Plain functions that make one row each; everything has a default, everything can be said."""

import datetime
import itertools
from typing import Any

from django.utils.text import slugify

from accounts.models import User
from catalog.models import Credit, Genre, Movie, MovieGenre, Person
from recs.models import Interaction

_numbers = itertools.count(1)


def user(*, email: str | None = None, password: str = "open sesame 42", **fields: Any) -> User:
    number = next(_numbers)
    return User.objects.create_user(
        username=fields.pop("username", f"person-{number}"),
        email=email or f"person-{number}@example.org",
        password=password,
        **fields,
    )


def genre(name: str = "Drama", **fields: Any) -> Genre:
    found, _ = Genre.objects.get_or_create(
        name=name, defaults={"tmdb_id": next(_numbers) + 50_000, "slug": slugify(name), **fields}
    )
    return found


def unsaved_movie(*, title: str | None = None, year: int = 1999, **fields: Any) -> Movie:
    number = next(_numbers)
    title = title or f"Film {number}"
    return Movie(
        **{
            "title": title,
            "original_title": title,
            "slug": f"{slugify(title)}-{year}-{number}",
            "tmdb_id": number + 900_000,
            "release_date": datetime.date(year, 6, 1),
            "runtime": 100,
            "certification": "PG",
            "original_language": "en",
            "tmdb_rating": 7.0,
            "tmdb_vote_count": 100,
            "popularity_score": 1.0,
            **fields,
        }
    )


def movie(*, genres: list[str] | None = None, **fields: Any) -> Movie:
    made = unsaved_movie(**fields)
    made.save(force_insert=True)
    for name in genres or ["Drama"]:
        MovieGenre.objects.create(movie=made, genre=genre(name))
    return made


def person(name: str = "Ana Example", **fields: Any) -> Person:
    return Person.objects.create(name=name, slug=f"{slugify(name)}-{next(_numbers)}", **fields)


def credit(movie: Movie, person: Person, **fields: Any) -> Credit:
    return Credit.objects.create(movie=movie, person=person, **{"cast_type": "cast", "order": 0, **fields})


def rating(user: User, movie: Movie, rating: float, **fields: Any) -> Interaction:
    return Interaction.objects.create(user=user, movie=movie, interaction_type="rating", rating=rating, **fields)


def mark(user: User, movie: Movie, kind: str, **fields: Any) -> Interaction:
    return Interaction.objects.create(user=user, movie=movie, interaction_type=kind, **fields)
