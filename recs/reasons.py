"""The true reason of each pick, read off the terms that made its score."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_matrix

from recs import explain
from recs.algorithms import GenreScorer, Scorer, Terms, terms
from recs.feedback import LIKED

MOSTLY = 2 / 3  # a pick that owes more than this to popularity is called popular
NAMEABLE = ("genre:", "person:", "decade:")  # what a sentence can name; words and keywords count, but are left unsaid


def worked_out(
    scorer: Scorer, row: csr_matrix, columns: np.ndarray, times: csr_matrix | None, lift: np.ndarray | None
) -> Terms:
    """The score of each asked film taken apart; `lift` is what popularity added to it beside the scorer."""
    parts = terms(scorer, row, columns, times)
    return parts if lift is None else replace(parts, popularity=parts.popularity + lift)


def from_terms(parts: Terms, films: np.ndarray, weights: np.ndarray, *, ordinary: float = 0.0) -> list[dict[str, Any]]:
    """`films` and `weights`: the person's own films, in the order of the rows of `parts.films`. `ordinary` is what an
    ordinary film gets from popularity, and therefore no reason for this one.

    Only a film that the person took to is a reason; what a disliked film adds is left unsaid.
    """
    by_film, by_feature = np.maximum(parts.films, 0.0), np.maximum(parts.features, 0.0)
    popular = np.maximum(parts.popularity + parts.other - ordinary, 0.0)
    whole = np.maximum(by_film.sum(axis=0) + by_feature.sum(axis=0) + popular, np.finfo(float).tiny)
    by_film[weights <= 0] = 0.0
    by_feature[~_nameable(parts.feature_names)] = 0.0
    told = _told(by_film, whole)
    traits = _told(by_feature, whole)
    reasons = []
    for place in range(len(whole)):
        film_rows, film_shares = told[0][place], told[1][place]
        trait_rows, trait_shares = traits[0][place], traits[1][place]
        if popular[place] > MOSTLY * whole[place]:
            reasons.append(explain.popular())
        elif sum(trait_shares) > sum(film_shares):
            named = [str(parts.feature_names[row]) for row in trait_rows]
            reasons.append(explain.made_of(_some(list(zip(named, trait_shares, strict=True)))))
        else:
            own = [int(films[row]) for row in film_rows]
            liked = [bool(weights[row] >= LIKED) for row in film_rows]
            reasons.append(because(own, film_shares, liked))
    return reasons


def because(films: list[int], shares: list[float], liked: list[bool]) -> dict[str, Any]:
    """From the three strongest films: those the person liked, or else those they picked."""
    told = list(zip(films, shares, strict=True))
    if not all(liked) or not all(shares):
        fond = [one for one, dear in zip(told, liked, strict=True) if dear and one[1] > 0]
        told = fond or _some(told)
        return explain.because(told, liked=bool(fond)) if told else explain.popular()
    return explain.because(told) if told else explain.popular()


def genres(scorer: Scorer, row: csr_matrix, columns: np.ndarray, named: Sequence[int]) -> list[dict[str, Any]]:
    """The film's genres that the person named or whose films they liked, dearest first."""
    films = cast(GenreScorer, scorer)
    taste = np.asarray((row @ films.genres).todense(), dtype=np.float64).ravel()
    dear = {int(number): float(value) for number, value in zip(films.genre_ids, taste, strict=True)}
    for number in named:
        dear[number] = dear.get(number, 0.0) + 1.0
    reasons = []
    for column in columns:
        own = [int(number) for number in films.genres_of(int(column)) if dear.get(int(number), 0.0) > 0]
        reasons.append(explain.genre(sorted(own, key=lambda number: -dear[number])[:2]))
    return reasons


def _some(told: list[Any]) -> list[Any]:
    return [one for one in told if one[1] > 0]


def _nameable(names: np.ndarray) -> np.ndarray:
    return np.array([str(name).startswith(NAMEABLE) for name in names], dtype=bool)


def _told(terms: np.ndarray, whole: np.ndarray) -> tuple[list[list[int]], list[list[float]]]:
    """The rows of each column's strongest terms, and each one's share of the whole."""
    order = _strongest(terms, explain.TOLD)
    shares = np.round(np.take_along_axis(terms, order, axis=0) / whole, 4)
    return order.T.tolist(), shares.T.tolist()


def _strongest(terms: np.ndarray, n: int) -> np.ndarray:
    """The rows of each column's n largest terms, largest first, the upper of two equal ones first: far less work than
    sorting them all."""
    left = terms.copy()
    order = np.empty((min(n, len(terms)), terms.shape[1]), dtype=np.int64)
    for place in order:
        place[:] = left.argmax(axis=0)
        left[place, np.arange(terms.shape[1])] = -np.inf
    return order
