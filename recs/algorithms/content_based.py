"""`content_based`: films made of the same things as those a person liked, also films that nobody has judged.

Each film is a vector over named features (TF-IDF: a feature that few films share says more, Salton and Buckley 1988).
A block of features (genres, makers, words, …) is scaled to the same mean square, then by its weight, and each film's
vector to length 1, so that the product of two films is their cosine. Films of which less than usual is told keep a
shorter one: a film known by one genre would otherwise be the very image of every film of that genre. A score is the
person's signed films, summed into a profile, times the film: a sum over features, each of which can be named,
doubted and turned down.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, diags

from recs.algorithms.base import Arrays, Dataset, Holdout, Terms, frozen_csr
from recs.evaluation import ndcg

FEWEST_FILMS = 2  # a feature of a single film connects it with nothing
PUSH = 0.5  # what a feature asked for in full adds to a film's cosine, and one declined takes away
COMMON = 0.3  # the share of all films from which on a feature tells nothing of one
AGAIN = 0.5  # how much less a further tag of the same block is worth
PEOPLE_ASKED = 200
USUAL = "usual"  # beside the blocks among the settings
STEPS = (0.25, 4.0)  # what the search multiplies a setting with
WEIGHTS: Mapping[str, float] = {
    "genre": 0.5,
    "person": 1.0,
    "keyword": 1.0,
    "word": 0.5,
    "decade": 0.15,
    "language": 0.06,  # English says little and the others much, so that a small weight goes a long way
}


@dataclass(frozen=True, eq=False)
class ContentScorer:
    """`features` is films × features with rows of length 1 or less; `emphasis` has a factor per feature."""

    movie_ids: np.ndarray
    feature_names: np.ndarray
    features: csr_matrix
    emphasis: np.ndarray
    name = "content_based"

    @property
    def baseline(self) -> np.ndarray:
        return np.zeros(len(self.movie_ids))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.feature_names.tolist())}

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        out = np.empty((history.shape[0], len(self.movie_ids)))
        for person in range(history.shape[0]):
            out[person] = self.features @ self._profile(history[person])
        return out

    def _profile(self, history: csr_matrix) -> np.ndarray:
        """What one person's films add up to, by feature."""
        part = self.features[history.indices]
        weights = np.repeat(history.data.astype(np.float64), np.diff(part.indptr)) * part.data
        return np.bincount(part.indices, weights=weights, minlength=len(self.feature_names)) * self.emphasis

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        own = self.features[history.indices].multiply(self.emphasis[None, :]).tocsr()
        return (own @ self.features[movies].T).toarray() * history.data.astype(np.float64)[:, None]

    def terms(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> Terms:
        """The same score by feature: only the features that some asked film shares with the person's."""
        profile = self._profile(history)
        asked = self.features[movies].tocsc()
        shared = np.flatnonzero((profile != 0) & (np.diff(asked.indptr) > 0))
        return Terms(
            films=np.zeros((len(history.indices), len(movies))),
            features=asked[:, shared].toarray().T * profile[shared, None],
            feature_names=np.asarray(self.feature_names)[shared],
            popularity=np.zeros(len(movies)),
            other=np.zeros(len(movies)),
        )

    def adjusted(self, features: Mapping[str, float]) -> Self:
        """A copy in which what these features say is multiplied; 0 silences one. Unknown names change nothing."""
        emphasis = np.array(self.emphasis, dtype=np.float64)
        for name, factor in features.items():
            if name in self._places:
                emphasis[self._places[name]] *= factor
        return replace(self, emphasis=emphasis)

    def like(self, movie: int) -> np.ndarray:
        """The cosine of the film in this column with every film, less for those of which little is told."""
        return self.features @ self._vector(movie)

    def similarity(self, movies: np.ndarray) -> np.ndarray:
        """The cosines of these films (columns) with each other, k × k."""
        products = (self.features[movies] @ self.features[movies].T).toarray()
        length = np.sqrt(np.maximum(products.diagonal(), np.finfo(float).tiny))
        return products / np.outer(length, length)

    def tuned(self, movie: int, more: Sequence[str], less: Sequence[str]) -> np.ndarray:
        """How like this film every film is when it should have more of some features and less of others.

        A feature in `less` is also taken out of what the films have in common.
        """
        vector = self._vector(movie)
        wanted = {self._places[name] for name in more if name in self._places}
        declined = {self._places[name] for name in less if name in self._places} - wanted
        vector[list(declined)] = 0.0
        found = self.features @ vector
        by_feature = self.features.tocsc()
        for sign, columns in ((PUSH, wanted), (-PUSH, declined)):
            for column in sorted(columns):
                has = by_feature[:, [column]].toarray().ravel()
                found += sign * has / max(has.max(initial=0.0), np.finfo(float).tiny)
        return found

    def tags(self, movie: int, n: int) -> list[str]:
        """At most n features that say most about the film in this column, of several blocks, the most telling first."""
        row = self.features[[movie]]
        telling = self._films_with[row.indices] <= max(COMMON * len(self.movie_ids), FEWEST_FILMS)
        columns, values = row.indices[telling], row.data[telling]
        order = np.argsort(-values, kind="stable")
        seen: Counter[str] = Counter()
        ranked = []
        for name, value in zip(self.feature_names[columns[order]].tolist(), values[order].tolist(), strict=True):
            block = name.partition(":")[0]
            ranked.append((-value * AGAIN ** seen[block], name))
            seen[block] += 1
        return [name for _, name in sorted(ranked)[:n]]

    @cached_property
    def _films_with(self) -> np.ndarray:
        return np.bincount(self.features.indices, minlength=len(self.feature_names))

    def _vector(self, movie: int) -> np.ndarray:
        row = self.features[[movie]].toarray().ravel()
        length = float(np.linalg.norm(row))
        return row / length if length > 0 else row

    def arrays(self) -> Arrays:
        return {
            "movie_ids": self.movie_ids,
            "feature_names": self.feature_names,
            "emphasis": self.emphasis,
            "data": self.features.data,
            "indices": self.features.indices,
            "indptr": self.features.indptr,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        shape = (len(arrays["movie_ids"]), len(arrays["feature_names"]))
        return cls(
            movie_ids=arrays["movie_ids"],
            feature_names=arrays["feature_names"],
            features=frozen_csr(arrays["data"], arrays["indices"], arrays["indptr"], shape),
            emphasis=arrays["emphasis"],
        )


@dataclass(frozen=True)
class ContentBased:
    """`weights` by block, and the length that counts as usual (`usual` times the root mean square of all films').

    They are where the search begins; with a holdout each is tried smaller and larger in turn, and kept as it ranks
    best what the held-out people liked. Films of which only the genres are known have those.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    usual: float = 1.0
    name: str = "content_based"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> ContentScorer:
        counts, names = _told(data)
        settings = {**self.weights, USUAL: self.usual}
        if holdout is not None and counts.nnz:
            settings = _searched(data, counts, names, holdout, settings)
        return _scorer(data.movie_ids, counts, names, settings)


def _searched(
    data: Dataset, counts: csr_matrix, names: np.ndarray, holdout: Holdout, settings: dict[str, float]
) -> dict[str, float]:
    able = np.flatnonzero((np.diff(holdout.hidden.indptr) > 0) & (np.diff(holdout.folded.indptr) > 0))[:PEOPLE_ASKED]
    folded, hidden = holdout.folded[able], holdout.hidden[able]
    if not len(able):
        return settings

    def worth(tried: Mapping[str, float]) -> float:
        return ndcg(_scorer(data.movie_ids, counts, names, tried).scores(folded), folded, hidden)

    best, top = settings, worth(settings)
    for part in sorted({name.partition(":")[0] for name in names.tolist()} & set(settings)) + [USUAL]:
        for factor in STEPS:
            tried = {**best, part: settings[part] * factor}
            found = worth(tried)
            if found > top:
                best, top = tried, found
    return best


def _told(data: Dataset) -> tuple[csr_matrix, np.ndarray]:
    """What films are made of, without the features that connect nothing."""
    if data.features is not None and data.feature_names is not None:
        counts, names = data.features.astype(np.float64).tocsr(), data.feature_names
    elif data.genres is not None and data.genre_ids is not None:
        counts, names = data.genres.astype(np.float64).tocsr(), np.array([f"genre:{key}" for key in data.genre_ids])
    else:
        counts, names = csr_matrix((len(data.movie_ids), 0)), np.empty(0, dtype=np.str_)
    shared = np.bincount(counts.indices, minlength=len(names)) >= FEWEST_FILMS
    return counts[:, shared], np.asarray(names, dtype=np.str_)[shared]


def _scorer(
    movie_ids: np.ndarray, counts: csr_matrix, names: np.ndarray, settings: Mapping[str, float]
) -> ContentScorer:
    films = counts.shape[0]
    idf = np.log((1 + films) / (0.5 + np.bincount(counts.indices, minlength=len(names))))  # above 0 for what all have
    table = (counts @ diags(idf)).tocsr()
    table = (table @ diags(_scales(table, names, settings))).tocsr()
    square = np.asarray(table.power(2).sum(axis=1)).ravel()
    length = np.maximum(np.sqrt(square), settings[USUAL] * np.sqrt(square.mean() if films else 0.0))
    table = (diags(np.divide(1.0, length, out=np.zeros(films), where=length > 0)) @ table).tocsr()
    table.eliminate_zeros()
    table.sort_indices()
    return ContentScorer(movie_ids, names, table, np.ones(len(names)))


def _scales(table: csr_matrix, names: np.ndarray, weights: Mapping[str, float]) -> np.ndarray:
    """Per feature what gives its block, over the films that have any of it, a mean square of its weight."""
    blocks = np.array([name.partition(":")[0] for name in names.tolist()], dtype=np.str_)
    out = np.zeros(len(names))
    for block in np.unique(blocks):
        inside = blocks == block
        part = table[:, inside]
        having = int((np.diff(part.indptr) > 0).sum())
        square = float(part.power(2).sum())
        if square > 0:
            out[inside] = np.sqrt(weights.get(str(block), 0.5) * having / square)
    return out
