"""Many people at once, from data that was read in one go: each as the shelf wants them, and their scores together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms import Dataset
from recs.algorithms.base import columns_of
from recs.engine import LEARNED, Model
from recs.shelf import Person, Shelf
from recs.taste import NONE, Adjustments, Taste

CELLS = 20_000_000  # scores held at once: 160 MB
MOST_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Crowd:
    """What people did (`data`) and what they said and set, by their ids; who is not in one of these said nothing."""

    data: Dataset
    genres: Mapping[int, Sequence[int]] = field(default_factory=dict)
    tastes: Mapping[int, Taste] = field(default_factory=dict)
    adjustments: Mapping[int, Adjustments] = field(default_factory=dict)

    @property
    def at_once(self) -> int:
        return max(1, min(MOST_AT_ONCE, CELLS // max(len(self.data.movie_ids), 1)))

    def person(self, user_id: int) -> Person:
        row = self._row(user_id)
        return Person(
            history=self._told(self.data.feedback, row),
            genres=self.genres.get(user_id, ()),
            groups=self._groups(row),
            times=None if self.data.times is None else self._told(self.data.times, row),
            taste=self.tastes.get(user_id, Taste()),
            adjustments=self.adjustments.get(user_id, NONE),
        )

    def settled(self, user_id: int) -> set[int]:
        """The films that must not be suggested to this person."""
        row = self._row(user_id)
        if row < 0 or self.data.known is None:
            return set()
        return set(self.data.movie_ids[self.data.known.indices[_part(self.data.known, row)]].tolist())

    def scored(self, shelf: Shelf, people: Iterable[int]) -> dict[int, dict[str, np.ndarray]]:
        """The scores of each person's own engine: all people of an engine by one product of matrices.

        Those who told us to use less of something are left out; their engine is one of their own.
        """
        by_engine: dict[str, list[int]] = {}
        for user_id in people:
            engine = self.tastes.get(user_id, Taste()).algorithm
            if user_id not in self.adjustments and self._row(user_id) >= 0:
                by_engine.setdefault(next(iter(shelf.chain(engine)), ""), []).append(user_id)
        found: dict[int, dict[str, np.ndarray]] = {}
        for engine, members in by_engine.items():
            if engine in LEARNED:
                scores = self._scores(shelf.models[engine], members)
                found |= {user_id: {engine: own} for user_id, own in zip(members, scores, strict=True)}
        return found

    def _scores(self, model: Model, members: list[int]) -> np.ndarray:
        rows = np.array([self._row(user_id) for user_id in members])
        history = _aligned(self.data.feedback[rows], self.data.movie_ids, model.movie_ids)
        times = self.data.times
        when = None if times is None else _aligned(times[rows], self.data.movie_ids, model.movie_ids)
        return model.scorer.scores(history, when)

    def _row(self, user_id: int) -> int:
        return int(columns_of(np.array([user_id]), self.data.user_ids)[0])

    def _told(self, table: csr_matrix, row: int) -> dict[int, float]:
        if row < 0:
            return {}
        part = _part(table, row)
        return dict(zip(self.data.movie_ids[table.indices[part]].tolist(), table.data[part].tolist(), strict=True))

    def _groups(self, row: int) -> Sequence[str]:
        groups, names = self.data.groups, self.data.group_names
        if row < 0 or groups is None or names is None:
            return ()
        return np.asarray(names)[groups.indices[_part(groups, row)]].tolist()


def _part(matrix: csr_matrix, row: int) -> slice:
    """Where a row's entries lie; asking the matrix for the row would make a matrix of it."""
    return slice(matrix.indptr[row], matrix.indptr[row + 1])


def _aligned(table: csr_matrix, ids: np.ndarray, wanted: np.ndarray) -> csr_matrix:
    """The same cells with a column per wanted film; films may have come or gone since the model was trained."""
    if np.array_equal(ids, wanted):
        return table
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    columns = columns_of(np.asarray(ids)[table.indices], np.asarray(wanted))
    inside = columns >= 0
    cells = (table.data[inside], (rows[inside], columns[inside]))
    return csr_matrix(cells, shape=(table.shape[0], len(wanted)))
