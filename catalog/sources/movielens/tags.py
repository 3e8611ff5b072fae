"""The words that people of a data set wrote on its films."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from catalog.sources.movielens.lines import MAX_LINE, numbered, text

LIMIT = 1024 * 1024 * 1024
LONGEST = 50
_NUMBER = re.compile(r"\d{1,9}")


def read(stream: BinaryIO, *, layout: str) -> Iterator[tuple[int, str]]:
    """Film and word, in small letters, once for every time somebody wrote it; a line that is no tag is left out."""
    for _, line in numbered(stream, limit=LIMIT):
        fields = [] if len(line) > MAX_LINE or b"\0" in line else _fields(text(line), layout)
        if len(fields) < 4 or not _NUMBER.fullmatch(fields[1]):
            continue
        word = " ".join("::".join(fields[2:-1]).lower().split())
        if 0 < len(word) <= LONGEST:
            yield int(fields[1]), word


def _fields(line: str, layout: str) -> list[str]:
    if layout == "dat":
        return line.split("::")
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []
