"""What the welcome pages show: groups of films, films to rate, and how far somebody is.

Both choices are made from the fitted model where there is one, otherwise from genres, and kept for a day for each
model and set of films. How far somebody is follows from what the database holds, so that they can leave and return.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db.models import Count
from scipy.sparse import csr_matrix

from accounts.models import User
from catalog.models import Genre, Movie, MovieGenre
from recs import artefacts, clusters, series
from recs.algorithms import ItemItemScorer
from recs.algorithms.base import columns_of
from recs.mine import Mine
from recs.models import GenrePreference, Interaction
from web.cache import get_or_build

GROUP_FILMS, ASKED_FILMS = 200, 300
SETS, SHOWN, SIZE = 2, 8, 6  # sets of groups behind "I don't know any of these", tiles in a set, films in a tile
MOST_GROUPS = 5
TO_RATE = 10
ENOUGH_RATINGS = 5  # whoever has seen little of what we ask is asked a little more
SEED = 20
GENRE_SHARE = 0.8  # of what the model says: taste alone makes groups that nobody could name
MINUTE, DAY = 60, 60 * 60 * 24
STEPS = 10  # half stars from 0.5 to 5


@dataclass(frozen=True, slots=True)
class Group:
    """Films that belong together; the key names exactly these films, so that it survives the next training."""

    key: str
    films: tuple[int, ...]
    genres: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Questions:
    """The films we may ask about, how telling each is, and where it lies among the others."""

    films: np.ndarray
    scores: np.ndarray
    vectors: np.ndarray


class Progress(NamedTuple):
    """How far somebody is. `step` is the address name of the page to go on with."""

    picked: int
    genres: int
    answered: int
    to_rate: int
    finished: bool
    step: str

    @property
    def percent(self) -> int:
        done = min(self.answered, self.to_rate) + (2 if self.picked or self.genres else 0)
        return round(100 * done / (self.to_rate + 2))


def progress(user: User, mine: Mine | None = None) -> Progress:
    """Two queries, or one for a page that has loaded `mine` anyway."""
    mine = mine or Mine(user)
    picked, count = len(picked_keys(mine)), len(answered(mine))
    to_rate = max(TO_RATE, count + max(0, ENOUGH_RATINGS - len(mine.ratings)))
    genres = GenrePreference.objects.filter(user=user).count()
    step = "recs:welcome_films" if picked or genres or count else "recs:welcome_groups"
    return Progress(picked, genres, count, to_rate, user.onboarding_completed, step)


def picked_keys(mine: Mine) -> frozenset[str]:
    """The groups that this person picked, from the marks that picking left on their films."""
    notes = (deed.metadata or {} for deed in mine.deeds if deed.interaction_type == Interaction.Type.CLICK)
    return frozenset(note["group"] for note in notes if note.get("from") == "group" and "group" in note)


def asked(mine: Mine) -> Mapping[int, str]:
    """Films answered with "not seen" or "skip" on the welcome pages."""
    clicks = (deed for deed in mine.deeds if deed.interaction_type == Interaction.Type.CLICK and deed.metadata)
    return {deed.movie_id: deed.metadata["asked"] for deed in clicks if deed.metadata and "asked" in deed.metadata}


def answered(mine: Mine) -> frozenset[int]:
    return frozenset(mine.ratings) | frozenset(asked(mine))


def groups(page: int = 0) -> list[Group]:
    """One set of tiles; after the last set comes the first again."""
    every = all_groups()
    sets = max(1, -(-len(every) // SHOWN))
    first = page % sets * SHOWN
    return every[first : first + SHOWN]


def all_groups() -> list[Group]:
    ids = _best_known(ASKED_FILMS)
    return get_or_build(_key("groups", ids), lambda: _make_groups(ids), seconds=DAY, cache="default")


def next_film(mine: Mine) -> int | None:
    """The most telling film that this person has not said anything about; None when there is nothing left to ask."""
    ids = _best_known(ASKED_FILMS)
    questions = get_or_build(_key("questions", ids), lambda: _make_questions(ids), seconds=DAY, cache="default")
    skipped = asked(mine)
    unseen = [pk for pk, answer in skipped.items() if answer == "not_seen"]
    chosen = clusters.next_film(
        questions.scores,
        questions.vectors,
        rated=_rows(questions.films, mine.ratings),
        unseen=_rows(questions.films, unseen),
        done=_rows(questions.films, mine.done | skipped.keys()),
    )
    return None if chosen is None else int(questions.films[chosen])


def _rows(films: np.ndarray, ids: object) -> list[int]:
    """Where these films stand; films that we do not ask about are left out."""
    return np.flatnonzero(np.isin(films, list(ids))).tolist()  # type: ignore[call-overload]


def _best_known(count: int) -> list[int]:
    return get_or_build("welcome:known", _read_best_known, seconds=MINUTE)[:count]


def _read_best_known() -> list[int]:
    films = Movie.objects.released().filter(adult=False).order_by("-tmdb_vote_count", "-popularity_score", "pk")
    return list(films.values_list("pk", flat=True)[:ASKED_FILMS])


def _one_of_each_series(ids: list[int]) -> list[int]:
    """The best-known film of each series: six of one would ask the same question six times.

    Only where the catalogue is too small for whole sets without them do the others come after.
    """
    titles = dict(Movie.objects.filter(pk__in=ids).values_list("pk", "title"))
    chosen: dict[int, str] = {}
    for pk in ids:
        if pk in titles and not any(series.same(titles[pk], other) for other in chosen.values()):
            chosen[pk] = titles[pk]
    spare = [pk for pk in ids if pk in titles and pk not in chosen]
    return [*chosen, *spare[: max(0, SETS * SHOWN * SIZE - len(chosen))]]


def _key(what: str, ids: list[int]) -> str:
    model = artefacts.load(ItemItemScorer.name)
    films = hashlib.sha256(repr(ids).encode()).hexdigest()[:16]
    return f"welcome:{what}:3:{model.version if model else 'genres'}:{films}"


def _make_groups(known: list[int]) -> list[Group]:
    ids = _one_of_each_series(known)[:GROUP_FILMS]
    genres, names = _genres(ids)
    found = clusters.groups(_vectors(ids, genres), count=SETS * SHOWN, size=SIZE, seed=SEED)
    return [_group([ids[row] for row in rows], [names[at] for at in clusters.shared(genres, rows)]) for rows in found]


def _group(films: list[int], genres: list[str]) -> Group:
    key = hashlib.sha256(repr(sorted(films)).encode()).hexdigest()[:12]
    return Group(key, tuple(films), tuple(genres))


def _make_questions(ids: list[int]) -> Questions:
    histogram = np.zeros((len(ids), STEPS))
    place = {pk: row for row, pk in enumerate(ids)}
    counted = Interaction.objects.ratings().filter(movie_id__in=ids).values_list("movie_id", "rating")
    for movie_id, rating, count in counted.annotate(count=Count("pk")).order_by():
        histogram[place[movie_id], round(2 * rating) - 1] = count
    votes = histogram.sum(axis=1)
    if not votes.any():
        known = dict(Movie.objects.filter(pk__in=ids).values_list("pk", "tmdb_vote_count"))
        votes = np.array([known[pk] for pk in ids], dtype=np.float64)
    genres, _names = _genres(ids)
    return Questions(np.array(ids), clusters.telling(votes, histogram), _vectors(ids, genres))


def _vectors(ids: list[int], genres: np.ndarray) -> np.ndarray:
    """Where films lie: by what liking each says for all others, or by genre while there is no model."""
    features = np.hstack([genres, np.full((len(ids), 1), 0.01)])  # a film without genres needs a place, too
    model = artefacts.load(ItemItemScorer.name)
    if model and ids:
        columns = columns_of(np.array(ids), model.scorer.movie_ids)
        known = np.flatnonzero(columns >= 0)
        shape = (len(ids), len(model.scorer.movie_ids))
        single = csr_matrix((np.ones(len(known)), (known, columns[known])), shape=shape)
        said = clusters.unit(model.scorer.scores(single))
        features = np.hstack([said, GENRE_SHARE * clusters.unit(features)])
    return clusters.condense(features, seed=SEED)


def _genres(ids: list[int]) -> tuple[np.ndarray, list[str]]:
    """Films × genres as 0 and 1, and the genres' names."""
    names = dict(Genre.objects.order_by("pk").values_list("pk", "name"))
    place = {pk: column for column, pk in enumerate(names)}
    row = {pk: at for at, pk in enumerate(ids)}
    matrix = np.zeros((len(ids), max(1, len(names))))
    for movie_id, genre_id in MovieGenre.objects.filter(movie_id__in=ids).values_list("movie_id", "genre_id"):
        matrix[row[movie_id], place[genre_id]] = 1.0
    return matrix, list(names.values()) or [""]
