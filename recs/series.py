"""Whether two films look like parts of one series, told by their titles alone."""

import re

ENOUGH_SHARED = 3
# Where the name of a series ends and that of its part begins: a colon, a dash, a number.
PART = re.compile(
    r"\s*(?::|\s[-–—]\s|\b(?:part|vol\.?|volume|chapter|episode)\b|\b(?:\d+|[ivx]+)\s*$|\b\d+\b).*", re.IGNORECASE
)


def same(one: str, other: str) -> bool:
    """Better to think two strangers related than to show one series twice."""
    first, second = sorted((_name(one), _name(other)), key=len)
    shared = len(first) if second[: len(first)] == first else _shared(first, second)
    return first == second or shared >= ENOUGH_SHARED or shared == len(first) > 1


def _name(title: str) -> list[str]:
    words = title.casefold()
    return (PART.sub("", words, count=1) or words).split()


def _shared(first: list[str], second: list[str]) -> int:
    pairs = zip(first, second, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
