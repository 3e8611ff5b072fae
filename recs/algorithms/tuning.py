"""Choosing a model's settings by trying them: a small seeded search whose cost does not grow with the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Dataset, Holdout
from recs.evaluation import hide_some, ndcg

PEOPLE_HELD_OUT = 600
LIKES_NEEDED = 5
PEOPLE_NEEDED = 100  # with fewer people a validation says more about chance than about the settings
LIKES_LEARNED = 250_000  # the settings are searched on no more likes than this, where a fit is dear
LIKES_SMALL = 60_000  # data with no more likes are learned from several times over
PEOPLE_ENOUGH = 300
TENTHS = 10
CHANCE = 0.03  # by about this much NDCG of one person differs between two settings that are equally good
DEPTH = 100

Setting = TypeVar("Setting")


@dataclass(frozen=True)
class Trial:
    """What a setting is tried on: data to learn from, and what some other people like."""

    data: Dataset
    folded: csr_matrix
    hidden: csr_matrix
    times: csr_matrix | None

    def worth(self, scores: np.ndarray) -> float:
        """Mean NDCG of the held-out people; `scores` is overwritten."""
        return ndcg(scores, self.folded, self.hidden, depth=DEPTH)

    @property
    def notice(self) -> float:
        """A gain that is more than chance."""
        return CHANCE / max(1, self.hidden.shape[0]) ** 0.5

    def only(self, films: np.ndarray) -> "Trial":
        """The people who like something hidden among these films, with these films alone; not for learning."""
        asked = np.flatnonzero(np.diff(self.hidden[:, films].indptr))
        return replace(self, folded=self.folded[asked][:, films], hidden=self.hidden[asked][:, films], times=None)


def trial(data: Dataset, holdout: Holdout | None, *, seed: int, likes: int = LIKES_LEARNED) -> Trial | None:
    """At most so many `likes` of `data` to learn from, and people to try it on.

    None with too few people to tell settings apart.
    """
    random = np.random.default_rng(seed)
    if holdout is None:
        apart = set_apart(data, random)
        if apart is None:
            return None
        data, holdout = apart
    elif holdout.learned is not None:
        data = holdout.learned
    asked = np.flatnonzero((np.diff(holdout.hidden.indptr) > 0) & (np.diff(holdout.folded.indptr) > 0))
    if len(asked) < PEOPLE_NEEDED // 10:
        return None
    asked = np.sort(random.permutation(asked)[:PEOPLE_HELD_OUT])
    times = None if holdout.times is None else holdout.times[asked]
    return Trial(_smaller(data, likes, random), holdout.folded[asked], holdout.hidden[asked], times)


def further(first: Trial, holdout: Holdout | None, *, seed: int) -> list[Trial]:
    """More people to learn a blend from, where the data are small: other tenths of them set apart in turn.

    What time divides cannot be multiplied like that.
    """
    small = first.data.feedback.nnz <= LIKES_SMALL
    if not small or first.hidden.shape[0] >= PEOPLE_ENOUGH or (holdout is not None and holdout.learned is not None):
        return []
    random = np.random.default_rng(seed + 1)
    likes = first.data.positives
    able = random.permutation(np.flatnonzero(np.diff(likes.indptr) >= LIKES_NEEDED))
    latest = holdout is None
    found = []
    for part in np.array_split(able, TENTHS)[: PEOPLE_ENOUGH // max(1, first.hidden.shape[0])]:
        data, asked = _apart(first.data, np.sort(part), random, latest=latest)
        found.append(Trial(data, asked.folded, asked.hidden, asked.times))
    return found


def set_apart(data: Dataset, random: np.random.Generator) -> tuple[Dataset, Holdout] | None:
    """A tenth of the people, with their latest likes hidden, or random ones where no times are known."""
    able = random.permutation(np.flatnonzero(np.diff(data.positives.indptr) >= LIKES_NEEDED))
    if len(able) < PEOPLE_NEEDED:
        return None
    tested = np.sort(able[: min(PEOPLE_HELD_OUT, len(able) // TENTHS)])
    return _apart(data, tested, random, latest=True)


def _apart(data: Dataset, tested: np.ndarray, random: np.random.Generator, *, latest: bool) -> tuple[Dataset, Holdout]:
    likes = data.positives[tested]
    rest = data.only(np.setdiff1d(np.arange(data.feedback.shape[0]), tested))
    if data.times is None:
        return rest, Holdout(*hide_some(likes, random))
    if latest:
        return rest, hide_latest(likes, data.times[tested])
    folded, hidden = hide_some(likes, random)
    return rest, Holdout(folded, hidden, data.times[tested].multiply(folded > 0).tocsr())


def hide_latest(likes: csr_matrix, times: csr_matrix, *, share: int = 5) -> Holdout:
    """One in `share` of each person's likes, the latest, is hidden; likes without a time are the oldest."""
    when = dated(likes, times)
    owner = np.repeat(np.arange(likes.shape[0]), np.diff(likes.indptr))
    order = np.lexsort((when, owner))
    many = np.diff(likes.indptr)[owner]
    place = np.empty(likes.nnz, dtype=np.int64)
    place[order] = np.arange(likes.nnz) - likes.indptr[owner]
    hide = many - place <= np.maximum(1, many // share)
    parts = []
    for kept in (~hide, hide):
        part = csr_matrix((likes.data * kept, likes.indices, likes.indptr), shape=likes.shape, copy=True)
        part.eliminate_zeros()
        parts.append(part)
    folded_times = csr_matrix((when * ~hide, likes.indices, likes.indptr), shape=likes.shape, copy=True)
    folded_times.eliminate_zeros()
    return Holdout(parts[0], parts[1], folded_times)


def dated(likes: csr_matrix, times: csr_matrix) -> np.ndarray:
    """The time of each cell of `likes`, in the order of its data; 0 where none is known."""
    marks = csr_matrix((np.arange(1, likes.nnz + 1), likes.indices, likes.indptr), shape=likes.shape, copy=True)
    found = np.zeros(likes.nnz)
    both = times.astype(np.float64).tocsr().multiply(marks > 0).tocsr()
    places = marks.multiply(both != 0).tocsr()
    both.sort_indices()
    places.sort_indices()
    found[places.data.astype(np.int64) - 1] = both.data[both.data != 0]
    return found


def _smaller(data: Dataset, likes: int, random: np.random.Generator) -> Dataset:
    """Some of the people when all together like more than is needed to tell settings apart."""
    if data.feedback.nnz <= likes:
        return data
    people = data.feedback.shape[0]
    share = likes / data.feedback.nnz
    return data.only(np.sort(random.permutation(people)[: int(people * share)]))


def climb(
    start: Setting,
    moves: Sequence[Callable[[Setting], Setting]],
    worth: Callable[[Setting], float],
    *,
    tries: int,
    notice: float = 0.0,
) -> Setting:
    """Take each move in turn, again and again while it helps by more than `notice`, until none does or `tries`
    settings were tried.
    """
    known = {start: worth(start)}
    best = start
    still = True
    while still:
        still = False
        for move in moves:
            while len(known) < tries and (setting := move(best)) not in known:
                known[setting] = worth(setting)
                if known[setting] <= known[best] + notice:
                    break
                best, still = setting, True
    return best
