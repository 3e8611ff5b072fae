"""An upload from end to end: its files, what they are, and one film for all the lines that mean it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from recs.history import documents, tables, text, titles
from recs.history.container import Part, parts
from recs.history.records import LISTED, Act, Film, History, Refusal, Row, Skip
from recs.history.tables import KNOWN, Sheet

MOST_NAMED = 20  # of the files that were not looked into
KEPT = 5_000  # lines left out that are remembered one by one


def read(name: str, data: bytes, *, now: datetime) -> History:
    """The history in an uploaded file.

    Raises:
        Refusal: nothing in it can be read as films, or it is not safe to try.
    """
    files, unread = parts(name, data)
    sheets: list[Sheet] = []
    rows: list[Row | Skip] = []
    genres: list[int] = []
    formats: list[str] = []
    left = text.MOST_ROWS
    for part in files:
        content = text.decode(part.data)
        if content.lstrip()[:1] in ("{", "["):
            found = _document(part, content, rows, now, alone=len(files) == 1)
            formats.append(found[0])
            genres += found[1]
        elif part.folder != "lists" and (table := text.table(content, KNOWN, most=left)):
            left -= len(table.rows)
            sheets += filter(None, [tables.sheet(part, table)])
        else:
            unread.append(part.name)
    lookup = tables.lookups(one for one in sheets if one.is_lookup)
    sheets = [one for one in sheets if not one.is_lookup]
    rows += chain.from_iterable(tables.rows(one, lookup, now=now) for one in sheets)
    formats += [one.format for one in sheets]
    if not rows:
        raise Refusal("nothing_known")
    films = merge(row for row in rows if isinstance(row, Row))
    skipped = [row for row in rows if isinstance(row, Skip)]
    kind = next(filter(None, formats), "csv")
    scale = sheets[0].scale if sheets else 10 if kind == "trakt" else 5
    return History(kind, films, skipped[:KEPT], unread[:MOST_NAMED], genres, scale)


def _document(part: Part, content: str, rows: list[Row | Skip], now: datetime, *, alone: bool) -> tuple[str, list[int]]:
    said = documents.load(content)
    if documents.is_ours(said):
        rows += documents.ours(said, now=now)
        return "marquee", documents.genres(said)
    if documents.is_trakt(said):
        rows += documents.trakt(said, part, now=now)
        return "trakt", []
    if alone:
        raise Refusal("nothing_known")
    return "", []


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
