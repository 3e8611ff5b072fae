"""From bytes to text and tables, whatever the spreadsheet that saved them thought right."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recs.history.records import Refusal

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LOOKED_AT = 8_192
STRANGE = 0.01  # the share of control characters from which on it is no text
MOST_ROWS = 100_000  # of all files of an upload together
MOST_BROKEN = 1_000
MOST_COLUMNS = 200
LONGEST_LINE = 200_000
TOO_LONG = "x" * 2 * csv.field_size_limit()
HEADER_WITHIN = 5  # lines: some tools put their name above the header
SEPARATORS = ",;\t|"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """A header, made plain ("Your Rating" is yourrating), and the lines under it. None is a line beyond reading."""

    header: tuple[str, ...]
    rows: list[dict[str, str] | None]


def decode(data: bytes) -> str:
    """Raises Refusal for what is no text in any of the usual encodings."""
    text = data.decode(_encoding(data), "replace")
    start = text[:LOOKED_AT]
    strange = sum(1 for sign in start if (ord(sign) < 32 and sign not in "\t\r\n\f") or sign == "\ufffd")
    if strange > max(8, STRANGE * len(start)):
        raise Refusal("not_text")
    return text.replace("\0", "").removeprefix("\ufeff")


def _encoding(data: bytes) -> str:
    for mark, name in BOMS:
        if data.startswith(mark):
            return name
    start = data[:LOOKED_AT]
    # Plain letters in UTF-16 have a zero byte beside each.
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) >= 4 and start[first::2].count(0) > 0.4 * len(start[first::2]):
            return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        # A file that was cut in the middle of a letter is still UTF-8.
        return "utf-8" if problem.start > len(data) - 4 else _western(data)
    return "utf-8"


def _western(data: bytes) -> str:
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def table(text: str, known: frozenset[str], *, most: int = MOST_ROWS) -> Table | None:
    """The table in a text, or None where no line near the top names at least two `known` columns.

    Raises:
        Refusal: more rows than `most`, or nothing but broken ones.
    """
    text = text.lstrip("\r\n ")
    separator = _separator(text)
    reader = csv.reader(_bounded(io.StringIO(text, newline="")), delimiter=separator)
    header: tuple[str, ...] = ()
    for line, _number in zip(_lines(reader), range(HEADER_WITHIN), strict=False):
        header = tuple(plain(name) for name in (line or ())[:MOST_COLUMNS])
        if len(known.intersection(header)) >= 2:
            return Table(header, list(_rows(reader, header, most)))
    return None


def _rows(reader: Iterator[list[str]], header: tuple[str, ...], most: int) -> Iterator[dict[str, str] | None]:
    """Rows that are too short or too long are taken as far as they go."""
    broken = 0
    for number, line in enumerate(_lines(reader)):
        if number >= most:
            raise Refusal("too_many_rows", most=most)
        broken += line is None
        if broken > MOST_BROKEN:
            raise Refusal("not_text")
        if line is None:
            yield None
        elif any(cell.strip() for cell in line):
            yield _row(header, line)


def _row(header: tuple[str, ...], line: list[str]) -> dict[str, str]:
    """The first of two columns of one name counts."""
    row: dict[str, str] = {}
    for name, cell in zip(header, line, strict=False):
        row.setdefault(name, armless(cell))
    return row


def _lines(reader: Iterator[list[str]]) -> Iterator[list[str] | None]:
    """The reader goes on after a line with a cell that is too large; such a line counts as None."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    """A line of millions of cells would cost far more memory than the file: it becomes one that the reader refuses."""
    for line in lines:
        yield line if len(line) <= LONGEST_LINE else TOO_LONG


def _separator(text: str) -> str:
    """The one that the lines near the top have most of, outside quotes."""
    lines = re.sub(r'"[^"\n]*"', "", "\n".join(text[:LOOKED_AT].splitlines()[:HEADER_WITHIN]))
    return max(SEPARATORS, key=lines.count)


def armed(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: what could be one gets an apostrophe before it (OWASP's rule)."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def armless(cell: str) -> str:
    """The cell without blanks, and without the apostrophe that `armed` gave it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
