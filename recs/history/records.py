"""What a file says, in one shape whichever site wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LONGEST_TITLE = 300
LISTED = "listed"  # stands on a list of which the file does not say what it is for; its owner decides


class Refusal(ValueError):
    """The file as a whole cannot be read. `code` says why; `facts` are the numbers and names in the sentence."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done with a film. `at` is None where the file gives no date that could be true."""

    kind: str
    rating: float | None = None
    at: datetime | None = None
    metadata: Mapping[str, Any] | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: a film and what it says of it. `weight` decides between two lines that contradict."""

    title: str
    acts: tuple[Act, ...]
    original: str = ""
    year: int | None = None
    imdb: str = ""
    tmdb: int | None = None
    slug: str = ""
    uri: str = ""
    source: str = ""  # the file that the line stands in
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Skip:
    """A line that was left out, and why (a code that the page has words for)."""

    title: str
    reason: str
    year: int | None = None
    imdb: str = ""


@dataclass(slots=True)
class Film:
    """One film of the file with everything that the file says of it, by kind."""

    title: str
    original: str = ""
    year: int | None = None
    imdb: str = ""
    tmdb: int | None = None
    slug: str = ""
    acts: dict[str, Act] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """A whole upload. `unread` names the files of a ZIP that were not looked into; `genres` are TMDB's numbers."""

    format: str
    films: list[Film]
    skipped: list[Skip]
    unread: list[str]
    genres: list[int]
    scale: int = 5
