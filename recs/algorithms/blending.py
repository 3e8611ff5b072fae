"""How much each part of a blend counts, learned from what held-out people like, by how many of their films are known.

Each held-out person is asked several times, knowing all of their films and knowing only a few. The weights are
those with which the films that were hidden rank highest among all that are not known. Between the numbers of films at
which weights are learned (`KNOTS`) they are interpolated in the logarithm; neighbouring knots are held together, so
that few people do not make them jump.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

KNOTS = np.array([0, 1, 3, 6, 12, 25, 50, 100])
TOP, DRAWN = 200, 100  # candidates: the best of a first blend, and others at random
ASKED = 12  # hidden films asked for per row
DEPTH = 100
SHARPNESS = 0.3  # difference of scores at which it is fairly sure which of two films comes first
ROUNDS = 60
STEPS = (0.2, 0.1)
NOTICED = 0.03  # a gain of NDCG smaller than this over the root of the number of people is chance
TOGETHER = 0.004  # how strongly neighbouring knots are held together
HELD = 0.002  # how strongly weights are held to those to begin with
MANY = 400  # people with whom weights are held like that: with fewer much more strongly, with more hardly


def spread(many: np.ndarray) -> np.ndarray:
    """People × knots: how much each knot has to say for somebody with so many films known; rows sum to 1."""
    place = np.interp(np.log1p(many), np.log1p(KNOTS), np.arange(len(KNOTS)))
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(len(KNOTS))))


@dataclass
class Questions:
    """Rows to learn from: features of some candidates each, which of them are right, and the knots' shares."""

    features: list[np.ndarray]  # features × candidates, for each row
    right: list[np.ndarray]
    stands_for: list[np.ndarray]
    knots: list[np.ndarray]

    @classmethod
    def empty(cls) -> "Questions":
        return cls([], [], [], [])

    def ask(
        self,
        features: np.ndarray,
        folded: csr_matrix,
        hidden: csr_matrix,
        start: np.ndarray,
        random: np.random.Generator,
    ) -> None:
        """`features` is people × features × films; `start` (knots × features) finds the first candidates."""
        shares = spread(np.diff(folded.indptr))
        for row in range(folded.shape[0]):
            first = (shares[row] @ start) @ features[row]
            known = folded.indices[folded.indptr[row] : folded.indptr[row + 1]]
            liked = np.setdiff1d(hidden.indices[hidden.indptr[row] : hidden.indptr[row + 1]], known)
            if not len(liked):
                continue
            asked = liked if len(liked) <= ASKED else random.choice(liked, ASKED, replace=False)
            films, stands_for = _candidates(first, np.concatenate((known, liked)), asked, random)
            self.features.append(features[row][:, films].astype(np.float32))
            self.right.append(np.isin(films, asked))
            self.stands_for.append(stands_for)
            self.knots.append(shares[row])

    def packed(self) -> "_Packed":
        wide = max(part.shape[1] for part in self.features)
        table = np.zeros((len(self.features), self.features[0].shape[0], wide), dtype=np.float32)
        stands_for = np.zeros((len(self.features), wide), dtype=np.float32)
        rows, places = [], []
        for row, (part, good, many) in enumerate(zip(self.features, self.right, self.stands_for, strict=True)):
            table[row, :, : part.shape[1]] = part
            stands_for[row, : len(many)] = many
            found = np.flatnonzero(good)
            rows.append(np.full(len(found), row))
            places.append(found)
        ideal = np.cumsum(np.log(2) / np.log(np.arange(2, DEPTH + 2)))
        right = np.array([min(len(found), DEPTH) for found in places])
        shares = np.array(self.knots)
        return _Packed(table, stands_for, shares, np.concatenate(rows), np.concatenate(places), ideal[right - 1])


