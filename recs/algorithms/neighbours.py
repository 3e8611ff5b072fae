"""`neighbours`: films that the same people like, set against how many people like them anyway.

Two films are as near as the likes they share, divided by the second one's popularity to the power of 0.3: without
that the most liked film would be everybody's neighbour, with a full division chance pairs of rare films would win.
A pair that few people share is believed less. Each row is scaled so that its nearest film has 1.
"""

from dataclasses import dataclass

import numpy as np

from recs.algorithms.base import Dataset, Holdout, frozen_csr
from recs.algorithms.item_item import ItemItemScorer

FILMS_AT_ONCE = 256


class NeighboursScorer(ItemItemScorer):
    """Each row holds a film's nearest films."""

    name = "neighbours"

    def near(self, movie: int) -> tuple[np.ndarray, np.ndarray]:
        """The columns of the films near this one, and how near."""
        part = slice(self.weights.indptr[movie], self.weights.indptr[movie + 1])
        return self.weights.indices[part], self.weights.data[part]


@dataclass(frozen=True)
class Neighbours:
    popularity_exponent: float = 0.3
    believed_half: float = 2.0  # shared likes at which a pair is half believed
    keep: int = 100
    name: str = "neighbours"

    def fit(self, data: Dataset, *, seed: int, holdout: Holdout | None = None) -> NeighboursScorer:
        likes = data.positives
        by_film = likes.T.tocsr()
        popularity = np.asarray(likes.sum(axis=0)).ravel()
        indices, values, lengths = [np.empty(0, np.int32)], [np.empty(0, np.float32)], [0]
        for start in range(0, by_film.shape[0], FILMS_AT_ONCE):
            shared = (by_film[start : start + FILMS_AT_ONCE] @ likes).tocsr()
            shared.sort_indices()
            for row in range(shared.shape[0]):
                part = slice(shared.indptr[row], shared.indptr[row + 1])
                chosen, nearness = self._nearest(start + row, shared.indices[part], shared.data[part], popularity)
                indices.append(chosen.astype(np.int32))
                values.append(nearness.astype(np.float32))
                lengths.append(len(chosen))
        matrix = frozen_csr(
            np.concatenate(values),
            np.concatenate(indices),
            np.cumsum(lengths, dtype=np.int64),
            shape=(by_film.shape[0], by_film.shape[0]),
        )
        return NeighboursScorer(data.movie_ids, matrix)

    def _nearest(
        self, film: int, others: np.ndarray, shared: np.ndarray, popularity: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        apart = others != film
        others, shared = others[apart], shared[apart].astype(np.float64)
        nearness = shared * shared / (shared + self.believed_half) / popularity[others] ** self.popularity_exponent
        chosen = np.sort(np.argsort(-nearness, kind="stable")[: self.keep])
        top = nearness.max(initial=0.0)
        return others[chosen], nearness[chosen] / top if top > 0 else nearness[chosen]
