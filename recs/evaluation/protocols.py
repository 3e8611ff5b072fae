"""Who is trained on, who is tuned on, who is tested, and what of theirs is known.

`strong` asks about people the model has never seen, `temporal` about the future of people it knows. A model that is
good at one may be poor at the other, so both are always reported.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Dataset, Holdout
from recs.evaluation.data import TooLittle, at, binary, with_films
from recs.evaluation.splits import fold, only

SEED = 98765
FEWEST_LIKES = 5
HELD_OUT = 0.1
FEWEST_HELD_OUT = 5  # people to test on; with fewer an interval says nothing
CUT = 0.8


@dataclass(frozen=True)
class Split:
    """What a protocol makes of the data. All three parts have the same films in the same columns.

    `known` (people × films, like `test`) marks what the tested people must not be shown; it holds at least the
    folded part. `people` are the ids of the tested. `left_out` counts their likes of films that nobody trained on
    had liked. `groups` (people × groups of `train.group_names`) are those of the tested who allow their use.
    """

    protocol: str
    seed: int
    train: Dataset
    validation: Holdout
    test: Holdout
    known: csr_matrix
    left_out: int
    people: np.ndarray
    groups: csr_matrix | None = None


def strong(data: Dataset, *, seed: int = SEED) -> Split:
    """Strong generalisation (Liang, Krishnan, Hoffman and Jebara 2018): test on people never trained on.

    People with five likes or more take part. `RandomState(seed).permutation` of their sorted ids gives the training
    people, then a tenth for validation, then a tenth for the test. The catalogue is what the training people liked.
    Of each held-out person's films in it a fifth (rounded down, at least one) is hidden, see `splits.fold`; who has
    fewer than two of them is left out.
    """
    everybody = binary(data)
    able = np.flatnonzero(np.diff(everybody.feedback.indptr) >= FEWEST_LIKES)
    held = int(HELD_OUT * len(able))
    if held < FEWEST_HELD_OUT:
        raise TooLittle(
            f"{len(able)} people have {FEWEST_LIKES} likes or more; strong needs {int(FEWEST_HELD_OUT / HELD_OUT)}"
        )
    able = able[np.argsort(everybody.user_ids[able], kind="stable")]
    order = able[np.random.RandomState(seed).permutation(len(able))]
    trained, validated, tested = np.split(order, [len(order) - 2 * held, len(order) - held])
    train = everybody.only(np.sort(trained))
    columns = np.unique(train.feedback.indices)
    train = with_films(train, columns)
    validation = _held_out(everybody, validated, columns, seed)
    test = _held_out(everybody, tested, columns, seed)
    if not len(test.people) or not len(validation.people):
        raise TooLittle("the held-out people liked no films that the others know")
    return Split(
        "strong",
        seed,
        train,
        validation=validation.holdout,
        test=test.holdout,
        known=test.holdout.folded,
        left_out=test.left_out,
        people=test.people,
        groups=test.groups,
    )


@dataclass(frozen=True)
class _HeldOut:
    holdout: Holdout
    people: np.ndarray
    left_out: int
    groups: csr_matrix | None


def _held_out(everybody: Dataset, people: np.ndarray, columns: np.ndarray, seed: int) -> _HeldOut:
    """Their films in the catalogue, a fifth hidden; and how many of their likes are of other films."""
    rows = everybody.only(people[np.argsort(everybody.user_ids[people], kind="stable")])
    inside = with_films(rows, columns)
    left_out = rows.feedback.nnz - inside.feedback.nnz
    inside = inside.only(np.flatnonzero(np.diff(inside.feedback.indptr) >= 2))
    folded, hidden = fold(inside.feedback, seed=seed)
    times = inside.times
    times = None if inside.times is None else at(inside.times, folded)
    return _HeldOut(Holdout(folded, hidden, times), inside.user_ids, left_out, inside.groups)


def temporal(data: Dataset, *, seed: int = SEED) -> Split:
    """The future: one cut for everybody after the first 80 % of all likes, ordered by time.

    Tested are the people with five likes or more before the cut and one or more after it, of films that somebody
    liked before it. Everybody's likes before the cut are trained on, those of tested people too; nothing that
    happened at the moment of the cut or later is. `known` is all that they had judged before it, liked or not. For
    tuning the same cut is made once more within the training part; `validation.learned` is what lies before it.
    Chance has no part in this; `seed` goes on to the models.
    """
    if data.times is None or not data.times.nnz:
        raise TooLittle("the temporal protocol needs to know when people liked what, and these data do not say")
    past = _cut(binary(data), data.times)
    if len(past.tested) < FEWEST_HELD_OUT:
        raise TooLittle(
            f"{len(past.tested)} people have {FEWEST_LIKES} likes before and one after the first four fifths of all "
            f"likes; temporal needs {FEWEST_HELD_OUT}"
        )
    columns = np.unique(past.before.feedback.indices)
    train = with_films(past.before, columns)
    inner = _cut(train, data.times[:, columns])
    if not len(inner.tested):
        raise TooLittle("nobody liked films in both parts of the training time: there is nobody to tune on")
    judged = only(data.times, (data.times.data < past.moment) & (data.times.data > 0))
    known = (judged[past.tested][:, columns] > 0) + (train.feedback[past.tested] > 0)
    return Split(
        "temporal",
        seed,
        train,
        validation=replace(inner.holdout(), learned=inner.before),
        test=replace(past, before=train, later=past.later[:, columns]).holdout(),
        known=known.tocsr(),
        left_out=past.left_out,
        people=train.user_ids[past.tested],
        groups=None if train.groups is None else train.groups[past.tested],
    )


@dataclass(frozen=True)
class _Cut:
    """Before and after a moment, and the rows of the people who can be asked about what lies behind it."""

    moment: float
    before: Dataset
    later: csr_matrix
    tested: np.ndarray
    left_out: int

    def holdout(self) -> Holdout:
        folded, times = self.before.feedback[self.tested], self.before.times
        return Holdout(folded, self.later[self.tested], None if times is None else times[self.tested])


def _cut(liked: Dataset, judged: csr_matrix) -> _Cut:
    """`judged` (people × films) says when, for likes and all other ratings: none of what comes later is learned."""
    rows, times = liked.feedback, at(liked.times, liked.feedback)
    if not rows.nnz:
        raise TooLittle("nobody likes anything in these data")
    moment = float(np.sort(times.data)[int(CUT * rows.nnz)])
    early = times.data < moment
    before = replace(liked, feedback=only(rows, early), times=only(times, early))
    if liked.stars is not None:
        before = replace(before, stars=_until(moment, liked.stars, judged))
    seen = np.bincount(before.feedback.indices, minlength=rows.shape[1]) > 0
    later = only(rows, ~early & seen[rows.indices])
    tested = np.flatnonzero((np.diff(before.feedback.indptr) >= FEWEST_LIKES) & (np.diff(later.indptr) > 0))
    of_tested = np.zeros(rows.shape[0], dtype=bool)
    of_tested[tested] = True
    unseen = only(rows, ~early & ~seen[rows.indices])
    return _Cut(moment, before, later, tested, left_out=int(np.diff(unseen.indptr)[of_tested].sum()))


def _until(moment: float, stars: csr_matrix, judged: csr_matrix) -> csr_matrix:
    """The stars that were given before a moment; those of which nobody knows when are none of them."""
    times = at(judged, stars)
    return only(stars.tocsr(), (times.data > 0) & (times.data < moment))


PROTOCOLS: dict[str, Callable[..., Split]] = {"strong": strong, "temporal": temporal}
