"""Which film of the catalogue is meant. A match must be right rather than many: whatever leaves a doubt is asked.

Sure are: the number of IMDb or TMDB; the same title and year where the catalogue has one such film; the same title
with the year one off, or all but its article, where nothing else bears it. A film whose own number contradicts the
file's is never it.
Namesakes, other years, files without years, and titles that are only similar are shown for their owner to choose.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recs.history import titles
from recs.history.records import Film

MOST_CANDIDATES = 6
ALIKE = 0.4  # shared trigrams / all trigrams of two titles
HELD, ENOUGH_HELD = 0.8, 4  # of the shorter title's trigrams, and how many: then one title holds the other
MOST_GUESSED = 3_000  # titles without a match for which similar ones are looked up
BY_NUMBER, BY_YEAR, BY_NEAR_YEAR = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A film of the catalogue, as far as matching needs it."""

    id: int
    title: str
    original: str
    year: int | None
    imdb: str
    tmdb: int | None
    slug: str
    fame: float


@dataclass(frozen=True, slots=True)
class Match:
    """The film that is meant, or the films that may be. `sure` tells how the match was made; 0 is none."""

    movie: int | None = None
    candidates: tuple[int, ...] = ()
    sure: int = 0


class Index:
    """The titles and numbers of a catalogue, ready to be looked up in memory."""

    def __init__(self, films: Iterable[Entry]) -> None:
        self._films = list(films)
        self._by_imdb = {film.imdb: film for film in self._films if film.imdb}
        self._by_tmdb = {film.tmdb: film for film in self._films if film.tmdb}
        self._by_slug = {film.slug: film for film in self._films}
        self._by_title: dict[str, list[Entry]] = defaultdict(list)
        for film in self._films:
            for key in self._keys(film):
                self._by_title[key].append(film)

    def match(self, wanted: Film, *, guess: bool = True) -> Match:
        """The best that the catalogue has; with `guess`, titles that are only similar count as candidates."""
        if found := self._by_numbers(wanted):
            return found
        named = [film for film in self._named(wanted) if not _contradicts(film, wanted)]
        close = [film for film in named if _distance(film, wanted) <= 1]
        if len(close) == 1 and (sure := self._sure(close[0], wanted)):
            return Match(close[0].id, (close[0].id,), sure)
        if named:
            return Match(None, _ids(named, wanted))
        return Match(None, _ids(self._similar(wanted), wanted)) if guess and wanted.title else Match()

    def _by_numbers(self, wanted: Film) -> Match | None:
        """Numbers are right by what they are; two that lead to two films are not."""
        found = [self._by_imdb.get(wanted.imdb), self._by_tmdb.get(wanted.tmdb or 0)]
        ids = tuple(dict.fromkeys(film.id for film in found if film))
        if not ids and wanted.slug and (film := self._by_slug.get(wanted.slug)) and _same_title(film, wanted):
            ids = (film.id,)
        if not ids:
            return None
        return Match(ids[0], ids, BY_NUMBER) if len(ids) == 1 else Match(None, ids)

    def _named(self, wanted: Film) -> list[Entry]:
        """All films of that title; those that bear it to the letter hide those that only lack an article."""
        asked = _asked(wanted)
        found = {film.id: film for key in asked for film in self._by_title.get(titles.short(key), ())}
        same = [film for film in found.values() if _title_keys(film) & asked]
        if wanted.year is not None and not any(_distance(film, wanted) <= 1 for film in same):
            return list(found.values())
        return same or list(found.values())

    def _sure(self, film: Entry, wanted: Film) -> int:
        """The year may be one off, or the article missing, but not both."""
        if _distance(film, wanted) == 0:
            return BY_YEAR
        return BY_NEAR_YEAR if _title_keys(film) & _asked(wanted) else 0

    def _keys(self, film: Entry) -> set[str]:
        return {titles.short(key) for key in _title_keys(film)}

    @cached_property
    def _grams(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
        """By trigram the titles that have it; and of each title how many it has, its film's place and year."""
        posted: dict[str, list[int]] = defaultdict(list)
        sizes: list[int] = []
        owners: list[int] = []
        for place, film in enumerate(self._films):
            for key in self._keys(film):
                grams = titles.trigrams(key)
                for gram in grams:
                    posted[gram].append(len(sizes))
                sizes.append(len(grams))
                owners.append(place)
        lists = {gram: np.array(numbers, dtype=np.int32) for gram, numbers in posted.items()}
        years = np.array([self._films[place].year or 0 for place in owners], dtype=np.int64)
        return lists, np.array(sizes, dtype=np.int32), np.array(owners, dtype=np.int64), years

    def _similar(self, wanted: Film) -> list[Entry]:
        """Films of about that year whose titles are spelt alike, or hold one another ("The Raid: Redemption")."""
        posted, sizes, owners, years = self._grams
        grams = titles.trigrams(titles.short(titles.full(wanted.title)))
        hits = [posted[gram] for gram in grams if gram in posted]
        if not hits:
            return []
        shared = np.bincount(np.concatenate(hits), minlength=len(sizes))
        alike = shared / (len(grams) + sizes - shared)
        if wanted.year is not None:
            held = shared / np.minimum(len(grams), sizes)
            alike = np.where((held >= HELD) & (shared >= ENOUGH_HELD), np.maximum(alike, ALIKE), alike)
            alike = np.where(np.abs(years - wanted.year) <= 1, alike, 0.0)
        order = np.argsort(-alike, kind="stable")[: 4 * MOST_CANDIDATES]
        likely = [self._films[owners[place]] for place in order if alike[place] >= ALIKE]
        return [film for film in dict.fromkeys(likely) if not _contradicts(film, wanted)]


def match_all(index: Index, films: Sequence[Film]) -> list[Match]:
    """A match for each film of a file. One film of the catalogue cannot be two of the file: then it is asked."""
    found, guesses = [], MOST_GUESSED
    for film in films:
        match = index.match(film, guess=guesses > 0)
        guesses -= match.sure == 0
        found.append(match)
    claims: dict[int, list[int]] = defaultdict(list)
    for place, match in enumerate(found):
        if match.movie is not None:
            claims[match.movie].append(place)
    for places in claims.values():
        best = max(found[place].sure for place in places)
        rivals = [place for place in places if found[place].sure == best]
        kept = set(rivals) if best == BY_NUMBER or len(rivals) == 1 else set()
        for place in set(places) - kept:
            found[place] = Match(None, found[place].candidates)
    return found


def _title_keys(film: Entry) -> set[str]:
    return {titles.full(title) for title in (film.title, film.original) if title}


def _asked(wanted: Film) -> set[str]:
    return {titles.full(title) for title in (wanted.title, wanted.original) if title}


def _same_title(film: Entry, wanted: Film) -> bool:
    return titles.full(film.title) == titles.full(wanted.title)


def _distance(film: Entry, wanted: Film) -> int:
    """Years between; without a year nothing is close."""
    return abs(film.year - wanted.year) if film.year and wanted.year else 10_000


def _contradicts(film: Entry, wanted: Film) -> bool:
    imdb = wanted.imdb and film.imdb and wanted.imdb != film.imdb
    return bool(imdb or (wanted.tmdb and film.tmdb and wanted.tmdb != film.tmdb))


def _ids(films: Iterable[Entry], wanted: Film) -> tuple[int, ...]:
    """The nearest year first, then the best known."""
    order = sorted(films, key=lambda film: (_distance(film, wanted), -film.fame, film.id))
    return tuple(film.id for film in order[:MOST_CANDIDATES])
