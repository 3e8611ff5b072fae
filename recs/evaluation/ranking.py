"""Measures fitted models on a split: everybody's whole ranking, a batch of people at a time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms.base import Scorer
from recs.evaluation import metrics
from recs.evaluation.data import at
from recs.evaluation.protocols import Split
from recs.evaluation.splits import keep

CELLS = 4_000_000  # scores in memory at once: 32 MB and as much again to find the best
DEPTH = 100
SHOWN = 20
KNOWN = (1, 3, 5, 10, 15)
ACCURACY = ("ndcg@10", "ndcg@100", "recall@20", "recall@50")


@dataclass
class Measured:
    """One number a person for each measure; `shown` are their first 20 films, `rate` people ranked in a second.

    `known[k]` holds the accuracy for the people who have `k` known films or more when a model sees only k of them,
    and `known_people[k]` says who of the tested those are.
    """

    people: dict[str, np.ndarray]
    shown: np.ndarray
    rate: float
    known: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    known_people: dict[int, np.ndarray] = field(default_factory=dict)


def measure(scorer: Scorer, split: Split, catalogue: metrics.Catalogue) -> Measured:
    """Everything for one model: with all that is known of people, and with 1, 3, 5, 10 and 15 films of it.

    With fewer films the same hidden films are asked for and the same films excluded: those that were not shown to
    the model are true likes and would count as misses.
    """
    everybody = np.arange(len(split.people))
    top, seconds = ranked(scorer, split, split.test.folded, split.test.times, everybody)
    people = accuracy(top, split.test.hidden)
    shown = top[:, :SHOWN]
    people["novelty@20"] = catalogue.novelty(shown)
    people["popularity@20"] = catalogue.popularity(shown)
    if catalogue.genres is not None:
        people["diversity@20"] = catalogue.diversity(shown)
    found = Measured(people, shown, len(everybody) / max(seconds, 1e-9))
    for many in KNOWN:
        able = np.flatnonzero(np.diff(split.test.folded.indptr) >= many)
        if len(able):
            found.known[many] = _knowing(scorer, split, able, many)
            found.known_people[many] = able
    return found


def _knowing(scorer: Scorer, split: Split, able: np.ndarray, many: int) -> dict[str, np.ndarray]:
    history = keep(split.test.folded, many, seed=split.seed)
    times = None if split.test.times is None else at(split.test.times, history)
    top, _ = ranked(scorer, split, history, times, able)
    return accuracy(top, split.test.hidden[able])


def accuracy(top: np.ndarray, hidden: csr_matrix) -> dict[str, np.ndarray]:
    hit, held = metrics.hits(top, hidden), np.diff(hidden.indptr)
    measures = {"ndcg": metrics.ndcg_at, "recall": metrics.recall_at}
    return {name: measures[name.split("@")[0]](hit, held, int(name.split("@")[1])) for name in ACCURACY}


def ranked(
    scorer: Scorer, split: Split, history: csr_matrix, times: csr_matrix | None, people: np.ndarray
) -> tuple[np.ndarray, float]:
    """The best 100 films of these people (rows of `split.test`), and how many seconds that took."""
    top, seconds = [], 0.0
    for rows in batches(people, len(split.train.movie_ids)):
        start = time.perf_counter()
        scores = _scores(scorer, split, history, times, rows)
        top.append(metrics.best(scores, split.known[rows], depth=DEPTH))
        seconds += time.perf_counter() - start
    return np.concatenate(top), seconds


def _scores(
    scorer: Scorer, split: Split, history: csr_matrix, times: csr_matrix | None, rows: np.ndarray
) -> np.ndarray:
    """What the site would score by; a model of groups is asked about people's groups, as it knows nobody's films."""
    by_group = getattr(scorer, "scores_for", None) if scorer.name == "demographic" else None
    if by_group is None or split.groups is None or split.train.group_names is None:
        return np.array(scorer.scores(history[rows], None if times is None else times[rows]), dtype=np.float64)
    names = split.train.group_names
    return np.stack([by_group(names[split.groups[row].indices].tolist()) for row in rows])


def batches(people: np.ndarray, films: int) -> Iterator[np.ndarray]:
    size = max(1, CELLS // max(films, 1))
    for start in range(0, len(people), size):
        yield people[start : start + size]
