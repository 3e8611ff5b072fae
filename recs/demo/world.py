"""Films and people as numbers, and how much each person would like each film."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recs.demo.tastes import LANGUAGES, TASTES, G

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.str_]

# Films
FAME_BEYOND_VOTES = 0.45  # spread of the fame that vote counts do not show
RATING_PRIOR_VOTES = 60  # a film's rating counts half with this number of votes
TONES = 5  # numbers in a film's hidden tone
BUZZ_FILMS, BUZZ_BELOW = 12, 0.7  # films that people talk about these weeks, and the fame that needs no talk
# People
MIX = 1.5  # Dirichlet concentration, all tastes together: small enough that two or three make up most people
GENRE_QUIRK = 0.25  # spread of a personal genre liking round the mixture's
PERIOD_QUIRK = 8.0  # years between somebody's home period and their tastes'
OPENNESS_QUIRK = 0.2
FOREIGN_COST, AT_EASE = 1.6, 0.8  # what another language costs per lacking openness; from here on it is a pleasure
LOVED_DIRECTORS, DIRECTOR_LUCK = 5.0, 0.6  # how many on average; how little they follow from the tastes
TONE_QUIRK = 0.6  # spread of the personal liking of a tone round the mixture's
ACCLAIM, ACCLAIM_SPREAD = 1.0, 0.4  # how much a film's quality counts for somebody
ADVENTURE_QUIRK = 0.15
SAID_GENRES = 3  # how many genres somebody names in the welcome
# Weights of liking
WEIGHT_GENRE, WEIGHT_PERIOD, WEIGHT_LANGUAGE = 1.7, 1.2, 0.8
WEIGHT_DIRECTOR, WEIGHT_TONE, WEIGHT_QUALITY = 1.2, 0.3, 0.55


@dataclass(frozen=True, slots=True)
class Film:
    """What the model needs to know of a film; genres are TMDB's numbers, the rating is out of 10."""

    id: int
    released: date
    genres: frozenset[int]
    language: str
    directors: frozenset[str]
    rating: float
    votes: int


@dataclass(frozen=True)
class Catalogue:
    """The films as arrays: `genres` films × genres, `directed` films × directors, `released` in days since 1970."""

    genres: Floats
    year: Floats
    language: Words
    directed: Floats
    fame: Floats
    quality: Floats
    tone: Floats
    released: Ints
    buzz: Bools


@dataclass(frozen=True)
class People:
    """`mixture`: people × tastes; `liking`: people × films; `adventure`: 0 sees what everybody sees, 1 digs."""

    mixture: Floats
    liking: Floats
    adventure: Floats
    language: Words


def _standard(values: Floats) -> Floats:
    return (values - values.mean()) / (values.std() or 1.0)


def catalogue(films: Sequence[Film], *, seed: int) -> Catalogue:
    """Drawn from a stream of its own: one person more or less changes no film."""
    random = np.random.default_rng([seed, 1])
    directors = sorted({name for film in films for name in film.directors})
    rating = np.array([film.rating for film in films])
    votes = np.array([film.votes for film in films], dtype=float)
    trust = votes / (votes + RATING_PRIOR_VOTES)
    quality = _standard(trust * rating + (1 - trust) * rating.mean())
    fame = _standard(np.log1p(votes)) + random.normal(0, FAME_BEYOND_VOTES, len(films))
    talk = 0.6 * quality - (fame > BUZZ_BELOW) * 10 + random.gumbel(0, 1, len(films))
    return Catalogue(
        genres=np.array([[genre in film.genres for genre in G] for film in films], dtype=float),
        year=np.array([film.released.year for film in films], dtype=float),
        language=np.array([film.language for film in films]),
        directed=np.array([[name in film.directors for name in directors] for film in films], dtype=float),
        fame=fame,
        quality=quality,
        tone=random.normal(size=(len(films), TONES)),
        released=np.array([film.released for film in films], dtype="datetime64[D]").astype(np.int64),
        buzz=talk >= np.sort(talk)[-min(BUZZ_FILMS, len(films))],
    )


