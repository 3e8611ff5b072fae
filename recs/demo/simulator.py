"""A seeded model of people who rate films. numpy only: no database, no network, nothing of a real person.

The model, step by step:

1. *Films.* Fame is the standardised logarithm of TMDB's vote count plus a part that votes do not show; quality is
   TMDB's rating pulled towards the mean where few have voted. Each film also has a hidden tone, a few numbers that no
   catalogue holds: what only the behaviour of people can teach a recommender.
2. *People.* Everybody mixes a few of the tastes in `tastes.py` (a sparse Dirichlet draw, so that groups overlap) and
   adds their own quirks: genres, a home period, openness to other languages, a few loved directors, the tone they
   like, how mainstream they are, how much acclaim counts, how strictly and how widely they rate.
3. *Liking* is a weighted sum of how film and person fit in each of these (`world.py`).
4. *Choosing.* People see what is famous and what they expect to like: films are drawn without replacement with weights
   exp(fame + liking), by the Gumbel trick. How many is log-normal: most rate some dozens, a few hundreds.
5. *Rating.* Liking among what was chosen, standardised, plus noise, on each person's own mean and spread; then rounded
   to whole stars by those who never use halves and to half stars by the others, mostly.
6. *Other acts.* Favourites and likes among the high ratings, dislikes among the low, films seen but not rated, a
   watchlist of what they would like, and well-known films that are not for them. `timeline.py` says when.

What the constants aim at was measured on public rating data: MovieLens' mean (3.5), spread (1.04) and share of half
stars (30 %), selection by expected liking (ratings are not missing at random: Marlin and Zemel 2009), the long tail of
popularity and activity, and the personal mean and spread that every bias model relies on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from recs.demo import timeline, world
from recs.demo.world import Bools, Film, Floats, Ints

FEWEST_FILMS = 30
# Choosing
FAME_MAINSTREAM, FAME_ADVENTUROUS = 0.85, 0.25  # pull of fame on either end of the adventurous
EXPECTED_LIKING = 1.45  # pull of expected liking
BUZZ = 1.6  # pull of a film that people talk about these weeks, on those who still come
ACTIVITY_MEDIAN, ACTIVITY_SPREAD = 56.0, 0.85  # ratings per person: log-normal …
ACTIVITY_LEAST, ACTIVITY_MOST, ACTIVITY_SHARE = 15, 350, 0.6  # … cut off, also at this share of the catalogue
FAMOUS_FIRST, TALKED_ABOUT_LAST = 0.6, 4.0  # in which order a person comes to films
# Rating
MEAN, MEAN_SPREAD = 3.55, 0.33  # of the personal means
SPREAD, SPREAD_SPREAD = 0.98, 0.18  # of the personal spreads: log-normal
SIGNAL = 0.72  # correlation of what somebody gives with what they like
SKEW = 0.1  # a bad film disappoints more than a good one delights
WHOLE_STARS_ONLY = 0.3  # share of people who never give half stars
HALF_STAR_HABIT = 0.85  # share of ratings that the others round to the nearest half
# Other acts
FAVORITE_FROM, FAVORITE_SHARE = 4.5, 0.22
LIKE_FROM, LIKE_SHARE = 4.0, 0.18
DISLIKE_TO, DISLIKE_SHARE = 2.0, 0.2
VIEWS, WATCHLIST, NOT_INTERESTED = 6.0, 5.0, 1.5  # films per person, on average

KINDS = ("rating", "favorite", "like", "dislike", "view", "watchlist", "not_interested")


@dataclass(frozen=True)
class Acts:
    """A row per act, ordered by person and time. `person` and `film` are positions, `kind` is one in KINDS,
    `rating` is NaN where nothing was rated, `at` is in seconds since 1970 (UTC).
    """

    person: Ints
    film: Ints
    kind: Ints
    rating: Floats
    at: Ints

    def __len__(self) -> int:
        return len(self.person)

    def of(self, kind: str) -> Bools:
        return self.kind == KINDS.index(kind)


@dataclass(frozen=True)
class Community:
    """`mixture`: people × tastes; `languages`: each person's own; `genres`: what they would say they like (TMDB's
    numbers); `joined`: seconds since 1970; and what they did.
    """

    mixture: Floats
    languages: list[str]
    genres: list[list[int]]
    joined: Ints
    acts: Acts


def _activity(random: np.random.Generator, people: int, available: int) -> Ints:
    drawn = ACTIVITY_MEDIAN * np.exp(random.normal(0, ACTIVITY_SPREAD, people))
    most = min(ACTIVITY_MOST, int(ACTIVITY_SHARE * available))
    return np.clip(drawn, min(ACTIVITY_LEAST, most), most).astype(np.int64)


def _choosing(random: np.random.Generator, films: world.Catalogue, crowd: world.People, here: Bools) -> Floats:
    """How early each film comes up for each person: the Gumbel noise makes sorting a draw without replacement."""
    pull = FAME_MAINSTREAM + (FAME_ADVENTUROUS - FAME_MAINSTREAM) * crowd.adventure
    weight = pull[:, None] * films.fame[None] + EXPECTED_LIKING * crowd.liking
    weight += BUZZ * here[:, None] * films.buzz[None]
    return weight + random.gumbel(0, 1, weight.shape)


def _first(wish: Floats, counts: Ints) -> Bools:
    """For each person the `counts` films with the strongest wish; -inf is never chosen."""
    place = np.argsort(np.argsort(-wish, axis=1, kind="stable"), axis=1)
    return (place < counts[:, None]) & np.isfinite(wish)


def _stars(random: np.random.Generator, liking: Floats, person: Ints, people: int) -> Floats:
    """Ratings on the half-star scale for chosen films, from how much each is liked."""
    felt = (liking - liking.mean()) / (liking.std() or 1.0)
    felt = SIGNAL * felt + np.sqrt(1 - SIGNAL**2) * random.normal(size=len(felt))
    felt -= SKEW * (felt**2 - 1)
    mean = random.normal(MEAN, MEAN_SPREAD, people)
    spread = SPREAD * np.exp(random.normal(0, SPREAD_SPREAD, people))
    exact = mean[person] + spread[person] * felt
    halves = (random.random(people) >= WHOLE_STARS_ONLY)[person] & (random.random(len(felt)) < HALF_STAR_HABIT)
    return np.where(halves, np.clip(np.round(exact * 2) / 2, 0.5, 5), np.clip(np.round(exact), 1, 5))


def _rated(
    random: np.random.Generator, films: world.Catalogue, who: timeline.Lives, chosen: Bools
) -> tuple[Ints, Ints, Ints]:
    """Person, film and moment of every rating: the famous early, what people talk about these weeks last."""
    person, film = np.nonzero(chosen)
    order = random.normal(size=len(film)) - FAMOUS_FIRST * films.fame[film]
    order += TALKED_ABOUT_LAST * (films.buzz[film] & who.here[person])
    film = film[np.lexsort((order, person))]
    return person, film, timeline.moments(random, who, chosen.sum(axis=1))


def _beside(random: np.random.Generator, ratings: Acts) -> list[Acts]:
    """Favourites, likes and dislikes: said seconds after the rating."""
    luck = random.random(len(ratings))
    high, low = ratings.rating >= LIKE_FROM, ratings.rating <= DISLIKE_TO
    said = {
        "favorite": (ratings.rating >= FAVORITE_FROM) & (random.random(len(ratings)) < FAVORITE_SHARE),
        "like": high & (luck < LIKE_SHARE),
        "dislike": low & (luck < DISLIKE_SHARE),
    }
    return [
        _acts(kind, ratings.person[rows], ratings.film[rows], ratings.at[rows] + 5 + number)
        for number, (kind, rows) in enumerate(said.items())
    ]


def _acts(kind: str, person: Ints, film: Ints, at: Ints, rating: Floats | None = None) -> Acts:
    stars = np.full(len(person), np.nan) if rating is None else rating
    return Acts(person=person, film=film, kind=np.full(len(person), KINDS.index(kind)), rating=stars, at=at)


def _unrated(
    random: np.random.Generator, ratings: Acts, *, wish: Floats, liking: Floats, fame: Floats, chosen: Bools
) -> list[Acts]:
    """Seen without a rating, wanted, and not wanted: said in some sitting, each film in one of the three at most."""
    people = len(wish)
    start = np.searchsorted(ratings.person, np.arange(people))
    length = np.maximum(chosen.sum(axis=1), 1)
    taken, found = chosen | ~np.isfinite(wish), []
    noise = random.gumbel(0, 0.5, wish.shape)
    for kind, mean, strength in (
        ("view", VIEWS, wish),
        ("watchlist", WATCHLIST, liking + noise),
        ("not_interested", NOT_INTERESTED, fame[None] - 1.5 * liking + noise),
    ):
        picked = _first(np.where(taken, -np.inf, strength), random.poisson(mean, people))
        taken = taken | picked
        person, film = np.nonzero(picked)
        beside = start[person] + (random.random(len(person)) * length[person]).astype(np.int64)
        found.append(_acts(kind, person, film, ratings.at[beside] + random.integers(60, 600, len(person))))
    return found


def _together(parts: Sequence[Acts]) -> Acts:
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Acts.__dataclass_fields__}
    order = np.lexsort((columns["kind"], columns["film"], columns["at"], columns["person"]))
    return Acts(**{name: column[order] for name, column in columns.items()})


def simulate(
    films: Sequence[Film],
    *,
    people: int,
    seed: int,
    today: date,
    draw: int = 0,
    taste: str | None = None,
    activity: int | None = None,
) -> Community:
    """Make people and what they did. The same films in the same order, seed and day give the same arrays.

    Another `draw` brings other people to the same films; `taste` makes all of one taste, `activity` gives each so
    many ratings.
    """
    catalogue = world.catalogue(films, seed=seed)
    random = np.random.default_rng([seed, 2, draw])
    who = timeline.lives(random, people, today=today)
    crowd = world.people(random, catalogue, people, taste=taste)
    out = catalogue.released < timeline.newest(today) - timeline.RECENT
    if out.sum() < FEWEST_FILMS:
        raise ValueError(f"a community needs {FEWEST_FILMS} released films to talk about, not {out.sum()}")
    wish = np.where(out[None], _choosing(random, catalogue, crowd, who.here), -np.inf)
    counts = _activity(random, people, int(out.sum())) if activity is None else np.full(people, activity)
    chosen = _first(wish, counts)
    person, film, at = _rated(random, catalogue, who, chosen)
    at = timeline.not_before_release(random, at, catalogue.released[film], today=today)
    stars = _stars(random, crowd.liking[person, film], person, people)
    ratings = _together([_acts("rating", person, film, at, stars)])
    others = _unrated(random, ratings, wish=wish, liking=crowd.liking, fame=catalogue.fame, chosen=chosen)
    acts = _together([ratings, *_beside(random, ratings), *others])
    joined = np.minimum.reduceat(acts.at, np.searchsorted(acts.person, np.arange(people))) - 10 * 60
    return Community(
        mixture=crowd.mixture,
        languages=crowd.language.tolist(),
        genres=world.said_genres(crowd.mixture),
        joined=joined,
        acts=acts,
    )
