"""CSV files of Letterboxd, IMDb, Trakt and MovieLens, and any other that names its columns the usual way.

Which file it is follows from the names of its columns, never from their number or order. Ratings are taken as out of
5 from Letterboxd and MovieLens and as out of 10 from IMDb and Trakt. For any other file the highest rating decides:
above 10 they are out of 100, above 5 out of 10, otherwise out of 5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from recs.history import values
from recs.history.container import Part
from recs.history.records import LISTED, LONGEST_TITLE, Act, Refusal, Row, Skip
from recs.history.text import Table

# What a column may be called, after `text.plain`; the first that a file has counts.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "name", "movietitle", "filmtitle", "primarytitle", "movie", "film"),
    "original": ("originaltitle",),
    "year": ("year", "releaseyear", "filmyear", "startyear"),
    "imdb": ("const", "imdbid", "imdb", "tconst"),
    "tmdb": ("tmdbid", "tmdb"),
    "rating": ("yourrating", "myrating", "userrating", "rating", "rating10", "stars", "score"),
    "type": ("titletype", "type", "mediatype"),
    "uri": ("letterboxduri",),
    "movie": ("movieid",),
    "person": ("userid",),
    "rated": ("daterated", "ratedat", "timestamp", "tstamp"),
    "watched": ("watcheddate", "watchedat", "lastwatchedat", "datewatched"),
    "wanted": ("watchlistedat",),
    "listed": ("listedat", "created", "dateadded", "collectedat"),
    "date": ("date",),
    "place": ("position",),
}
KNOWN = frozenset(name for names in COLUMNS.values() for name in names)
SCALES = {"letterboxd": 5, "movielens": 5, "imdb": 10, "trakt": 10}
# The file's own name says what its films are there for, where no column does.
BY_NAME = (("watchlist", "watchlist"), ("wishlist", "watchlist"), ("watched", "view"), ("checkin", "view"),
           ("history", "view"), ("favo", "favorite"), ("likes", "like"))  # fmt: skip
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that we know how to read."""

    part: Part
    table: Table
    columns: Mapping[str, str]
    format: str
    scale: int

    @property
    def is_lookup(self) -> bool:
        """MovieLens' movies.csv and links.csv: what its numbers stand for, and nobody's opinion."""
        columns = self.columns.keys()
        is_named = "title" in columns and bool(columns & {"imdb", "tmdb"})
        return "movie" in columns and not columns & {"rating", "rated"} and not is_named


def sheet(part: Part, table: Table) -> Sheet | None:
    """None where the columns do not say which films are meant."""
    header = set(table.header)
    columns = {field: next(filter(header.__contains__, names), "") for field, names in COLUMNS.items()}
    columns = {field: name for field, name in columns.items() if name}
    if not columns.keys() & {"title", "imdb", "tmdb", "movie"}:
        return None
    kind = _format(columns, header)
    scale = 10 if columns.get("rating") == "rating10" else SCALES.get(kind) or _scale(table, columns)
    return Sheet(part, table, columns, kind, scale)


def _format(columns: Mapping[str, str], header: set[str]) -> str:
    if "uri" in columns:
        return "letterboxd"
    if columns.get("imdb") in ("const", "tconst"):
        return "imdb"
    if "movie" in columns:
        return "movielens"
    if header & {"ratedat", "watchedat", "lastwatchedat", "listedat", "collectedat", "watchlistedat", "traktid"}:
        return "trakt"
    return "csv"


def _scale(table: Table, columns: Mapping[str, str]) -> int:
    given = [values.number(row.get(columns.get("rating", ""), "")) or 0.0 for row in table.rows if row]
    highest = max(given, default=0.0)
    return 100 if highest > 10 else 10 if highest > 5 else 5


