"""The films of a data set: titles as people write them, years, genres in our words, and numbers elsewhere."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from catalog.sources.movielens.lines import MAX_LINE, Problem, numbered, text

LIMIT = 256 * 1024 * 1024
ARTICLES = frozenset(
    (
        *("the", "a", "an", "la", "le", "les", "l'", "un", "une", "el", "los", "las", "il", "lo", "gli", "i", "der"),
        *("die", "das", "den", "det", "ein", "eine", "en", "ett", "het", "de", "o", "os", "as"),
    )
)
OUR_GENRES = {
    "Children": "Family",
    "Children's": "Family",
    "Sci-Fi": "Science Fiction",
    "Film-Noir": "Crime",
    "Musical": "Music",
}
NO_GENRES = frozenset({"(no genres listed)", "unknown", "IMAX", ""})
# The order of the flags in the oldest edition's u.item.
FLAGS = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
_YEAR = re.compile(r"\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$")
_IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*$")
_ALSO = re.compile(r"^a\.?k\.?a\.?:?\s+", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Film:
    """A film of the data set. `others` are further titles that it is known by."""

    movie_id: int
    title: str
    original_title: str
    others: tuple[str, ...]
    year: int | None
    genres: tuple[str, ...]
    imdb_id: str | None = None
    tmdb_id: int | None = None


def titles(written: str) -> tuple[str, str, tuple[str, ...], int | None]:
    """`City of Lost Children, The (Cité des enfants perdus, La) (1995)` as title, original title, others and year."""
    rest, year = written.strip(), None
    if found := _YEAR.search(rest):
        rest, year = rest[: found.start()].rstrip(), int(found[1])
    original, others = "", []
    while (found := _IN_BRACKETS.search(rest)) and rest[: found.start()].strip():
        inside, rest = found[1].strip(), rest[: found.start()].rstrip()
        if _ALSO.match(inside):
            others.append(_turned(_ALSO.sub("", inside)))
        elif inside and not original:
            original = _turned(inside)
        elif inside:
            others.append(_turned(inside))
    title = _turned(rest)
    return title, original or title, tuple(others), year


def _turned(title: str) -> str:
    """`Matrix, The` is The Matrix; `Avventura, L'` is L'Avventura."""
    name, comma, article = title.rpartition(", ")
    if not comma or article.lower() not in ARTICLES:
        return title
    return f"{article}{name}" if article.endswith("'") else f"{article} {name}"


def genres(names: list[str]) -> tuple[str, ...]:
    ours = [OUR_GENRES.get(name, name) for name in names if name not in NO_GENRES]
    return tuple(dict.fromkeys(ours))


def read(stream: BinaryIO, *, file: str, layout: str) -> Iterator[Film | Problem]:
    """Every film once; a line that is none comes as a Problem."""
    seen: set[int] = set()
    for number, line in numbered(stream, limit=LIMIT):
        if not line.strip() or (layout == "csv" and number == 1):
            continue
        film = _film(line, layout)
        if isinstance(film, str):
            yield Problem(file, number, film)
        elif film.movie_id in seen:
            yield Problem(file, number, "film listed twice")
        else:
            seen.add(film.movie_id)
            yield film


def _film(line: bytes, layout: str) -> Film | str:
    """The film of a line, or what is wrong with it."""
    if len(line) > MAX_LINE:
        return "line too long"
    if b"\0" in line:
        return "NUL byte"
    fields = _fields(text(line), layout)
    if fields is None:
        return "wrong number of fields"
    number, written, names = fields
    if not _NUMBER.fullmatch(number) or int(number) == 0:
        return "film number is not a number"
    title, original, others, year = titles(written)
    if not title:
        return "no title"
    return Film(int(number), title[:255], original[:255], others, year, genres(names))


def _fields(line: str, layout: str) -> tuple[str, str, list[str]] | None:
    if layout == "csv":
        try:
            row = next(csv.reader([line], strict=True))
        except csv.Error:
            return None
        return (row[0], row[1], row[2].split("|")) if len(row) == 3 else None
    if layout == "dat":
        row = line.split("::")
        return (row[0], "::".join(row[1:-1]), row[-1].split("|")) if len(row) >= 3 else None
    row = line.split("|")
    if len(row) != 5 + len(FLAGS):
        return None
    return row[0], row[1], [name for name, flag in zip(FLAGS, row[5:], strict=True) if flag.strip() == "1"]


def links(stream: BinaryIO) -> dict[int, tuple[str | None, int | None]]:
    """The IMDb and TMDB numbers by film number; a line that does not say is left out."""
    found = {}
    for _, line in numbered(stream, limit=LIMIT):
        fields = [field.strip().strip('"') for field in text(line).split(",")]
        if len(fields) == 3 and _NUMBER.fullmatch(fields[0]):
            imdb = f"tt{fields[1]:0>7}" if _NUMBER.fullmatch(fields[1]) and int(fields[1]) else None
            tmdb = int(fields[2]) if _NUMBER.fullmatch(fields[2]) else 0
            found[int(fields[0])] = (imdb, tmdb or None)
    return found


def linked(film: Film, numbers: dict[int, tuple[str | None, int | None]]) -> Film:
    imdb, tmdb = numbers.get(film.movie_id, (None, None))
    return replace(film, imdb_id=imdb, tmdb_id=tmdb)
