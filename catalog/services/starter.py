"""Puts the starter catalogue into the database."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from catalog import slugs
from catalog.models import Credit, Genre, Movie, MovieGenre, Person
from catalog.sources import starter
from catalog.sources.records import StarterFilm, StarterPerson

MAIN_CAST = 5
DIRECTOR = "Director"
USUAL_RATING = 6.5
FULL_TRUST = 300
_FIELDS = (
    *("tmdb_id", "omdb_id", "title", "original_title", "overview", "release_date", "runtime", "director", "main_cast"),
    *("countries", "tmdb_rating", "tmdb_vote_count", "certification", "original_language", "updated_at"),
)

Progress = Callable[[int, int], None]
Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did, in films; `people` and `genres` are the new ones."""

    added: int
    updated: int
    unchanged: int
    people: int
    genres: int


def first_popularity(*, rating: float, votes: int) -> float:
    """How high a film stands before anybody here has done anything.

    The TMDB rating drawn towards the usual one (as if FULL_TRUST people had given that) times the number of
    digits of the vote count: a film that ten times as many people know counts one step more.
    """
    trusted = (rating * votes + USUAL_RATING * FULL_TRUST) / (votes + FULL_TRUST)
    return round(trusted * math.log10(votes + 1), 3)


@transaction.atomic
def load(
    *,
    films: Path = starter.FILMS,
    genres: Path = starter.GENRES,
    update: bool = False,
    progress: Progress = lambda done, total: None,
) -> Loaded:
    """Add the films that are missing, known by TMDB or IMDb number; with `update`, bring the others up to the file.

    One transaction: a bad row or a stop on the way leaves nothing behind. An update changes only what the file
    holds (credits and genres are replaced), so posters, taglines and what people here did stay; popularity is set
    once, when a film is added.
    """
    rows = list(starter.films(films))
    known_genres, new_genres = genre_rows(genres)
    numbers = [row.tmdb_id for row in rows], [row.imdb_id for row in rows]
    present = list(Movie.objects.filter(Q(tmdb_id__in=numbers[0]) | Q(omdb_id__in=numbers[1])))
    known = {movie.omdb_id: movie for movie in present} | {movie.tmdb_id: movie for movie in present}
    pairs = [(row, known.get(row.tmdb_id) or known.get(row.imdb_id)) for row in rows]
    fresh = _insert([row for row, movie in pairs if movie is None])
    changed = _update([(row, movie) for row, movie in pairs if movie is not None]) if update else []
    people = _attach(fresh + changed, known_genres, progress)
    counts = {"added": len(fresh), "updated": len(changed), "unchanged": len(rows) - len(fresh) - len(changed)}
    return Loaded(**counts, people=people, genres=new_genres)


def genre_rows(path: Path = starter.GENRES) -> tuple[dict[int, Genre], int]:
    """The genres by TMDB number; one that stands under its name already is taken as it is."""
    rows = starter.genres(path)
    before = Genre.objects.count()
    Genre.objects.bulk_create(
        [Genre(tmdb_id=row.tmdb_id, name=row.name, slug=slugify(row.name)) for row in rows], ignore_conflicts=True
    )
    by_name = {genre.name: genre for genre in Genre.objects.all()}
    return {row.tmdb_id: by_name[row.name] for row in rows if row.name in by_name}, len(by_name) - before


def _values(row: StarterFilm) -> dict[str, object]:
    return {
        "tmdb_id": row.tmdb_id,
        "omdb_id": row.imdb_id,
        "title": row.title,
        "original_title": row.original_title,
        "overview": row.overview,
        "release_date": row.release_date,
        "runtime": row.runtime,
        "director": _display([person.name for person in row.directors]),
        "main_cast": [role.person.name for role in row.cast[:MAIN_CAST]],
        "countries": list(row.countries),
        "tmdb_rating": row.tmdb_rating,
        "tmdb_vote_count": row.tmdb_vote_count,
        "certification": row.certification,
        "original_language": row.original_language,
    }


def _display(names: list[str]) -> str | None:
    """The names in one line, as many whole names as the column holds."""
    room = Movie._meta.get_field("director").max_length or 255
    while names and len(", ".join(names)) > room:
        names = names[:-1]
    return ", ".join(names) or None


