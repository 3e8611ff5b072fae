"""Reads the starter catalogue (`catalog/data`): files in, records out, and a clear word about the first bad row."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from catalog.sources.records import StarterFilm, StarterGenre, StarterPerson, StarterRole

DATA = Path(__file__).resolve().parents[1] / "data"
FILMS = DATA / "starter.jsonl"
GENRES = DATA / "genres.json"

_KINDS: dict[str, type | tuple[type, ...]] = {
    "tmdb_id": int,
    "imdb_id": str,
    "title": str,
    "original_title": str,
    "release_date": str,
    "runtime": int,
    "genre_ids": list,
    "original_language": str,
    "countries": list,
    "certification": str,
    "directors": list,
    "cast": list,
    "overview": str,
    "tmdb_rating": (int, float),
    "tmdb_vote_count": int,
    "tmdb_as_of": str,
}
_NAMESAKE = re.compile(r"(?P<name>.+?) \[(?P<born>\d{4})\]")


class BadRow(ValueError):
    """A line that cannot be used; the message names the file and the line."""


def films(path: Path = FILMS) -> Iterator[StarterFilm]:
    """Every film of the file, in its order; the first bad line raises BadRow."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield _film(json.loads(line))
            except (ValueError, TypeError, KeyError) as problem:
                raise BadRow(f"{path.name}, line {number}: {problem}") from problem


def genres(path: Path = GENRES) -> list[StarterGenre]:
    """The genres, whose numbers are TMDB's."""
    try:
        return [StarterGenre(tmdb_id=int(row["id"]), name=str(row["name"])) for row in json.loads(path.read_text())]
    except (ValueError, TypeError, KeyError) as problem:
        raise BadRow(f"{path.name}: {problem}") from problem


def _film(row: Any) -> StarterFilm:
    if not isinstance(row, dict):
        raise TypeError("a film is an object")
    if unknown := row.keys() ^ _KINDS.keys():
        raise ValueError(f"missing or unknown: {', '.join(sorted(unknown))}")
    for field, kind in _KINDS.items():
        if not isinstance(row[field], kind) or isinstance(row[field], bool):
            raise TypeError(f"{field} is {row[field]!r}")
    return StarterFilm(
        **{
            **row,
            "release_date": date.fromisoformat(row["release_date"]),
            "genre_ids": tuple(row["genre_ids"]),
            "countries": tuple(row["countries"]),
            "directors": tuple(_person(name) for name in row["directors"]),
            "cast": tuple(StarterRole(_person(role["name"]), str(role["character"])) for role in row["cast"]),
            "tmdb_rating": float(row["tmdb_rating"]),
        }
    )


def _person(name: str) -> StarterPerson:
    """`Ana Example [1943]` is the Ana Example born in 1943, where the file has two."""
    if namesake := _NAMESAKE.fullmatch(name):
        return StarterPerson(name=namesake["name"], born=int(namesake["born"]))
    return StarterPerson(name=name)