def _candidates(
    first: np.ndarray, known: np.ndarray, liked: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The best of the first blend, the liked ones, and a sample of the others that stands for all of them."""
    open_ = np.ones(len(first), dtype=bool)
    open_[known] = False
    open_[liked] = False
    others = np.flatnonzero(open_)
    order = others[np.argsort(-first[others], kind="stable")]
    top, rest = order[:TOP], order[TOP:]
    drawn = rest if len(rest) <= DRAWN else random.choice(rest, DRAWN, replace=False)
    films = np.concatenate((liked, top, drawn))
    stands_for = np.ones(len(films), dtype=np.float32)
    stands_for[len(liked) + len(top) :] = len(rest) / max(1, len(drawn))
    return films, stands_for


def learn(questions: Questions, start: np.ndarray, *, people: int, others: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Knots × features: the weights that rank best, held to `start` and to each other.

    `others` are further weights to begin with, taken where one ranks better by more than chance.

    NDCG is made smooth by soft ranks: a film's rank is one plus how surely each candidate lies before it (ApproxNDCG:
    Qin, Liu and Li 2010).
    """
    if not questions.features:
        return start
    table = questions.packed()
    notice = NOTICED / people**0.5
    better = max((start, *others), key=table.ndcg)
    start = better if table.ndcg(better) > table.ndcg(start) + notice else start
    doubt = (MANY / people) ** 2

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(start.shape)
        value, slope = table.loss(table.shares @ weights)
        gap, away = np.diff(weights, axis=0), weights - start
        value += doubt * (TOGETHER * (gap**2).sum() + HELD * (away**2).sum())
        gradient = table.shares.T @ slope + 2 * doubt * HELD * away
        gradient[1:] += 2 * doubt * TOGETHER * gap
        gradient[:-1] -= 2 * doubt * TOGETHER * gap
        return float(value), gradient.ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return _polished(table, found.x.reshape(start.shape), notice=notice)


def _polished(table: "_Packed", best: np.ndarray, *, notice: float) -> np.ndarray:
    """Each feature moved as a whole, or more for the better or the lesser known, while it helps by more than chance.

    This looks at NDCG itself, cut where lists end: the smooth one cares for films far down as well.
    """
    worth = table.ndcg(best)
    knots, many = best.shape
    slopes = (np.ones(knots), np.linspace(0, 1, knots), np.linspace(1, 0, knots))
    for step, feature, slope in product(STEPS, range(many), slopes):
        direction = np.outer(slope, np.eye(many)[feature]) * step
        for move in (direction, -direction):
            while (found := table.ndcg(best + move)) > worth + notice:
                best, worth = best + move, found
    return best


@dataclass(frozen=True)
class _Packed:
    """All questions in one table; `pairs` are (row, place) of the right films, `ideal` is what a row can reach."""

    features: np.ndarray  # rows × features × candidates
    stands_for: np.ndarray  # rows × candidates, 0 where a row has fewer
    shares: np.ndarray  # rows × knots
    rows: np.ndarray
    places: np.ndarray
    ideal: np.ndarray

    def ndcg(self, weights: np.ndarray) -> float:
        """Mean NDCG with these weights (knots × features)."""
        scores = np.einsum("rm,rmf->rf", (self.shares @ weights).astype(np.float32), self.features)
        right = scores[self.rows, self.places]
        rank = np.einsum("pf,pf->p", scores[self.rows] > right[:, None], self.stands_for[self.rows])
        gains = np.where(rank < DEPTH, np.log(2) / np.log(rank + 2), 0) / self.ideal[self.rows]
        return float(gains.sum() / len(self.features))

    def loss(self, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """The negative mean soft NDCG, and its slope by each row's weights."""
        scores = np.einsum("rm,rmf->rf", weights.astype(np.float32), self.features)
        before = scores[self.rows] - scores[self.rows, self.places][:, None]
        np.clip(before / SHARPNESS, -30, 30, out=before)
        before = 1 / (1 + np.exp(-before))
        counted = before * self.stands_for[self.rows]
        rank = 0.5 + counted.sum(axis=1)  # the film stands before itself by one half
        logarithm = np.log1p(rank)
        scale = np.log(2) / (self.ideal[self.rows] * len(self.features))
        value = -float((scale / logarithm).sum())
        steep = counted * (1 - before) * (scale / (logarithm**2 * (1 + rank)) / SHARPNESS)[:, None]
        slope = np.zeros_like(scores)
        starts = np.flatnonzero(np.diff(self.rows, prepend=-1))
        slope[self.rows[starts]] = np.add.reduceat(steep, starts, axis=0)
        np.subtract.at(slope, (self.rows, self.places), steep.sum(axis=1))
        return value, np.einsum("rf,rmf->rm", slope, self.features).astype(np.float64)
