"""The favourites of the genres that a person likes: what we say when all we know is a genre or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, diags

from recs.algorithms.base import Arrays, Dataset, Holdout, columns_of, frozen_csr
from recs.algorithms.popular import smoothed_popularity


@dataclass(frozen=True, eq=False)
class GenreScorer:
    """A film's score for a genre is its popularity times that genre's part in the film (genres share one whole)."""

    movie_ids: np.ndarray
    genre_ids: np.ndarray
    popularity: np.ndarray
    genres: csr_matrix
    name = "genre_based"

    @property
    def baseline(self) -> np.ndarray:
        return np.zeros(len(self.movie_ids))

    @cached_property
    def _by_genre(self) -> csr_matrix:
        """Genres × films: what a unit of liking for a genre gives each film."""
        return (diags(np.asarray(self.popularity)) @ self.genres).T.tocsr()

    def scores(self, history: csr_matrix, times: csr_matrix | None = None) -> np.ndarray:
        taste = history.astype(np.float64) @ self.genres
        return (taste @ self._by_genre).toarray()

    def contributions(self, history: csr_matrix, movies: np.ndarray, times: csr_matrix | None = None) -> np.ndarray:
        shared = (self.genres[history.indices] @ self.genres[movies].T).toarray()
        return shared * history.data[:, None] * np.asarray(self.popularity)[movies]

    def scores_for(self, genre_ids: Sequence[int]) -> np.ndarray:
        """The scores of somebody who named these genres and has done nothing yet."""
        columns = columns_of(np.asarray(genre_ids, dtype=np.int64), self.genre_ids)
        columns = columns[columns >= 0]
        if not len(columns):
            return np.zeros(len(self.movie_ids))
        return np.asarray(self._by_genre[columns].sum(axis=0), dtype=np.float64).ravel()

    def overlap(self, genre_ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """For each film the genres it shares with these, out of all that either has (Jaccard)."""
        has = csr_matrix((np.ones(len(self.genres.data)), self.genres.indices, self.genres.indptr), self.genres.shape)
        columns = columns_of(np.asarray(genre_ids, dtype=np.int64), self.genre_ids)
        asked = np.zeros(len(self.genre_ids))
        asked[columns[columns >= 0]] = 1
        shared = has @ asked
        return shared / np.maximum(np.diff(self.genres.indptr) + len(columns) - shared, 1)

    def genres_of(self, movie: int) -> np.ndarray:
        row = self.genres.indices[self.genres.indptr[movie] : self.genres.indptr[movie + 1]]
        return self.genre_ids[row]

    def arrays(self) -> Arrays:
        matrix = self.genres
        return {
            "movie_ids": self.movie_ids,
            "genre_ids": self.genre_ids,
            "popularity": self.popularity,
            "data": matrix.data,
            "indices": matrix.indices,
            "indptr": matrix.indptr,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        shape = (len(arrays["movie_ids"]), len(arrays["genre_ids"]))
        return cls(
            movie_ids=arrays["movie_ids"],
            genre_ids=arrays["genre_ids"],
            popularity=arrays["popularity"],
            genres=frozen_csr(arrays["data"], arrays["indices"], arrays["indptr"], shape),
        )


@dataclass(frozen=True)
class GenreBased:
    name: str = "genre_based"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> GenreScorer:
        films = len(data.movie_ids)
        genres = csr_matrix((films, 0)) if data.genres is None else data.genres.astype(np.float64)
        many = np.asarray(genres.sum(axis=1)).ravel()
        shares = (diags(np.divide(1.0, many, out=np.zeros(films), where=many > 0)) @ genres).tocsr()
        shares.sort_indices()
        ids = np.empty(0, dtype=np.int64) if data.genre_ids is None else data.genre_ids
        return GenreScorer(movie_ids=data.movie_ids, genre_ids=ids, popularity=smoothed_popularity(data), genres=shares)
