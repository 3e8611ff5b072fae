"""Files as other sites write them, made here: tables, ZIPs, and ones that mean harm."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from recs.history import reading
from recs.history.matching import Entry, Index
from recs.history.records import Film, History

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def table(header: str, *rows: str, end: str = "\r\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def letterboxd(*rows: str) -> bytes:
    """ratings.csv of Letterboxd."""
    return table("Date,Name,Year,Letterboxd URI,Rating", *rows)


def imdb(*rows: str) -> bytes:
    return table("Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,Year", *rows)


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return whole.getvalue()


def document(content: object) -> bytes:
    return json.dumps(content).encode()


def read(data: bytes, name: str = "ratings.csv") -> History:
    return reading.read(name, data, now=NOW)


def acts(film: Film) -> dict[str, float | None]:
    """What was done with a film: kind and stars."""
    return {act.kind: act.rating for act in film.acts.values()}


def entry(number: int, title: str, year: int | None, **fields: object) -> Entry:
    said = {"original": title, "imdb": "", "tmdb": None, "slug": f"film-{number}", "fame": 1.0, **fields}
    return Entry(id=number, title=title, year=year, **said)  # type: ignore[arg-type]


def index(films: Iterable[Entry]) -> Index:
    return Index(films)
