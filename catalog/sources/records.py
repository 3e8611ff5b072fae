"""What the sources hand to the services: plain frozen records, the same whatever the file or the address."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StarterGenre:
    tmdb_id: int
    name: str


@dataclass(frozen=True, slots=True)
class StarterPerson:
    """`born` is 0 unless it is needed to tell two people of one name apart."""

    name: str
    born: int = 0


@dataclass(frozen=True, slots=True)
class StarterRole:
    person: StarterPerson
    character: str


@dataclass(frozen=True, slots=True)
class StarterFilm:
    """A film of the catalogue that comes with the site."""

    tmdb_id: int
    imdb_id: str
    title: str
    original_title: str
    release_date: date
    runtime: int
    genre_ids: tuple[int, ...]
    original_language: str
    countries: tuple[str, ...]
    certification: str
    directors: tuple[StarterPerson, ...]
    cast: tuple[StarterRole, ...]
    overview: str
    tmdb_rating: float
    tmdb_vote_count: int
    tmdb_as_of: str
