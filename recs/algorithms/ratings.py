"""`ratings`: how many stars somebody would give a film, and how sure that is.

Bayesian factors (see `bayes`) whose priors know which films a person rated, who rated a film, how many did, and what
the film is made of: which films people choose to rate says much about what they think of them (Koren 2008). A person
is folded in from their own ratings alone, with those made since the training.

The interval is split-conformal (Lei et al. 2018): a tenth of the ratings is kept from a first fit, a straight line
through the model's own doubt says how far off it was there, and the interval is so many times that as held 80 % of
them, for little and for much known films and people apart.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import svds

from recs.algorithms import bayes
from recs.algorithms.base import Arrays, Dataset
from recs.algorithms.bayes import Factors, Layout
from recs.algorithms.content_based import ContentBased

LEVEL = 0.8
GAUSSIAN = 1.2816  # half of the interval that holds 80 % of a normal distribution, in standard deviations
PEOPLE_EXPONENT, FILM_EXPONENT = -0.5, -0.25  # of how often somebody or something was met, when likeness is looked for
FEW = 5  # ratings at which a person's choice of films is believed about as much as not
KNOWN = (5, 20, 50, 200)  # ratings of a person or film from which on they are in the next bin
CELL_PRIOR = 30.0  # held-out ratings for which all bins count beside one
ENOUGH = 200  # held-out ratings, fewer cannot say how wide an interval must be
CELLS_AT_ONCE = 50_000


@dataclass(frozen=True, eq=False)
class RatingModel:
    """`films` (films × size) and `moments` (films × triangle) as in `bayes`; `directions` (films × company) leads from
    the films somebody rated to their place among those who rate the same, `weights` from there to their prior;
    `line` and `widths` make the interval; `many` counts the ratings of each film."""

    movie_ids: np.ndarray
    films: np.ndarray
    moments: np.ndarray
    directions: np.ndarray
    weights: np.ndarray
    precision: np.ndarray
    numbers: np.ndarray  # middle, noise, lowest star, highest star
    counts: np.ndarray  # of log(1 + ratings of a person) the mean, the deviation, the least and the greatest
    line: np.ndarray
    widths: np.ndarray
    many: np.ndarray
    name = "ratings"

    @classmethod
    def fit(cls, data: Dataset, *, seed: int) -> "RatingModel":
        """Learn from `data.stars`; see `Ratings` for the settings."""
        return Ratings().fit(data, seed=seed)

    def predict(self, movies: np.ndarray, rated: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Stars of these films (columns), and half of the interval that holds 80 % of such ratings.

        `rated` is what the person has rated: columns, and stars from 0.5 to 5.
        """
        columns, stars = rated
        own = csr_matrix((stars, columns, np.array([0, len(columns)])), shape=(1, len(self.movie_ids)))
        return self.predict_many(np.zeros(len(movies), dtype=np.int64), np.asarray(movies), own)

    def predict_many(self, rows: np.ndarray, columns: np.ndarray, stars: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """The same for many people at once: row i of `stars` (people × films) is what person i has rated."""
        asked, places = np.unique(rows, return_inverse=True)
        mean, moments = self._folded(stars[asked])
        rated = np.diff(stars.indptr)[asked]
        found, halves = np.empty(len(rows)), np.empty(len(rows))
        for start in range(0, len(rows), CELLS_AT_ONCE):
            part = slice(start, start + CELLS_AT_ONCE)
            people, films = places[part], columns[part]
            found[part], doubt = self._between(mean, moments, people, films)
            bins = _bin(rated[people]), _bin(self.many[films])
            halves[part] = _spread(self.line, doubt) * self.widths[bins]
        return np.clip(found, self.numbers[2], self.numbers[3]), halves

    def _between(
        self, mean: np.ndarray, moments: np.ndarray, people: np.ndarray, films: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What is expected of each pair, not yet cut to the scale, and the model's own standard deviation."""
        twice = bayes.twice(Layout(self.films.shape[1] - 2))
        if len(mean) == 1:
            product, square = self.films[films] @ mean[0], self.moments[films] @ (moments[0] * twice).astype(np.float32)
        else:
            product = np.einsum("nd,nd->n", mean[people], self.films[films])
            square = np.einsum("nt,nt,t->n", moments[people], self.moments[films], twice)
        return product + self.numbers[0], np.sqrt(np.maximum(square - product**2, 0.0) + self.numbers[1])

    def _folded(self, stars: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """Means and second moments of people by what they rated."""
        starts = range(0, max(stars.shape[0], 1), bayes.ROWS_AT_ONCE)
        parts = [self._fold(stars[start : start + bayes.ROWS_AT_ONCE]) for start in starts]
        mean, moments = (np.concatenate(part) for part in zip(*parts, strict=True))
        return mean, moments

    def _fold(self, stars: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        middle, noise = self.numbers[:2]
        layout = Layout(self.films.shape[1] - 2)
        # Only the films that occur: one person's few out of files that may be large.
        used, places = np.unique(stars.indices, return_inverse=True)
        shape = (stars.shape[0], len(used))
        given = csr_matrix((stars.data.astype(np.float64) - middle, places, stars.indptr), shape=shape)
        rated = csr_matrix((np.ones(stars.nnz, dtype=np.float32), places, stars.indptr), shape=shape)
        films = self.films[used]
        prior = _company(rated, self.directions[used], self.counts) @ self.weights
        mean, covariance = bayes.posterior(
            rated @ self.moments[used],
            given @ films,
            prior,
            precision=self.precision,
            noise=float(noise),
            layout=layout,
            fixed=layout.film,
        )
        return mean, layout.flat(mean, covariance)

    def arrays(self) -> Arrays:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Ratings:
    """`company` and `contents` are how many directions of who rates what, and of what films are made of, the priors
    know. `sweeps` find the factors without the held-out ratings, `more` put these back in."""

    factors: int = 16
    company: int = 32
    contents: int = 48
    sweeps: int = 25
    more: int = 2
    held_out: float = 0.1
    name: str = "ratings"

    def fit(self, data: Dataset, *, seed: int) -> RatingModel:
        stars = csr_matrix(data.feedback.shape) if data.stars is None else data.stars.astype(np.float64).tocsr()
        stars.sort_indices()
        hide = np.zeros(stars.nnz, dtype=bool)
        hide[np.random.default_rng(seed).permutation(stars.nnz)[: int(self.held_out * stars.nnz)]] = True
        learned = _only(stars, ~hide)
        side = _Side.of(data, learned, self.company, self.contents, seed)
        found = bayes.fit(
            learned, side.people(learned), side.films(learned), factors=self.factors, sweeps=self.sweeps, seed=seed
        )
        line, widths = self._interval(_model(data, side, learned, found), learned, _only(stars, hide))
        found = bayes.fit(
            stars, side.people(stars), side.films(stars), factors=self.factors, sweeps=self.more, seed=seed, start=found
        )
        return _model(data, side, stars, found, line=line, widths=widths)

    def _interval(self, model: RatingModel, learned: csr_matrix, hidden: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        if hidden.nnz < ENOUGH or not np.ptp(hidden.data):
            return model.line, model.widths
        rows = np.repeat(np.arange(hidden.shape[0]), np.diff(hidden.indptr))
        asked, places = np.unique(rows, return_inverse=True)
        mean, moments = model._folded(learned[asked])
        expected, doubt = model._between(mean, moments, places, hidden.indices)
        off = np.abs(np.clip(expected, *model.numbers[2:4]) - hidden.data)
        clues = np.column_stack([np.ones(len(doubt)), doubt])
        line = np.linalg.lstsq(clues, off)[0]
        of_person, of_film = np.diff(learned.indptr)[rows], model.many[hidden.indices]
        return line, _widths(off / _spread(line, doubt), _bin(of_person), _bin(of_film))


@dataclass(frozen=True)
class _Side:
    """What the priors are told of people and films."""

    directions: np.ndarray
    of_films: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, data: Dataset, stars: csr_matrix, company: int, contents: int, seed: int) -> Self:
        people, films = stars.shape
        many, met = np.diff(stars.indptr), np.bincount(stars.indices, minlength=films)
        of_film = np.maximum(met, 1.0) ** FILM_EXPONENT
        rated = csr_matrix((np.ones(stars.nnz), stars.indices, stars.indptr), shape=stars.shape)
        even = diags(np.maximum(many, 1.0) ** PEOPLE_EXPONENT) @ rated @ diags(of_film)
        sizes, right = _directions(even.tocsr(), company)
        # A person's place is their rated films' sum over these, divided by the root of how many: about 1 in size.
        directions = (
            of_film[:, None] * right * np.divide(np.sqrt(people), sizes, out=np.zeros(len(sizes)), where=sizes > 0)
        )
        made_of = ContentBased().fit(data, seed=seed).features
        sizes, themes = _directions(made_of.T.tocsr(), contents)
        of_films = np.hstack([right * np.sqrt(films), themes * sizes * np.sqrt(max(len(sizes), 1))])
        logs = np.log1p(many) if people else np.zeros(1)
        return cls(directions, of_films, np.array([logs.mean(), logs.std(), logs.min(), logs.max()]))

    def people(self, stars: csr_matrix) -> np.ndarray:
        rated = csr_matrix((np.ones(stars.nnz), stars.indices, stars.indptr), shape=stars.shape)
        return _company(rated, self.directions, self.counts)

    def films(self, stars: csr_matrix) -> np.ndarray:
        logs = np.log1p(np.bincount(stars.indices, minlength=stars.shape[1]))
        spread = logs.std() if len(logs) else 0.0
        return np.column_stack([self.of_films, (logs - logs.mean()) / spread if spread > 0 else logs * 0.0])


def _company(rated: csr_matrix, directions: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """What the priors are told of people: their place among those who rate the same, believed less where they rated
    few, and how many they rated, no fewer and no more than anybody whom the model learned from."""
    usual, deviation, fewest, most = counts
    many = np.diff(rated.indptr)
    place = (rated @ directions) * ((many + FEW) ** PEOPLE_EXPONENT)[:, None]
    return np.column_stack([place, (np.clip(np.log1p(many), fewest, most) - usual) / max(deviation, 0.1)])


def _directions(table: csr_matrix, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The n largest singular values and the right vectors (columns × n); of a narrow table what there is."""
    narrow = min(table.shape)
    if not table.nnz:
        return np.zeros(0), np.zeros((table.shape[1], 0))
    if narrow <= 2 * n:
        _, sizes, right = np.linalg.svd(table.toarray(), full_matrices=False)
        sizes, right = sizes[:n], right[:n]
    else:
        _, sizes, right = svds(table, k=n, v0=np.ones(narrow))
    telling = sizes > 1e-6 * sizes.max()
    return sizes[telling], right[telling].T


def _model(
    data: Dataset,
    side: _Side,
    stars: csr_matrix,
    found: Factors,
    *,
    line: np.ndarray | None = None,
    widths: np.ndarray | None = None,
) -> RatingModel:
    """With what the interval is made of, or with the interval of the model's own doubt."""
    lowest, highest = (stars.data.min(), stars.data.max()) if stars.nnz else (0.5, 5.0)
    bins = len(KNOWN) + 1
    return RatingModel(
        movie_ids=data.movie_ids,
        films=found.films.mean,
        moments=found.films.moments,
        directions=side.directions,
        weights=found.people.weights,
        precision=found.people.precision,
        numbers=np.array([found.middle, found.noise, lowest, highest]),
        counts=side.counts,
        line=np.array([0.0, 1.0]) if line is None else line,
        widths=np.full((bins, bins), GAUSSIAN) if widths is None else widths,
        many=np.bincount(stars.indices, minlength=stars.shape[1]),
    )


def _only(stars: csr_matrix, kept: np.ndarray) -> csr_matrix:
    indptr = np.concatenate(([0], np.cumsum(kept)))[stars.indptr]
    return csr_matrix((stars.data[kept], stars.indices[kept], indptr), shape=stars.shape)


def _spread(line: np.ndarray, doubt: np.ndarray) -> np.ndarray:
    """How far off to expect a rating to be; never less than a fifth of a star."""
    return np.maximum(line[0] + line[1] * doubt, 0.2)


def _bin(known: np.ndarray) -> np.ndarray:
    return np.searchsorted(KNOWN, known, side="right")


def _widths(ratios: np.ndarray, of_person: np.ndarray, of_film: np.ndarray) -> np.ndarray:
    """How many times the expected distance holds 80 %, by bin of the person and of the film; thin bins are pulled to
    the whole."""
    bins = len(KNOWN) + 1
    whole = float(np.quantile(ratios, LEVEL))
    out = np.full((bins, bins), whole)
    for person in range(bins):
        for film in range(bins):
            inside = ratios[(of_person == person) & (of_film == film)]
            if len(inside):
                own = float(np.quantile(inside, LEVEL))
                out[person, film] = (len(inside) * own + CELL_PRIOR * whole) / (len(inside) + CELL_PRIOR)
    return out
