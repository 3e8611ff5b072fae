"""The working behind one suggestion: which of a person's own films speak for it, and how loudly."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recs import serving
from recs.algorithms.base import columns_of, row_of
from recs.shelf import COLLABORATIVE

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Working:
    """Shares of the whole, in percent, strongest first; `others` is what the films not named add up to."""

    shares: list[tuple[int, int]]
    others: int
    version: str


def working(history: Mapping[int, float], movie_id: int) -> Working | None:
    """None when no model knows the film, or nothing in the history speaks for it."""
    model = serving.shelf().models.get(COLLABORATIVE)
    column = columns_of(np.array([movie_id]), model.scorer.movie_ids) if model else np.array([-1])
    if model is None or column[0] < 0:
        return None
    row = row_of({film: weight for film, weight in history.items() if film != movie_id}, model.scorer.movie_ids)
    terms = model.scorer.contributions(row, column)[:, 0] if row.nnz else np.empty(0)
    told = np.where(terms > 0, terms, 0.0)
    if not told.sum() > 0:
        return None
    percent = 100 * told / told.sum()
    strongest = [place for place in np.argsort(-told, kind="stable")[:SHOWN] if percent[place] >= 1]
    ids = np.asarray(model.scorer.movie_ids)[row.indices]
    shares = [(int(ids[place]), round(float(percent[place]))) for place in strongest]
    return Working(shares, max(0, 100 - sum(share for _, share in shares)), model.version)
