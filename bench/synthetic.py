"""Made-up communities of any size: a few films are known to all, most to few, and people follow hidden leanings."""

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms import Dataset

LEANINGS = 24
MEAN_LIKES = 40
STEEPNESS = 0.8  # fame of the film at place r is r to the power of minus this
SPREAD = 0.8  # of the logarithm of how many films people like


def community(people: int, films: int, *, seed: int = 11) -> Dataset:
    """About 35 likes a person; the same sizes and seed give the same likes."""
    random = np.random.default_rng(seed)
    fame = np.arange(1, films + 1) ** -STEEPNESS
    kinds = random.dirichlet(np.full(LEANINGS, 0.1), films)
    tastes = random.dirichlet(np.full(LEANINGS, 0.15), people)
    many = np.clip(random.lognormal(np.log(MEAN_LIKES) - SPREAD**2 / 2, SPREAD, people), 5, films / 4).astype(int)
    owner = np.repeat(np.arange(people, dtype=np.int32), many)
    pick = (random.random(len(owner))[:, None] > np.cumsum(tastes, axis=1)[owner]).sum(axis=1, dtype=np.int8)
    pick = np.minimum(pick, LEANINGS - 1)
    chosen = np.empty(len(owner), dtype=np.int32)
    for leaning in range(LEANINGS):
        rows = np.flatnonzero(pick == leaning)
        reach = np.cumsum(fame * kinds[:, leaning])
        chosen[rows] = np.searchsorted(reach / reach[-1], random.random(len(rows)))
    chosen = random.permutation(films).astype(np.int32)[np.minimum(chosen, films - 1)]
    table = csr_matrix((np.ones(len(owner), dtype=np.float32), (owner, chosen)), shape=(people, films))
    table.sum_duplicates()
    table.data[:] = 1
    return Dataset(feedback=table, user_ids=np.arange(1, people + 1), movie_ids=np.arange(1, films + 1))