def _mixtures(random: np.random.Generator, count: int, taste: str | None) -> Floats:
    if taste is not None:
        return np.array([[float(each.name == taste) for each in TASTES]] * count)
    share = np.array([each.share for each in TASTES])
    return random.dirichlet(MIX * share / share.sum(), size=count)


def _affinity(mixture: Floats) -> Floats:
    """People × genres, as the tastes have it."""
    return mixture @ np.array([[taste.genres.get(genre, 0.0) for genre in G] for taste in TASTES])


def said_genres(mixture: Floats) -> list[list[int]]:
    """The genres that each person would name when asked, the dearest first."""
    numbers = np.array(list(G))
    return numbers[np.argsort(-_affinity(mixture), axis=1, kind="stable")[:, :SAID_GENRES]].tolist()


def _genre_fit(random: np.random.Generator, films: Catalogue, mixture: Floats) -> Floats:
    affinity = _affinity(mixture) + random.normal(0, GENRE_QUIRK, (len(mixture), len(G)))
    # A film of four genres is not twice as much of anything as a film of two.
    share = films.genres / np.sqrt(np.maximum(films.genres.sum(axis=1, keepdims=True), 1))
    return affinity @ share.T


def _period_fit(random: np.random.Generator, films: Catalogue, mixture: Floats) -> Floats:
    home = mixture @ [taste.period for taste in TASTES] + random.normal(0, PERIOD_QUIRK, len(mixture))
    reach = mixture @ [taste.reach for taste in TASTES]
    return np.exp(-0.5 * ((films.year[None] - home[:, None]) / reach[:, None]) ** 2) - 0.5


def _language_fit(random: np.random.Generator, films: Catalogue, mixture: Floats, home: Words) -> Floats:
    """English films are at home everywhere; another language than one's own costs what one lacks in openness."""
    openness = mixture @ [taste.abroad for taste in TASTES] + random.normal(0, OPENNESS_QUIRK, len(mixture))
    foreign = (films.language[None] != "en") & (films.language[None] != home[:, None])
    return np.where(foreign, FOREIGN_COST * (np.clip(openness, 0, 1.2)[:, None] - AT_EASE), 0.0)


def _director_fit(random: np.random.Generator, films: Catalogue, suits: Floats) -> Floats:
    """Loved directors are mostly those whose films suit the person anyway."""
    if not films.directed.size:
        return np.zeros_like(suits)
    liked = suits @ (films.directed / films.directed.sum(axis=0))
    place = np.argsort(np.argsort(-liked - random.gumbel(0, DIRECTOR_LUCK, liked.shape), axis=1), axis=1)
    loved = place < random.poisson(LOVED_DIRECTORS, len(suits))[:, None]
    return np.minimum(loved @ films.directed.T, 1.0)


def people(random: np.random.Generator, films: Catalogue, count: int, *, taste: str | None = None) -> People:
    """Draw people, all of one taste when it is named."""
    mixture = _mixtures(random, count, taste)
    home = random.choice(np.array(list(LANGUAGES)), count, p=np.array(list(LANGUAGES.values())))
    # Which tone a taste goes with is part of the model, not of the draw: the same for every seed.
    shared = np.random.default_rng(TONES).normal(0, 1, (len(TASTES), TONES))
    tone = mixture @ shared + random.normal(0, TONE_QUIRK, (count, TONES))
    acclaim = np.clip(random.normal(ACCLAIM, ACCLAIM_SPREAD, count), 0, None)
    suits = WEIGHT_GENRE * _genre_fit(random, films, mixture) + WEIGHT_PERIOD * _period_fit(random, films, mixture)
    liking = (
        suits
        + WEIGHT_LANGUAGE * _language_fit(random, films, mixture, home)
        + WEIGHT_DIRECTOR * _director_fit(random, films, suits)
        + WEIGHT_TONE * tone @ films.tone.T
        + WEIGHT_QUALITY * acclaim[:, None] * films.quality[None]
    )
    adventure = mixture @ [each.adventure for each in TASTES] + random.normal(0, ADVENTURE_QUIRK, count)
    return People(mixture=mixture, liking=liking, adventure=np.clip(adventure, 0, 1), language=home)