def _insert(rows: list[StarterFilm]) -> list[tuple[StarterFilm, Movie]]:
    taken = set(Movie.objects.values_list("slug", flat=True))
    movies = []
    for row in rows:
        slug = slugs.film(row.title, row.release_date.year, number=row.tmdb_id, taken=taken)
        taken.add(slug)
        popularity = first_popularity(rating=row.tmdb_rating, votes=row.tmdb_vote_count)
        movies.append(Movie(**_values(row), slug=slug, popularity_score=popularity))
    Movie.objects.bulk_create(movies, batch_size=500)
    return list(zip(rows, movies, strict=True))


def _update(pairs: list[tuple[StarterFilm, Movie]]) -> list[tuple[StarterFilm, Movie]]:
    """Only films that differ are written, so that a second run changes nothing."""
    changed = []
    credits = _credits_of([movie for _, movie in pairs])
    for row, movie in pairs:
        values = _values(row)
        if any(getattr(movie, field) != value for field, value in values.items()) or _lines(row) - credits[movie.pk]:
            for field, value in values.items():
                setattr(movie, field, value)
            movie.updated_at = timezone.now()
            changed.append((row, movie))
    Movie.objects.bulk_update([movie for _, movie in changed], _FIELDS, batch_size=200)
    return changed


def _credits_of(movies: list[Movie]) -> dict[int, set[Line]]:
    """Who did what in each film, as the database has it."""
    found: dict[int, set[Line]] = defaultdict(set)
    rows = Credit.objects.filter(movie__in=movies).values_list("movie_id", "person__name", "character", "job")
    for movie_id, *line in rows:
        found[movie_id].add(tuple(line))
    return found


def _lines(row: StarterFilm) -> set[Line]:
    cast = {(role.person.name, role.character[:255], "") for role in row.cast}
    return cast | {(person.name, "", DIRECTOR) for person in row.directors}


def _attach(pairs: list[tuple[StarterFilm, Movie]], genres: dict[int, Genre], progress: Progress) -> int:
    """Genres and credits of these films; answers how many people are new."""
    ids = [movie.pk for _, movie in pairs]
    MovieGenre.objects.filter(movie_id__in=ids).delete()
    Credit.objects.filter(movie_id__in=ids).delete()
    people, added = _people(person for row, _ in pairs for person in _everybody(row))
    links, credits = [], []
    for done, (row, movie) in enumerate(pairs, start=1):
        links += [MovieGenre(movie=movie, genre=genres[number]) for number in row.genre_ids if number in genres]
        credits += _credits(row, movie, people)
        progress(done, len(pairs))
    MovieGenre.objects.bulk_create(links, batch_size=2000)
    Credit.objects.bulk_create(credits, batch_size=2000)
    return added


def _everybody(row: StarterFilm) -> Iterable[StarterPerson]:
    return (*row.directors, *(role.person for role in row.cast))


def _credits(row: StarterFilm, movie: Movie, people: dict[StarterPerson, Person]) -> list[Credit]:
    cast = [
        Credit(movie=movie, person=people[role.person], character=role.character[:255], order=order, cast_type="cast")
        for order, role in enumerate(row.cast)
    ]
    crew = [
        Credit(movie=movie, person=people[person], job=DIRECTOR, order=order, cast_type="crew")
        for order, person in enumerate(row.directors)
    ]
    return cast + crew


def _people(wanted: Iterable[StarterPerson]) -> tuple[dict[StarterPerson, Person], int]:
    """One person a name (and year of birth, for namesakes); somebody who is here already is not made again."""
    everybody = dict.fromkeys(wanted)
    here = Person.objects.filter(name__in=[person.name for person in everybody]).order_by("-pk")
    by_name = {person.name: person for person in here}
    by_slug = {person.slug: person for person in here}
    taken = set(Person.objects.values_list("slug", flat=True))
    found: dict[StarterPerson, Person] = {}
    fresh = []
    for number, person in enumerate(everybody, start=1):
        address = f"{person.name} {person.born or ''}"
        known = by_slug.get(slugify(address)) or (None if person.born else by_name.get(person.name))
        if known is None:
            known = Person(name=person.name, slug=slugs.person(address, number=number, taken=taken))
            taken.add(known.slug)
            fresh.append(known)
        found[person] = known
    Person.objects.bulk_create(fresh, batch_size=2000)
    return found, len(fresh)
