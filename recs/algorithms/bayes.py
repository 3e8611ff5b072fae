"""Factors of people and films with their uncertainty, from ratings and from what else is known of both.

A rating is μ + b_person + b_film + p·q + noise. Factors and biases are Gaussian; each has a prior mean that is linear
in side information, so that somebody of whom little is known gets what people like them have (Rendle 2013, Macau:
Simm et al. 2017). Posteriors are found by variational Bayes, one row at a time given the other side (Lim and Teh
2007), and the noise and the width of the priors by their expectations: nothing is left to tune by hand.

Both sides share one layout: `factors` coordinates, then the person's bias, then the film's. A person's vector has a 1
where the film's bias stands and the other way round, so that a rating less μ is the product of two vectors. Of each
row the mean is kept, and the upper triangle of its second moments: what the other side needs to know of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

RIDGE = 10.0  # side information is believed as if this many rows had spoken against it
WIDE = 10.0  # the precision of the priors to begin with
START = 0.1
LEAST_NOISE = 1e-3  # variance in stars; ratings that are all alike would leave none
ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Layout:
    """Which coordinates are whose."""

    factors: int

    @property
    def size(self) -> int:
        return self.factors + 2

    @property
    def person(self) -> int:
        return self.factors

    @property
    def film(self) -> int:
        return self.factors + 1

    @property
    def triangle(self) -> tuple[np.ndarray, np.ndarray]:
        return np.triu_indices(self.size)

    def square(self, sums: np.ndarray) -> np.ndarray:
        """n × triangle to n × size × size."""
        rows, columns = self.triangle
        out = np.empty((len(sums), self.size, self.size))
        out[:, rows, columns] = sums
        out[:, columns, rows] = sums
        return out

    def flat(self, mean: np.ndarray, covariance: np.ndarray | None = None) -> np.ndarray:
        """Second moments, n × triangle, float32."""
        rows, columns = self.triangle
        out = mean[:, rows] * mean[:, columns]
        if covariance is not None:
            out += covariance[:, rows, columns]
        return out.astype(np.float32)


@dataclass
class Side:
    """What is believed of people, or of films: n × size, n × triangle; `weights` leads from `about` to prior means."""

    mean: np.ndarray
    moments: np.ndarray
    precision: np.ndarray
    weights: np.ndarray
    spread: np.ndarray  # the summed variances of each coordinate


@dataclass(frozen=True)
class Factors:
    layout: Layout
    middle: float
    noise: float
    people: Side
    films: Side


def fit(
    stars: csr_matrix,
    about_people: np.ndarray,
    about_films: np.ndarray,
    *,
    factors: int,
    sweeps: int,
    seed: int,
    start: Factors | None = None,
) -> Factors:
    """`stars` is people × films; the side information has a row per person or film and columns of about unit size.

    `start` goes on from an earlier fit with the same films and people.
    """
    layout = Layout(factors)
    middle = float(stars.data.mean()) if stars.nnz else 0.0
    given = csr_matrix((stars.data - middle, stars.indices, stars.indptr), shape=stars.shape)
    tables = _Tables(given), _Tables(given.T.tocsr())
    if start is None:
        random = np.random.default_rng(seed)
        people, films = (_first(len(about), about.shape[1], layout, random) for about in (about_people, about_films))
        people.mean[:, layout.film], films.mean[:, layout.person] = 1.0, 1.0
        people.moments, films.moments = layout.flat(people.mean), layout.flat(films.mean)
        noise = max(float(given.data.var()), LEAST_NOISE) if given.nnz else 1.0
    else:
        people, films, noise = start.people, start.films, start.noise
    for _ in range(sweeps):
        noise = _update(tables[0], people, films, about=about_people, layout=layout, fixed=layout.film, noise=noise)
        noise = _update(tables[1], films, people, about=about_films, layout=layout, fixed=layout.person, noise=noise)
    return Factors(layout, middle, noise, people, films)


class _Tables:
    """The ratings less their mean, once as they are and once as mere presence."""

    def __init__(self, given: csr_matrix) -> None:
        self.given = given
        self.rated = csr_matrix((np.ones(given.nnz, dtype=np.float32), given.indices, given.indptr), shape=given.shape)
        self.square = float(given.data @ given.data)


def _first(rows: int, about: int, layout: Layout, random: np.random.Generator) -> Side:
    mean = np.zeros((rows, layout.size))
    mean[:, : layout.factors] = random.normal(0.0, START, (rows, layout.factors))
    size = layout.size
    return Side(mean, np.empty(0), np.full(size, WIDE), np.zeros((about, size)), np.zeros(size))


def _update(
    tables: _Tables, mine: Side, theirs: Side, *, about: np.ndarray, layout: Layout, fixed: int, noise: float
) -> float:
    """New posteriors of one side given the other, then its prior; returns the noise that is left."""
    prior = about @ mine.weights
    linear = tables.given @ theirs.mean
    mine.spread = np.zeros(layout.size)
    together = 0.0
    for start in range(0, len(mine.mean), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        sums = tables.rated[rows] @ theirs.moments
        mean, covariance = posterior(
            sums, linear[rows], prior[rows], precision=mine.precision, noise=noise, layout=layout, fixed=fixed
        )
        mine.mean[rows], mine.moments[rows] = mean, layout.flat(mean, covariance)
        mine.spread += np.einsum("nii->i", covariance)
        together += float(np.einsum("nt,nt,t->", sums, mine.moments[rows], twice(layout)))
    mine.weights = np.linalg.solve(about.T @ about + RIDGE * np.eye(about.shape[1]), about.T @ mine.mean)
    mine.weights[:, fixed] = 0.0
    beyond = ((mine.mean - about @ mine.weights) ** 2).sum(axis=0) + mine.spread
    mine.precision = np.maximum(len(mine.mean), 1) / np.maximum(beyond, np.finfo(np.float32).tiny)
    left = tables.square - 2 * float((linear * mine.mean).sum()) + together
    return max(left / max(tables.given.nnz, 1), LEAST_NOISE)


def twice(layout: Layout) -> np.ndarray:
    """The weights that make a sum over the triangle one over the square."""
    rows, columns = layout.triangle
    return np.where(rows == columns, 1.0, 2.0)


def posterior(
    sums: np.ndarray,
    linear: np.ndarray,
    prior: np.ndarray,
    *,
    precision: np.ndarray,
    noise: float,
    layout: Layout,
    fixed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (n × size) and covariance of n rows.

    `sums` are the second moments of what each has met, summed, n × triangle; `linear` (n × size) is the sum of their
    means, each times the rating less μ; the coordinate `fixed` is 1 and has no variance.
    """
    free = np.delete(np.arange(layout.size), fixed)
    square = layout.square(sums) / noise
    left = square[:, free[:, None], free]
    left[:, np.arange(len(free)), np.arange(len(free))] += precision[free]
    right = (linear[:, free] / noise - square[:, free, fixed]) + prior[:, free] * precision[free]
    inverse = np.linalg.inv(left)
    mean = np.ones((len(sums), layout.size))
    mean[:, free] = np.einsum("nij,nj->ni", inverse, right)
    covariance = np.zeros((len(sums), layout.size, layout.size))
    covariance[:, free[:, None], free] = inverse
    return mean, covariance
