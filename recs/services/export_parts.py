"""What our own export says of a person beside what they did with films. An app above adds its part by `register`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from accounts.models import User
from catalog.models import Genre, Movie, Person
from recs import taste as tastes
from recs.models import Adjustment

Part = Callable[[User], Any]
Kind = Adjustment.Kind


def taste(user: User) -> dict[str, Any]:
    """As they set it; null where they left it to us."""
    said = tastes.of(user)
    return {
        "algorithm": tastes.chosen(user) or None,
        "novelty": said.novelty,
        "diversity": said.diversity,
        "decade": said.decade or None,
        "certificate": said.certificate or None,
    }


def adjustments(user: User) -> list[dict[str, Any]]:
    """What counts less (below 1) or not at all (0) when we choose films. What is gone since has no name any more."""
    rows = list(user.adjustments.order_by("kind", "target"))
    named = {kind: names([row.target for row in rows if row.kind == kind]) for kind, names in _NAMES.items()}
    return [{"kind": row.kind, "weight": row.weight, **named.get(row.kind, {}).get(row.target, {})} for row in rows]


_PARTS: dict[str, Part] = {"taste": taste, "adjustments": adjustments}


def register(name: str, part: Part) -> None:
    """From now on the export holds this under this name; what `part` gives must fit into JSON."""
    _PARTS[name] = part


def of(user: User) -> Iterator[tuple[str, Any]]:
    return ((name, part(user)) for name, part in _PARTS.items())


def _films(ids: list[int]) -> Mapping[int, dict[str, Any]]:
    found = Movie.objects.filter(pk__in=ids).only("title", "release_date", "omdb_id", "tmdb_id")
    return {
        film.pk: {
            "title": film.title,
            "year": film.release_date.year if film.release_date else None,
            "imdb": film.omdb_id,
            "tmdb": film.tmdb_id,
        }
        for film in found
    }


def _genres(ids: list[int]) -> Mapping[int, dict[str, Any]]:
    return {one.pk: {"name": one.name, "tmdb": one.tmdb_id} for one in Genre.objects.filter(pk__in=ids)}


def _people(ids: list[int]) -> Mapping[int, dict[str, Any]]:
    return {one.pk: {"name": one.name, "tmdb": one.tmdb_id} for one in Person.objects.filter(pk__in=ids)}


_NAMES: Mapping[str, Callable[[list[int]], Mapping[int, dict[str, Any]]]] = {
    Kind.FILM: _films,
    Kind.GENRE: _genres,
    Kind.PERSON: _people,
}
