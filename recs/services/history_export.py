"""A person's history as files: our own, which loses nothing, and those that other sites read. Made row by row.

Our own also says what else is kept of the person (export_parts); bringing it here again takes films and genres alone.
"""

import datetime
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder

from accounts.models import User
from recs.history.documents import OURS, VERSION
from recs.history.text import armed
from recs.models import GenrePreference, Interaction
from recs.services import export_parts

AT_ONCE = 2_000
Kind = Interaction.Type
_FILM = ("movie_id", "movie__title", "movie__original_title", "movie__release_date", "movie__omdb_id", "movie__tmdb_id",
         "movie__slug")  # fmt: skip
_ACT = ("interaction_type", "rating", "timestamp", "metadata", "feedback_comment", "source")


class Row(NamedTuple):
    """One act and its film."""

    movie_id: int
    title: str
    original: str
    released: datetime.date | None
    imdb: str | None
    tmdb: int | None
    slug: str
    kind: str
    rating: float | None
    at: datetime.datetime
    metadata: dict[str, Any] | None
    comment: str | None
    source: str

    @property
    def year(self) -> int | None:
        return self.released.year if self.released else None


def ours(user: User, *, at: datetime.datetime) -> Iterator[str]:
    """Everything this person did with films, as JSON with a film a line, and then what else is kept of them."""
    genres = GenrePreference.objects.filter(user=user).order_by("pk").values_list("genre__tmdb_id", "genre__name")
    head = {
        "format": OURS,
        "version": VERSION,
        "exported_at": at.isoformat(),
        "genres": [{"tmdb": number, "name": name} for number, name in genres],
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "films": ['
    before = "\n"
    for _movie, rows in groupby(_rows(user), key=lambda row: row.movie_id):
        yield before + json.dumps(_film(list(rows)), ensure_ascii=False)
        before = ",\n"
    yield "\n]"
    for name, part in export_parts.of(user):
        yield f',\n"{name}": ' + json.dumps(part, ensure_ascii=False, cls=DjangoJSONEncoder)
    yield "}\n"


def letterboxd(user: User) -> Iterator[tuple[Any, ...]]:
    """Films rated or seen, by the names of Letterboxd's own import."""
    yield "tmdbID", "imdbID", "Title", "Year", "Rating", "WatchedDate"
    for row in _one_a_film(user, Kind.RATING, Kind.VIEW):
        stars = "" if row.rating is None else f"{row.rating:g}"
        yield row.tmdb or "", row.imdb or "", armed(row.title), row.year or "", stars, row.at.date().isoformat()


def letterboxd_watchlist(user: User) -> Iterator[tuple[Any, ...]]:
    yield "tmdbID", "imdbID", "Title", "Year"
    for row in _one_a_film(user, Kind.WATCHLIST):
        yield row.tmdb or "", row.imdb or "", armed(row.title), row.year or ""


def imdb(user: User) -> Iterator[tuple[Any, ...]]:
    """Ratings out of 10, in the columns of IMDb's own file."""
    yield "Const", "Your Rating", "Date Rated", "Title", "Original Title", "URL", "Title Type", "Year"
    for row in _one_a_film(user, Kind.RATING):
        address = f"https://www.imdb.com/title/{row.imdb}/" if row.imdb else ""
        rating, day = round(2 * (row.rating or 0)), row.at.date().isoformat()
        titles = armed(row.title), armed(row.original)
        yield row.imdb or "", rating, day, *titles, address, "Movie", row.year or ""


def movielens(user: User) -> Iterator[tuple[Any, ...]]:
    """Ratings in MovieLens' columns. `movieId` is our own number: the other two say which film it is."""
    yield "movieId", "imdbId", "tmdbId", "title", "rating", "timestamp"
    for row in _one_a_film(user, Kind.RATING):
        title = f"{row.title} ({row.year})" if row.year else row.title
        number = (row.imdb or "").removeprefix("tt")
        yield row.movie_id, number, row.tmdb or "", armed(title), row.rating, int(row.at.timestamp())


TABLES: Mapping[str, Callable[[User], Iterator[tuple[Any, ...]]]] = {
    "letterboxd": letterboxd,
    "letterboxd-watchlist": letterboxd_watchlist,
    "imdb": imdb,
    "movielens": movielens,
}


def _rows(user: User, *kinds: str) -> Iterator[Row]:
    acts = Interaction.objects.filter(user=user)
    if kinds:
        acts = acts.of_type(*kinds)
    found = acts.order_by("movie_id", "interaction_type").values_list(*_FILM, *_ACT)
    return (Row(*row) for row in found.iterator(chunk_size=AT_ONCE))


def _one_a_film(user: User, *kinds: str) -> Iterator[Row]:
    """A film once, by the first of these kinds that it has ("rating" sorts before "view")."""
    return (next(rows) for _movie, rows in groupby(_rows(user, *kinds), key=lambda row: row.movie_id))


def _film(rows: list[Row]) -> dict[str, Any]:
    film = rows[0]
    said = {
        "title": film.title,
        "original_title": film.original,
        "year": film.year,
        "imdb": film.imdb,
        "tmdb": film.tmdb,
        "slug": film.slug,
    }
    return {**said, "acts": [_act(row) for row in rows]}


def _act(row: Row) -> dict[str, Any]:
    said = {"kind": row.kind, "rating": row.rating, "at": row.at.isoformat(), "metadata": row.metadata}
    said |= {"comment": row.comment, "source": row.source}
    return {name: value for name, value in said.items() if value is not None}
