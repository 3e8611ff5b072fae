"""Everything that a list of picks is made from, at one moment: the models in use and what may be shown.

Making picks from a shelf asks the database nothing, so that one shelf serves one request or a run over everybody.
Each list goes through the same four steps: candidates, scores, filter, and a fallback for the places left empty.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_matrix

from recs import explain
from recs.algorithms import GenreScorer, Scorer, row_of
from recs.algorithms.base import columns_of
from recs.feedback import LIKED

# With few films known, what everybody likes says more than what the model can: popularity counts as much as the
# best of the model's scores up to this many films known, and less and less beyond.
COLD_FILMS = 3.0
MOSTLY = 2 / 3  # a pick that owes more than this to popularity is called popular

REMEMBERED = 32  # histories whose scores a model keeps: 80 kB each with 10,000 films

COLLABORATIVE, NEIGHBOURS, GENRES, POPULAR = "collaborative", "neighbours", "genre_based", "popular"
LEARNED = (COLLABORATIVE, NEIGHBOURS)
CHAIN = (COLLABORATIVE, GENRES, POPULAR)


@dataclass(frozen=True, slots=True)
class Pick:
    """One suggested film. `algorithm` is the one that really chose it, `reason` what `recs.explain` puts in words."""

    movie_id: int
    score: float
    rank: int
    algorithm: str
    reason: dict[str, Any]
    model_version: str = ""


@dataclass(frozen=True, eq=False)
class Model:
    """A scorer, where it comes from, and which of its films may be shown now."""

    scorer: Scorer
    version: str
    allowed: np.ndarray
    remembered: dict[tuple[bytes, bytes], np.ndarray] = field(default_factory=dict)

    def scores(self, row: csr_matrix) -> np.ndarray:
        """What the model makes of one history. A page asks for several lists by the same one, and so does the next."""
        key = (row.indices.tobytes(), row.data.tobytes())
        found = self.remembered.get(key)
        if found is None:
            found = self.scorer.scores(row)[0]
            found.flags.writeable = False
            if len(self.remembered) >= REMEMBERED:
                self.remembered.clear()
            self.remembered[key] = found
        return found

    @property
    def name(self) -> str:
        return self.scorer.name

    @property
    def movie_ids(self) -> np.ndarray:
        return np.asarray(self.scorer.movie_ids)

    def candidates(self, exclude: np.ndarray) -> np.ndarray:
        """A mask of the films that may be picked, without the excluded ids."""
        mask = self.allowed.copy()
        columns = columns_of(exclude, self.scorer.movie_ids)
        mask[columns[columns >= 0]] = False
        return mask

    def ids(self, columns: np.ndarray) -> list[int]:
        return [int(number) for number in self.movie_ids[columns]]


def id_array(ids: Collection[int]) -> np.ndarray:
    return np.fromiter(ids, np.int64, len(ids))


def best(scores: np.ndarray, n: int) -> np.ndarray:
    """The columns of the n best scores above zero, best first; equal scores in the order of the columns."""
    scores = np.where(np.isfinite(scores), scores, 0.0)
    if n <= 0:
        return np.empty(0, dtype=np.int64)
    if n < len(scores):
        threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
        columns = np.flatnonzero((scores >= threshold) & (scores > 0))
    else:
        columns = np.flatnonzero(scores > 0)
    return columns[np.argsort(-scores[columns], kind="stable")][:n]


@dataclass(frozen=True, eq=False)
class Shelf:
    """The models by name; only those that could be loaded or made."""

    models: Mapping[str, Model]

    def picks(
        self,
        history: Mapping[int, float],
        *,
        n: int,
        exclude: Collection[int] = (),
        genres: Sequence[int] = (),
        algorithm: str = COLLABORATIVE,
    ) -> list[Pick]:
        """At most n picks: by taste, then the favourites of the person's genres, then what is popular."""
        left_out = set(exclude)
        found: list[Pick] = []
        for name in dict.fromkeys((algorithm, *CHAIN)):
            if len(found) >= n:
                break
            if name in self.models:
                places = n - len(found)
                more = self._by(
                    self.models[name], history, genres, n=places, exclude=id_array(left_out), before=len(found)
                )
                found += more
                left_out.update(pick.movie_id for pick in more)
        return found

    def _by(
        self,
        model: Model,
        history: Mapping[int, float],
        genres: Sequence[int],
        *,
        n: int,
        exclude: np.ndarray,
        before: int,
    ) -> list[Pick]:
        """The best n of one model, ranked after the picks that stand before them."""
        row = row_of(history, model.scorer.movie_ids)
        if model.name in LEARNED and not (row.data > 0).any():
            return []  # dislikes alone say nothing of what somebody would like
        own = model.scores(row)
        scores = own + self._lift(model, row, own)
        if model.name == GENRES and genres:
            scores = scores + cast(GenreScorer, model.scorer).scores_for(genres)
        columns = best(np.where(model.candidates(exclude), scores, 0.0), n)
        reasons = reasons_for(model, row, columns, genres)
        for place in np.flatnonzero(own[columns] < (1 - MOSTLY) * scores[columns]):
            reasons[place] = explain.popular() if model.name == COLLABORATIVE else reasons[place]
        ids, values = model.ids(columns), scores[columns].tolist()
        return [
            Pick(film, score, rank, model.name, reason, model.version)
            for rank, (film, score, reason) in enumerate(zip(ids, values, reasons, strict=True), start=before + 1)
        ]

    def _lift(self, model: Model, row: csr_matrix, own: np.ndarray) -> np.ndarray:
        """What popularity adds for somebody of whom little is known; nothing where the model itself has no word."""
        if model.name != COLLABORATIVE or POPULAR not in self.models:
            return np.zeros(len(own))
        liked = max(int((row.data > 0).sum()), 1)
        share = min(1.0, COLD_FILMS / liked) * own.max(initial=0.0)
        return np.where(own > 0, share * self._popularity(model.scorer.movie_ids), 0.0)

    def _popularity(self, movie_ids: np.ndarray) -> np.ndarray:
        popular = self.models[POPULAR].scorer
        if np.array_equal(movie_ids, popular.movie_ids):
            return np.asarray(popular.baseline)
        columns = columns_of(np.asarray(movie_ids), np.asarray(popular.movie_ids))
        return np.where(columns >= 0, np.asarray(popular.baseline)[columns], 0.0)


