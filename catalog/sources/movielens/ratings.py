"""The ratings of a data set, in chunks: good rows ready to store, and a Problem for every other line."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from catalog.sources.movielens.lines import MAX_LINE, Problem, blocks

LIMIT = 8 * 1024 * 1024 * 1024
EARLIEST = 631_152_000  # 1990: before there was a web to rate on
A_DAY = 86_400
RATED_TWICE = "film rated twice, the later one counts"
_STARS = {text: half / 2 for half in range(1, 11) for text in (f"{half / 2}".encode(), f"{half / 2:g}".encode())}
_NUMBER = re.compile(rb"0*[1-9]\d{0,8}")
_DECIMAL = re.compile(rb"\d+(\.\d*)?")
_TIME = re.compile(rb"-?\d{1,18}")

Row = tuple[int, float, int]
"""Line, rating, and seconds since 1970."""


@dataclass(slots=True)
class Chunk:
    """Some thousand lines. `rows` is keyed by (person in the data set, our film): nobody rates a film twice."""

    last_line: int = 0
    rows: dict[tuple[int, int], Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0


class Reader:
    """Turns lines into rows. `films` gives our number for a film of the data set, as the file writes it."""

    def __init__(self, *, file: str, separator: bytes, films: Mapping[bytes, int], most_people: int | None) -> None:
        self._file = file
        self._separator = separator
        self._films = films
        self._most_people = most_people
        self._people: dict[bytes, int] = {}
        self._latest = int(time.time()) + A_DAY

    def chunks(self, stream: BinaryIO, *, header: bool, size: int, after: int) -> Iterator[Chunk]:
        """Chunks of about `size` lines, from the line behind `after`."""
        number, chunk = 0, Chunk()
        start = max(after, 1 if header else 0)
        for block in blocks(stream, limit=LIMIT):
            if number + len(block) <= start:
                number += len(block)
                continue
            lines = block[max(start - number, 0) :]
            number += len(block) - len(lines)
            for first in range(0, len(lines), size):
                part = lines[first : first + size]
                self._add(chunk, part, number)
                number += len(part)
                chunk.last_line = number
                if len(chunk.rows) + len(chunk.problems) + chunk.left_out >= size:
                    yield chunk
                    chunk = Chunk()
        if chunk.last_line:
            yield chunk

    def _add(self, chunk: Chunk, lines: list[bytes], number: int) -> None:
        """The quick way for lines as they should be; every other line is looked at closely."""
        rows, films, people, separator = chunk.rows, self._films, self._people, self._separator
        latest = self._latest
        for line in lines:
            number += 1
            try:
                person, film, stars, at = line.split(separator)
                when = int(at)
                key, row = (people[person], films[film]), (number, _STARS[stars], when)
                if EARLIEST <= when <= latest and at.isdigit() and key not in rows:
                    rows[key] = row
                    continue
            except (ValueError, KeyError):
                pass
            if line and not line.isspace():
                self._look_closely(chunk, line, number)

    def _look_closely(self, chunk: Chunk, line: bytes, number: int) -> None:
        """A new person, an unusual spelling of a good row, a second rating of a film, or a bad line."""
        row = self._row(line)
        if isinstance(row, str):
            chunk.problems.append(Problem(self._file, number, row))
        elif row is None:
            chunk.left_out += 1
        else:
            key, rating, when = row
            before = chunk.rows.get(key)
            if before is None:
                chunk.rows[key] = (number, rating, when)
                return
            winner, loser = (number, before[0]) if when > before[2] else (before[0], number)
            chunk.problems.append(Problem(self._file, loser, RATED_TWICE))
            if winner == number:
                chunk.rows[key] = (number, rating, when)

    def _row(self, line: bytes) -> tuple[tuple[int, int], float, int] | str | None:
        """The row of a line; or what is wrong with it; or None for somebody beyond the asked number of people."""
        fields = [field.strip() for field in line.split(self._separator)]
        if fault := _misshapen(line, fields) or _wrong(fields, self._latest):
            return fault
        person, film, stars, at = fields
        ours = self._films.get(film) or self._films.get(film.lstrip(b"0"))
        if ours is None:
            return "film is not in the list of films"
        known = self._known(person)
        return None if known is None else ((known, ours), float(stars), int(at))

    def _known(self, person: bytes) -> int | None:
        number = int(person)
        plain = str(number).encode()
        if plain not in self._people:
            if self._most_people is not None and len(self._people) >= self._most_people:
                return None
            self._people[plain] = number
        return number


def _misshapen(line: bytes, fields: list[bytes]) -> str:
    if len(line) > MAX_LINE:
        return "line too long"
    if b"\0" in line:
        return "NUL byte"
    return "" if len(fields) == 4 else "wrong number of fields"


def _wrong(fields: list[bytes], latest: int) -> str:
    person, film, stars, at = fields
    if not (_NUMBER.fullmatch(person) and _NUMBER.fullmatch(film)):
        return "person or film is not a number"
    if not _DECIMAL.fullmatch(stars):
        return "rating is not a number"
    if not 0.5 <= float(stars) <= 5 or float(stars) % 0.5:
        return "rating is not a half step from 0.5 to 5"
    if not _TIME.fullmatch(at):
        return "time is not a number"
    return "" if EARLIEST <= int(at) <= latest else "time is before 1990 or in the future"