def rows(sheet: Sheet, lookup: Mapping[str, Cells], *, now: datetime) -> Iterator[Row | Skip]:
    """Every line as a film with what was done with it, or as left out.

    Raises:
        Refusal: the ratings of several people, or MovieLens' numbers without what they stand for.
    """
    _check(sheet, lookup)
    for line in sheet.table.rows:
        if line is None:
            yield Skip("", "too_long")
            continue
        cells = {field: line.get(name, "") for field, name in sheet.columns.items()}
        cells = {**lookup.get(cells.get("movie", ""), {}), **{field: cell for field, cell in cells.items() if cell}}
        yield _row(sheet, cells, now)


def lookups(sheets: Iterable[Sheet]) -> dict[str, dict[str, str]]:
    """What MovieLens' numbers stand for: title, IMDb's and TMDB's number by MovieLens' own."""
    found: dict[str, dict[str, str]] = {}
    for one in sheets:
        for line in one.table.rows:
            if line and (key := line.get(one.columns["movie"], "")):
                said = {field: line.get(one.columns.get(field, ""), "") for field in ("title", "imdb", "tmdb")}
                found.setdefault(key, {}).update({field: cell for field, cell in said.items() if cell})
    return found


def _check(sheet: Sheet, lookup: Mapping[str, Cells]) -> None:
    if "person" in sheet.columns and len({line.get("userid", "") for line in sheet.table.rows if line}) > 1:
        raise Refusal("many_people")
    if not lookup and not sheet.columns.keys() & {"title", "imdb", "tmdb"}:
        raise Refusal("movielens_alone")


def _row(sheet: Sheet, cells: Cells, now: datetime) -> Row | Skip:
    title, original, year = cells.get("title", ""), cells.get("original", ""), values.year(cells.get("year"))
    if year is None and sheet.format in ("movielens", "csv"):
        title, aside, year = values.split_title(title)
        original = original or aside
    imdb, tmdb = values.imdb(cells.get("imdb")), values.tmdb(cells.get("tmdb"))
    title, original = (" ".join(text[:LONGEST_TITLE].split()) for text in (title, original))
    acts = _acts(sheet, cells, now)
    reason = _reason(cells, acts, is_named=bool(title or imdb or tmdb))
    if reason:
        return Skip(title, reason, year, imdb)
    weight = 2 if sheet.part.stem.startswith("ratings") else 1
    uri = "" if sheet.format != "letterboxd" or "watched" in sheet.columns else cells.get("uri", "")
    source = f"{sheet.part.folder}/{sheet.part.name}"
    return Row(title, tuple(acts or ()), original, year, imdb, tmdb, uri=uri, source=source, weight=weight)


def _reason(cells: Cells, acts: list[Act] | None, *, is_named: bool) -> str:
    if not is_named:
        return "no_title"
    if not values.is_film(cells.get("type")):
        return "series"
    return "bad_rating" if acts is None else ""


def _acts(sheet: Sheet, cells: Cells, now: datetime) -> list[Act] | None:
    """None for a rating that is none. Zero stands for "seen, not rated" everywhere."""
    rating = cells.get("rating", "").strip()
    value = values.number(rating) if rating else 0.0
    if value is None or not 0 <= value <= sheet.scale:
        return None

    def at(*fields: str) -> datetime | None:
        return next(filter(None, (values.when(cells.get(field), now=now) for field in fields)), None)

    acts = []
    if value:
        acts.append(Act("rating", values.stars(value, sheet.scale), at("rated", "watched", "date")))
    if cells.get("watched"):
        acts.append(Act("view", None, at("watched")))
    if cells.get("wanted"):
        acts.append(Act("watchlist", None, at("wanted")))
    return acts or [Act(_meant(sheet), None, at("rated", "date", "listed"))]


def _meant(sheet: Sheet) -> str:
    """What it says of a film to stand in this file without a rating."""
    if sheet.part.folder == "likes":
        return "like"
    stem = sheet.part.stem
    if sheet.format == "letterboxd" and stem.startswith("films"):
        return "like"
    said = next((kind for part, kind in BY_NAME if part in stem), "")
    if said:
        return said
    is_list = "place" in sheet.columns or "rating" not in sheet.columns or "listed" in sheet.columns
    return LISTED if is_list else "view"