def ranked(picks: list[Pick]) -> list[Pick]:
    return [
        Pick(pick.movie_id, pick.score, place, pick.algorithm, pick.reason, pick.model_version)
        for place, pick in enumerate(picks, start=1)
    ]


def reasons_for(model: Model, row: csr_matrix, columns: np.ndarray, genres: Sequence[int]) -> list[dict[str, Any]]:
    """The true reason of each pick: what made its score."""
    if model.name == POPULAR:
        return [explain.popular() for _ in columns]
    if model.name == GENRES:
        return _genre_reasons(cast(GenreScorer, model.scorer), row, columns, genres)
    return _film_reasons(model, row, columns)


def _film_reasons(model: Model, row: csr_matrix, columns: np.ndarray) -> list[dict[str, Any]]:
    """Only a film that the person took to is a reason; what a disliked film adds is left unsaid."""
    terms = np.maximum(model.scorer.contributions(row, columns), 0.0)
    whole = np.maximum(terms.sum(axis=0), np.finfo(float).tiny)
    terms[row.data <= 0] = 0.0
    order = _strongest(terms, explain.TOLD)
    shares = np.round(np.take_along_axis(terms, order, axis=0) / whole, 4).T.tolist()
    films = model.movie_ids[row.indices][order].T.tolist()
    liked = (row.data >= LIKED)[order].T.tolist()
    return [_because(*told) for told in zip(films, shares, liked, strict=True)]


def _strongest(terms: np.ndarray, n: int) -> np.ndarray:
    """The rows of each column's n largest terms, largest first, the upper of two equal ones first: far less work than
    sorting them all."""
    left = terms.copy()
    order = np.empty((min(n, len(terms)), terms.shape[1]), dtype=np.int64)
    for place in order:
        place[:] = left.argmax(axis=0)
        left[place, np.arange(terms.shape[1])] = -np.inf
    return order


def _because(films: list[int], shares: list[float], liked: list[bool]) -> dict[str, Any]:
    """From the three strongest films: those the person liked, or else those they picked."""
    told = list(zip(films, shares, strict=True))
    if not all(liked) or not all(shares):
        fond = [one for one, dear in zip(told, liked, strict=True) if dear and one[1] > 0]
        told = fond or [one for one in told if one[1] > 0]
        if not told:
            return explain.popular()
        return explain.because(told, liked=bool(fond))
    return explain.because(told)


def _genre_reasons(
    scorer: GenreScorer, row: csr_matrix, columns: np.ndarray, genres: Sequence[int]
) -> list[dict[str, Any]]:
    """The film's genres that the person named or whose films they liked, dearest first."""
    taste = np.asarray((row @ scorer.genres).todense(), dtype=np.float64).ravel()
    dear = {int(number): float(value) for number, value in zip(scorer.genre_ids, taste, strict=True)}
    for number in genres:
        dear[number] = dear.get(number, 0.0) + 1.0
    reasons = []
    for column in columns:
        named = [int(number) for number in scorer.genres_of(int(column)) if dear.get(int(number), 0.0) > 0]
        reasons.append(explain.genre(sorted(named, key=lambda number: -dear[number])[:2]))
    return reasons
