"""An upload from end to end: its files, what they are, and one film for all the lines that mean it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from recs.history import documents, tables, text, titles
from recs.history.container import Part, parts
from recs.history.records import LISTED, Act, Film, History, Refusal, Row, Skip
from recs.history.tables import KNOWN, Sheet

MOST_NAMED = 20  # of the files that were not looked into
HARMLESS = ("not_text", "json_broken", "json_too_deep", "json_too_large")  # among others such a file is left unread
KEPT = 5_000  # lines left out that are remembered one by one


def read(name: str, data: bytes, *, now: datetime) -> History:
    """The history in an uploaded file.

    Raises:
        Refusal: nothing in it can be read as films, or it is not safe to try.
    """
    files, unread = parts(name, data)
    found = _Found(alone=len(files) == 1, unread=unread)
    for part in files:
        try:
            _look_into(part, found, now)
        except Refusal as problem:
            if found.alone or problem.code not in HARMLESS:
                raise
            unread.append(part.name)
    lookup = tables.lookups(one for one in found.sheets if one.is_lookup)
    sheets = [one for one in found.sheets if not one.is_lookup]
    found.rows += chain.from_iterable(tables.rows(one, lookup, now=now) for one in sheets)
    if not found.rows:
        raise Refusal("nothing_known")
    films = merge(row for row in found.rows if isinstance(row, Row))
    skipped = [row for row in found.rows if isinstance(row, Skip)]
    kind = next(iter([*found.formats, *(one.format for one in sheets)]), "csv")
    scale = sheets[0].scale if sheets else 10 if kind == "trakt" else 5
    return History(kind, films, skipped[:KEPT], unread[:MOST_NAMED], found.genres, scale)


@dataclass
class _Found:
    """What the files of one upload have given so far."""

    alone: bool
    unread: list[str]
    sheets: list[Sheet] = field(default_factory=list)
    rows: list[Row | Skip] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    genres: list[int] = field(default_factory=list)
    left: int = text.MOST_ROWS


def _look_into(part: Part, found: _Found, now: datetime) -> None:
    content = text.decode(part.data)
    if content.lstrip()[:1] in ("{", "["):
        _document(part, documents.load(content), found, now)
    elif part.folder != "lists" and (table := text.table(content, KNOWN, most=found.left)):
        found.left -= len(table.rows)
        found.sheets += filter(None, [tables.sheet(part, table)])
    else:
        found.unread.append(part.name)


def _document(part: Part, said: Any, found: _Found, now: datetime) -> None:
    if documents.is_ours(said):
        found.rows += documents.ours(said, now=now)
        found.formats.append("marquee")
        found.genres += documents.genres(said)
    elif documents.is_trakt(said):
        found.rows += documents.trakt(said, part, now=now)
        found.formats.append("trakt")
    else:
        found.unread.append(part.name)


def merge(rows: Iterable[Row]) -> list[Film]:
    """One film for all lines that mean it, in the order of the file; of two statements the weightier or later stands.

    A title and a year are one film, unless one and the same list has them twice under different addresses.
    """
    rows = list(rows)
    namesakes = _namesakes(rows)
    found: dict[object, tuple[Film, dict[str, int]]] = {}
    for row in rows:
        film, weights = found.setdefault(_key(row, namesakes), (Film(row.title), {}))
        film.title, film.original = film.title or row.title, film.original or row.original
        film.year, film.imdb, film.tmdb = film.year or row.year, film.imdb or row.imdb, film.tmdb or row.tmdb
        film.slug = film.slug or row.slug
        for act in row.acts:
            before = film.acts.get(act.kind)
            if before is None or (row.weight, _stamp(act)) >= (weights[act.kind], _stamp(before)):
                film.acts[act.kind], weights[act.kind] = act, row.weight
    return [_consistent(film) for film, _weights in found.values()]


def _stamp(act: Act) -> float:
    return act.at.timestamp() if act.at else float("-inf")


def _named(row: Row) -> tuple[str, int | None]:
    return titles.full(row.title), row.year


def _key(row: Row, namesakes: frozenset[tuple[str, int | None]]) -> object:
    named = _named(row)
    if row.imdb or row.tmdb or row.slug:
        return row.imdb or row.tmdb or (row.slug,)
    return (named, row.uri) if named in namesakes and row.uri else named


def _namesakes(rows: Iterable[Row]) -> frozenset[tuple[str, int | None]]:
    addresses = {(row.source, _named(row), row.uri) for row in rows if row.uri}
    counted = Counter((source, named) for source, named, _uri in addresses)
    return frozenset(named for (_source, named), count in counted.items() if count > 1)


def _consistent(film: Film) -> Film:
    """A rating says that the film was seen; nobody likes and dislikes a film at once."""
    if "rating" in film.acts and not film.slug:
        film.acts.pop("view", None)
    if len(film.acts) > 1:
        film.acts.pop(LISTED, None)
    if "like" in film.acts:
        film.acts.pop("dislike", None)
    return film
