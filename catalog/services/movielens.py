"""Finds the films of a MovieLens data set among ours, and makes the ones that are missing."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from catalog import slugs
from catalog.models import Movie, MovieGenre
from catalog.services import starter
from catalog.sources.movielens import DataSet, Film, Problem

Title = tuple[str, int | None]


@dataclass(slots=True)
class Matched:
    """`ours` is our number for each film of the data set."""

    ours: dict[int, int] = field(default_factory=dict)
    found: int = 0
    created: int = 0
    problems: list[Problem] = field(default_factory=list)


@transaction.atomic
def match(*, data: DataSet) -> Matched:
    """Every film of the data set by IMDb number, else TMDB number, else title and year; else it is made.

    A film that is here already is not changed. One of ours stands for two of theirs only when both bear one IMDb
    number: where two name one TMDB number and different IMDb numbers, the first has the TMDB number and both stay,
    so that nobody's rating of the other is lost.
    """
    matched, wanted = Matched(), list[Film]()
    for film in data.films():
        matched.problems.append(film) if isinstance(film, Problem) else wanted.append(film)
    shelf = _Shelf()
    for find in (shelf.by_imdb, shelf.by_tmdb, shelf.by_title):
        for film in wanted:
            if film.movie_id not in matched.ours and (number := find(film)):
                matched.ours[film.movie_id] = number
        shelf.claimed.update(matched.ours.values())
    made = _create([film for film in wanted if film.movie_id not in matched.ours], shelf)
    matched.found, matched.created = len(set(matched.ours.values())), len(set(made.values()))
    matched.ours |= made
    return matched


class _Shelf:
    """Our films by everything that a data set may know them by."""

    def __init__(self) -> None:
        self.tmdb: dict[int, int] = {}
        self.imdb: dict[str, int] = {}
        self.slugs: set[str] = set()
        self.claimed: set[int] = set()
        self._titles: dict[Title, list[int]] = defaultdict(list)
        self._numbered: set[int] = set()
        rows = Movie.objects.order_by("pk").values_list(
            "pk", "tmdb_id", "omdb_id", "slug", "title", "original_title", "release_date"
        )
        for number, tmdb, imdb, slug, title, original, released in rows.iterator(chunk_size=5000):
            self.slugs.add(slug)
            if tmdb:
                self.tmdb[tmdb] = number
                self._numbered.add(number)
            if imdb:
                self.imdb[imdb] = number
            for name in {_folded(title), _folded(original)}:
                self._titles[name, released.year if released else None].append(number)

    def by_imdb(self, film: Film) -> int | None:
        return self.imdb.get(film.imdb_id) if film.imdb_id else None

    def by_tmdb(self, film: Film) -> int | None:
        """Never one that another film of the data set has by its IMDb number, unless this one has none."""
        number = self.tmdb.get(film.tmdb_id) if film.tmdb_id else None
        if number in self.claimed and film.imdb_id:
            return None
        if number and film.imdb_id:
            self.claimed.add(number)
        return number

    def by_title(self, film: Film) -> int | None:
        """The first one that no other film of the data set has; never one that TMDB numbers differently."""
        for title in (film.title, film.original_title, *film.others):
            for number in self._titles.get((_folded(title), film.year), ()):
                if number not in self.claimed and not (film.tmdb_id and number in self._numbered):
                    self.claimed.add(number)
                    return number
        return None


def _folded(title: str) -> str:
    """A title without accents, case and signs; one that is all signs stays as it is."""
    plain = unicodedata.normalize("NFKD", title.casefold().replace("&", "and"))
    return re.sub(r"[\W_]+", "", "".join(letter for letter in plain if not unicodedata.combining(letter))) or title


def _create(films: list[Film], shelf: _Shelf) -> dict[int, int]:
    """One film of ours for each; rows of the data set that share an IMDb number share the film."""
    made: list[tuple[Film, Movie]] = []
    same: dict[int, Movie] = {}
    by_imdb: dict[str, Movie] = {}
    tmdb = set(shelf.tmdb)
    for film in films:
        twin = by_imdb.get(film.imdb_id or "")
        if twin is None:
            twin = _movie(film, shelf, tmdb_id=None if film.tmdb_id in tmdb else film.tmdb_id)
            made.append((film, twin))
            tmdb.add(film.tmdb_id or 0)
            by_imdb |= {film.imdb_id: twin} if film.imdb_id else {}
        same[film.movie_id] = twin
    Movie.objects.bulk_create([movie for _, movie in made], batch_size=1000)
    MovieGenre.objects.bulk_create(_genres(made), batch_size=5000)
    return {theirs: movie.pk for theirs, movie in same.items()}


def _movie(film: Film, shelf: _Shelf, *, tmdb_id: int | None) -> Movie:
    """The data set knows the year and not the day: the first of January stands for it."""
    slug = slugs.film(film.title, film.year, number=film.movie_id, taken=shelf.slugs)
    shelf.slugs.add(slug)
    released = date(film.year, 1, 1) if film.year else None
    return Movie(
        slug=slug,
        title=film.title,
        original_title=film.original_title,
        release_date=released,
        tmdb_id=tmdb_id,
        omdb_id=film.imdb_id,
    )


def _genres(made: list[tuple[Film, Movie]]) -> Iterator[MovieGenre]:
    by_name = {genre.name: genre for genre in starter.genre_rows()[0].values()}
    for film, movie in made:
        for name in film.genres:
            if name in by_name:
                yield MovieGenre(movie=movie, genre=by_name[name])
