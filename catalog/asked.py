"""What somebody typed into the search box: words, and operators such as y:1995..2000 or g:-horror."""

import re
from dataclasses import dataclass

LONGEST = 200
MOST_OPERATORS = 8
WORDS = re.compile(r"\w+")
_OPERATOR = re.compile(r"(?<!\S)([ygpr]):(\"[^\"]*\"|\S+)", re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})?(\.\.)?(\d{4})?")
_RATING = re.compile(r"(>=|<=|>|<|=)?(\d{1,2}(?:\.\d{1,2})?)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, understood. `ignored` holds the operators that made no sense, so that the page can say so."""

    typed: str = ""  # all of it, made fit to be shown and stored
    text: str = ""  # without the operators
    first_year: int | None = None
    last_year: int | None = None
    genres: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    rating: tuple[str, float] | None = None  # (">", 7.0)
    ignored: tuple[str, ...] = ()

    @property
    def has_words(self) -> bool:
        return bool(WORDS.search(self.text))

    @property
    def is_empty(self) -> bool:
        """Nothing to look for: no word, and no operator that was understood."""
        return not (self.has_words or self.genres or self.without or self.people or self.rating or self._has_years)

    @property
    def _has_years(self) -> bool:
        return self.first_year is not None or self.last_year is not None


def clean(typed: str) -> str:
    """One line without NUL, which PostgreSQL does not store, or half a surrogate pair, and of a sane length."""
    printable = typed.replace("\x00", "").encode("utf-8", "ignore").decode()
    return " ".join(printable.split())[:LONGEST].strip()


def parse(typed: str) -> Asked:
    text = clean(typed)
    said: dict[str, list[str]] = {"y": [], "g": [], "p": [], "r": []}
    for match in list(_OPERATOR.finditer(text))[:MOST_OPERATORS]:
        said[match[1].lower()].append(match[2].strip('"').strip())
    years, bad_years = _years(said["y"])
    rating, bad_ratings = _rating(said["r"])
    return Asked(
        typed=text,
        text=" ".join(_OPERATOR.sub(" ", text).split()),
        first_year=years[0],
        last_year=years[1],
        genres=tuple(name for name in said["g"] if name and not name.startswith("-")),
        without=tuple(name[1:] for name in said["g"] if len(name) > 1 and name.startswith("-")),
        people=tuple(name for name in said["p"] if WORDS.search(name)),
        rating=rating,
        ignored=(*bad_years, *bad_ratings),
    )


def _years(said: list[str]) -> tuple[tuple[int | None, int | None], list[str]]:
    """The last that makes sense counts: 1999, 1995..2000, 1995.. or ..2000."""
    years: tuple[int | None, int | None] = (None, None)
    bad = []
    for value in said:
        match = _YEARS.fullmatch(value)
        first, span, last = match.groups() if match and value.isascii() else (None, None, None)
        if not (first or last) or (not span and last) or (first and last and first > last) or "0000" in (first, last):
            bad.append(f"y:{value}")
        else:
            years = (int(first) if first else None, int(last) if last else None if span else int(first or 0))
    return years, bad


def _rating(said: list[str]) -> tuple[tuple[str, float] | None, list[str]]:
    """r:>7 and its like; a bare number means at least."""
    rating, bad = None, []
    for value in said:
        match = _RATING.fullmatch(value)
        if match and value.isascii():
            rating = (match[1] or ">=", float(match[2]))
        else:
            bad.append(f"r:{value}")
    return rating, bad
