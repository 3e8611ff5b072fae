"""The few facts of a film that its card shows, read in one query for a whole page."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class MovieCard:
    """One film on a card. `version` changes whenever the film is saved."""

    id: int
    slug: str
    title: str
    year: int | None
    poster_path: str
    genre: str
    version: int

    @property
    def name(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


def from_row(
    id: int, slug: str, title: str, released: date | None, poster_path: str, genre: str | None, updated_at: datetime
) -> MovieCard:
    """A card from the row that `MovieQuerySet.cards` selects."""
    version = int(updated_at.timestamp() * 1_000_000)
    return MovieCard(id, slug, title, released.year if released else None, poster_path, genre or "", version)
