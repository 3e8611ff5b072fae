"""Everything that a list of picks is made from, at one moment: the models in use and what may be shown.

Making picks from a shelf asks the database nothing, so that one shelf serves one request or a run over everybody.
Each list goes through the same four steps: candidates, scores, filter and order, and a fallback for the places left
empty. Rank and working come from the same numbers as the list.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_matrix

from recs import explain, reasons, rerank
from recs.algorithms import ContentScorer, DemographicScorer, GenreScorer, Terms, row_of
from recs.algorithms.base import columns_of
from recs.engine import (
    CHAIN,
    COLLABORATIVE,
    CONTENT,
    GENRES,
    IMPERSONAL,
    LEARNED,
    NEIGHBOURS,
    POPULAR,
    Heard,
    Model,
    best,
    id_array,
    times_of,
)
from recs.films import Catalogue
from recs.taste import DEMOGRAPHIC, NEUTRAL, NONE, Adjustments, Taste

__all__ = [
    "CHAIN",
    "COLLABORATIVE",
    "CONTENT",
    "GENRES",
    "NEIGHBOURS",
    "POPULAR",
    "Heard",
    "Model",
    "Person",
    "Pick",
    "Shelf",
    "Working",
    "best",
    "id_array",
    "ranked",
]

# With few films known, what everybody likes says more than what `collaborative` can: popularity counts as much as the
# best of the model's scores up to this many films known, and less and less beyond. `hybrid` has weights for that.
COLD_FILMS = 3.0


@dataclass(frozen=True, slots=True)
class Pick:
    """One suggested film. `score` is what the algorithm gave it (0 for less than nothing), `rank` where taste put it;
    `algorithm` is the one that really chose it, `reason` what `recs.explain` puts in words."""

    movie_id: int
    score: float
    rank: int
    algorithm: str
    reason: dict[str, Any]
    model_version: str = ""


@dataclass(frozen=True)
class Person:
    """All that a list depends on: what somebody did (`recs.feedback`; `times` in days since 1970), said and set."""

    history: Mapping[int, float]
    genres: Sequence[int] = ()
    groups: Sequence[str] = ()
    times: Mapping[int, float] | None = None
    taste: Taste = Taste()
    adjustments: Adjustments = NONE


@dataclass(frozen=True)
class Working:
    """How one film got its score: `terms` has one column, and a row per film of `films`, each of which counted with
    its weight in `weights`."""

    movie_id: int
    algorithm: str
    version: str
    films: np.ndarray
    weights: np.ndarray
    terms: Terms

    @property
    def score(self) -> float:
        return float(self.terms.total[0])


@dataclass(frozen=True, eq=False)
class Shelf:
    """The models by name, only those that could be loaded or made; `films` is the catalogue that they choose from."""

    models: Mapping[str, Model]
    films: Catalogue | None = None
    _heard_last: dict[str, tuple[Person, Heard | None]] = field(default_factory=dict)

    def picks(
        self,
        person: Person,
        *,
        n: int,
        exclude: Collection[int] = (),
        scored: Mapping[str, np.ndarray] | None = None,
        reason: dict[str, Any] | None = None,
    ) -> list[Pick]:
        """At most n picks: by the engine of the person's taste, then by those after it in the chain.

        `scored`: scores of this person that were worked out before, by the name of the model. `reason`: the one that
        the whole list has, so that nobody need work out each film's own.
        """
        left_out = set(exclude)
        found: list[Pick] = []
        for name in self.chain(person.taste.algorithm):
            if len(found) >= n:
                break
            heard = self._heard(name, person, scored)
            if heard is not None:
                columns = self._order(heard, person, n - len(found), id_array(left_out))
                told = self._reasons(heard, person, columns) if reason is None else [reason] * len(columns)
                found += _picks(heard, columns, told, before=len(found))
                left_out.update(heard.model.ids(columns))
        return found

    def rank_of(self, movie_id: int, person: Person, *, exclude: Collection[int] = ()) -> int | None:
        """Which place this film has in the person's whole list; None where it would never come."""
        left_out, before = id_array(exclude), 0
        for heard in self._heard_in_turn(person):
            order = self._order(heard, person, len(heard.scores), left_out)
            places = np.flatnonzero(order == heard.model.column(movie_id))
            if len(places):
                return before + int(places[0]) + 1
            before += len(order)
            left_out = np.concatenate([left_out, heard.model.movie_ids[order]])
        return None

    def working(self, movie_id: int, person: Person) -> Working | None:
        """How the film gets its score from the first engine of the chain that knows the person and the film."""
        rest = {film: weight for film, weight in person.history.items() if film != movie_id}
        heard = self.speaker(replace(person, history=rest), movie_id)
        if heard is None:
            return None
        model, column = heard.model, heard.model.column(movie_id)
        films = model.movie_ids[heard.row.indices]
        terms = heard.terms(np.array([column]))
        return Working(movie_id, model.name, model.version, films, np.asarray(heard.row.data), terms)

    def chain(self, algorithm: str) -> list[str]:
        """The engines that are asked for a list, in turn, where this one is wanted."""
        after = (POPULAR,) if algorithm in IMPERSONAL else CHAIN
        return [name for name in dict.fromkeys((algorithm, *after)) if name in self.models]

    def speaker(self, person: Person, movie_id: int | None = None) -> Heard | None:
        """What the first engine says that has something to say: for this film, if there is one that speaks for it."""
        if movie_id is None:
            return self._first(person)
        about = None
        for heard in self._heard_in_turn(person):
            column = heard.model.column(movie_id)
            if column >= 0 and heard.merit[column] > 0:
                return heard
            about = about or (heard if column >= 0 else None)
        return about

    def _first(self, person: Person) -> Heard | None:
        """Remembered for the person in hand: a page asks for half a dozen lists of one."""
        asked, heard = self._heard_last.get("", (None, None))
        if asked is not person:
            heard = next(self._heard_in_turn(person), None)
            self._heard_last[""] = (person, heard)
        return heard

    def _heard_in_turn(self, person: Person) -> Iterator[Heard]:
        for name in self.chain(person.taste.algorithm):
            heard = self._heard(name, person, None)
            if heard is not None:
                yield heard

    def _heard(self, name: str, person: Person, scored: Mapping[str, np.ndarray] | None) -> Heard | None:
        """What a model makes of the person; None when it has nothing to go by."""
        model = self.models[name].adjusted(person.adjustments)
        history = person.adjustments.applied(person.history)
        row = row_of(history, model.scorer.movie_ids)
        if name in LEARNED and not (row.data > 0).any():
            return None  # dislikes alone say nothing of what somebody would like
        if name == DEMOGRAPHIC:
            return self._heard_of_groups(model, row, person)
        times = times_of(history, person.times, model)
        own = scored[name] if scored and name in scored else model.scores(row, times)
        if name == GENRES and person.genres:
            return Heard(model, row, times, own + cast(GenreScorer, model.scorer).scores_for(person.genres))
        if name == COLLABORATIVE and POPULAR in self.models:
            lift = self._lift(model, row, own) * person.adjustments.popularity
            return Heard(model, row, times, own + lift, lift)
        return Heard(model, row, times, own)

    def _heard_of_groups(self, model: Model, row: csr_matrix, person: Person) -> Heard | None:
        scorer = cast(DemographicScorer, model.scorer)
        if not set(person.groups) & set(scorer.group_names.tolist()):
            return None
        scores = np.asarray(scorer.scores_for(person.groups), dtype=np.float64)
        return Heard(model, row, None, scores, scores - model.scores(row))

    def candidates(self, heard: Heard, person: Person, exclude: np.ndarray) -> np.ndarray:
        """A mask of the model's films that the person's filters let through, without the excluded ids."""
        mask = heard.model.candidates(exclude)
        if person.taste.filters and self.films is not None:
            mask &= self.films.allows(heard.model.movie_ids, self.films.fitting(person.taste))
        return mask

    def _order(self, heard: Heard, person: Person, n: int, exclude: np.ndarray) -> np.ndarray:
        """Candidates that the model speaks for, in the order that the person's taste gives them."""
        model, taste = heard.model, person.taste
        scores = np.where(self.candidates(heard, person, exclude), heard.merit, 0.0)
        if taste.novelty == NEUTRAL and taste.diversity == NEUTRAL:
            return best(scores, n)
        columns = best(scores, len(scores))
        if taste.novelty != NEUTRAL:
            values = rerank.shifted(scores[columns], self._familiarity(model)[columns], taste.novelty)
            order = np.argsort(-values, kind="stable")
            columns, values = columns[order], values[order]
        else:
            values = scores[columns]
        if taste.diversity != NEUTRAL:
            pool = columns[: rerank.POOL]
            again = rerank.spread_out(values[: len(pool)], self._likeness(model, pool), taste.diversity)
            columns = np.concatenate([pool[again], columns[len(pool) :]])
        return columns[:n]

    def _reasons(self, heard: Heard, person: Person, columns: np.ndarray) -> list[dict[str, Any]]:
        model = heard.model
        if model.name == POPULAR:
            return [explain.popular() for _ in columns]
        if model.name == "trending":
            return [explain.trending() for _ in columns]
        if model.name == DEMOGRAPHIC:
            return [explain.around() for _ in columns]
        if model.name == GENRES:
            return reasons.genres(model.scorer, heard.row, columns, person.genres)
        films = model.movie_ids[heard.row.indices]
        return reasons.from_terms(heard.terms(columns), films, np.asarray(heard.row.data), ordinary=heard.ordinary)

    def _lift(self, model: Model, row: csr_matrix, own: np.ndarray) -> np.ndarray:
        """What popularity adds for somebody of whom little is known; nothing where the model itself has no word."""
        liked = max(int((row.data > 0).sum()), 1)
        share = min(1.0, COLD_FILMS / liked) * own.max(initial=0.0)
        return np.where(own > 0, share * self._popularity(model.scorer.movie_ids), 0.0)

    def _popularity(self, movie_ids: np.ndarray) -> np.ndarray:
        popular = self.models[POPULAR].scorer
        if np.array_equal(movie_ids, popular.movie_ids):
            return np.asarray(popular.baseline)
        columns = columns_of(np.asarray(movie_ids), np.asarray(popular.movie_ids))
        return np.where(columns >= 0, np.asarray(popular.baseline)[columns], 0.0)

    def _familiarity(self, model: Model) -> np.ndarray:
        if self.films is None:
            return np.full(len(model.movie_ids), NEUTRAL)
        return self.films.spread(self.films.familiarity, model.movie_ids, NEUTRAL)

    def _likeness(self, model: Model, columns: np.ndarray) -> np.ndarray:
        """How alike these films are in what they are made of, pair by pair, from 0 to 1."""
        if CONTENT in self.models:
            content = cast(ContentScorer, self.models[CONTENT].scorer)
            places = columns_of(model.movie_ids[columns], np.asarray(content.movie_ids))
            known = places >= 0
            table = np.zeros((len(columns), len(columns)))
            table[np.ix_(known, known)] = content.similarity(places[known])
            return table
        if GENRES not in self.models:
            return np.zeros((len(columns), len(columns)))
        genres = cast(GenreScorer, self.models[GENRES].scorer)
        places = columns_of(model.movie_ids[columns], np.asarray(genres.movie_ids))
        made_of = genres.genres[np.maximum(places, 0)].toarray() * (places >= 0)[:, None]
        made_of /= np.maximum(np.linalg.norm(made_of, axis=1, keepdims=True), np.finfo(float).tiny)
        return made_of @ made_of.T


def _picks(heard: Heard, columns: np.ndarray, told: list[dict[str, Any]], *, before: int) -> list[Pick]:
    """Ranked after the picks that stand before them."""
    model = heard.model
    ids, values = model.ids(columns), np.maximum(heard.scores[columns], 0.0).tolist()
    return [
        Pick(film, score, rank, model.name, reason, model.version)
        for rank, (film, score, reason) in enumerate(zip(ids, values, told, strict=True), start=before + 1)
    ]


def ranked(picks: list[Pick]) -> list[Pick]:
    return [replace(pick, rank=place) for place, pick in enumerate(picks, start=1)]
