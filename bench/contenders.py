"""One recommender, fitted and measured in a process of its own: ours, or one that the peers' environment has.

`python -m bench.contenders NAME FOLDER` reads the matrices of a split and `NAME.json` (settings to take, or to choose
among on the validation people), writes `NAME.npy` (the best 100 films of each tested person) and prints what it took.
"""

import dataclasses
import importlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, load_npz
from threadpoolctl import threadpool_limits

from recs.evaluation import metrics
from recs.evaluation.cost import measured

SEED = 98765
DEPTH = 100
PARTS = ("train", "validation_folded", "validation_hidden", "test_folded")
OURS = ("collaborative", "matrix_factorization", "popular")
BARE_ROUNDS = 5

Settings = dict[str, Any]
Score = Callable[[csr_matrix], np.ndarray]  # people × films, for histories of people never seen
GRIDS: dict[str, dict[str, list[Any]]] = {
    "ease": {"reg": [30.0, 100.0, 300.0, 1000.0]},
    "implicit ALS": {"regularization": [1.0, 10.0, 30.0, 60.0], "alpha": [2.0, 8.0]},
    "implicit BPR": {"learning_rate": [0.02, 0.1], "regularization": [0.003, 0.03]},
    "implicit ItemKNN": {"kind": ["CosineRecommender", "BM25Recommender"], "K": [50, 300]},
    "LensKit iALS": {"regularization": [0.02, 0.1, 0.5], "weight": [8.0, 40.0]},
    "LensKit ItemKNN": {"max_nbrs": [20, 100]},
}


def ease(likes: csr_matrix, *, reg: float) -> Score:
    """Steck 2019, in a few lines of numpy."""
    gram = (likes.T @ likes).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += reg
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda histories: np.asarray(histories @ weights, dtype=np.float64)


def implicit_als(likes: csr_matrix, *, factors: int, **settings: Any) -> Score:
    als = importlib.import_module("implicit.als")
    model = als.AlternatingLeastSquares(factors=factors, random_state=SEED, use_gpu=False, **settings)
    with threadpool_limits(1, "blas"):
        model.fit(likes, show_progress=False)

    def score(histories: csr_matrix) -> np.ndarray:
        people = model.recalculate_user(np.arange(histories.shape[0]), histories)
        return (people @ model.item_factors.T).astype(np.float64)

    return score


def implicit_bpr(likes: csr_matrix, *, factors: int, **settings: Any) -> Score:
    """It cannot fold people in: a person is the mean of the films they like."""
    bpr = importlib.import_module("implicit.bpr")
    model = bpr.BayesianPersonalizedRanking(factors=factors, random_state=SEED, use_gpu=False, **settings)
    model.fit(likes, show_progress=False)
    films = model.item_factors

    def score(histories: csr_matrix) -> np.ndarray:
        many = np.maximum(np.diff(histories.indptr), 1)[:, None]
        people = np.asarray(histories @ films) / many
        people[:, -1] = 1  # the place that multiplies the films' biases
        return (people @ films.T).astype(np.float64)

    return score


def implicit_knn(likes: csr_matrix, *, kind: str, K: int) -> Score:  # noqa: N803
    model = getattr(importlib.import_module("implicit.nearest_neighbours"), kind)(K=K)
    model.fit(likes, show_progress=False)
    return lambda histories: (histories @ model.similarity).toarray().astype(np.float64)


def lenskit(likes: csr_matrix, module: str, kind: str, settings: Settings) -> Score:
    data = importlib.import_module("lenskit.data")
    pandas = importlib.import_module("pandas")
    rows, films = likes.nonzero()
    known = data.from_interactions_df(pandas.DataFrame({"user_id": rows, "item_id": films}))
    model = getattr(importlib.import_module(module), kind)(**settings)
    model.train(known)
    items = data.ItemList(item_ids=np.arange(likes.shape[1]))

    def score(histories: csr_matrix) -> np.ndarray:
        found = []
        for row in histories:
            query = data.RecQuery(user_items=data.ItemList(item_ids=row.indices))
            found.append(np.nan_to_num(np.asarray(model(query, items).scores(), dtype=np.float64), nan=-1e9))
        return np.array(found)

    return score


def lenskit_als(likes: csr_matrix, *, factors: int, **settings: Any) -> Score:
    return lenskit(likes, "lenskit.als", "ImplicitMFScorer", {"embedding_size": factors, "epochs": 15, **settings})


def lenskit_knn(likes: csr_matrix, **settings: Any) -> Score:
    return lenskit(likes, "lenskit.knn", "ItemKNNScorer", {"feedback": "implicit", **settings})


FITS: dict[str, Callable[..., Score]] = {
    "ease": ease,
    "implicit ALS": implicit_als,
    "implicit BPR": implicit_bpr,
    "implicit ItemKNN": implicit_knn,
    "LensKit iALS": lenskit_als,
    "LensKit ItemKNN": lenskit_knn,
}


def ranked(score: Score, histories: csr_matrix) -> np.ndarray:
    step = max(1, 4_000_000 // histories.shape[1])
    parts = (histories[start : start + step] for start in range(0, histories.shape[0], step))
    return np.concatenate([metrics.best(score(part), part, depth=DEPTH) for part in parts])


def choices(grid: Mapping[str, list[Any]]) -> Iterator[Settings]:
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def peer(name: str, parts: Mapping[str, csr_matrix], given: Settings) -> tuple[Score, dict[str, Any]]:
    """`given` has `factors` where that is fixed, and all settings once they were chosen."""
    fit, grid = FITS[name], GRIDS[name]
    fixed = {"factors": given["factors"]} if "factors" in fit.__annotations__ else {}
    settings = given.get("chosen")
    if settings is None:
        folded, hidden = parts["validation_folded"], parts["validation_hidden"]

        def worth(one: Settings) -> float:
            hit = metrics.hits(ranked(fit(parts["train"], **fixed, **one), folded), hidden)
            return float(metrics.ndcg_at(hit, np.diff(hidden.indptr), DEPTH).mean())

        settings = max(choices(grid), key=worth)
    with measured() as cost:
        score = fit(parts["train"], **fixed, **settings)
    return score, {"chosen": settings, "seconds": cost.seconds, "megabytes": cost.megabytes}


def ours(name: str, parts: Mapping[str, csr_matrix], given: Settings) -> tuple[Score, dict[str, Any]]:
    """With the settings that the product itself chooses; the search for them is timed apart."""
    algorithms = importlib.import_module("recs.algorithms")
    train = parts["train"]
    data = algorithms.Dataset(train, np.arange(train.shape[0]), np.arange(train.shape[1]))
    holdout = algorithms.Holdout(parts["validation_folded"], parts["validation_hidden"])
    algorithm, chosen, search = algorithms.ALGORITHMS[name], given.get("chosen"), 0.0
    if hasattr(algorithm, "tuned"):
        start = time.perf_counter()
        if chosen is None:
            algorithm = algorithm.tuned(data, seed=SEED, holdout=holdout)
        else:
            algorithm = dataclasses.replace(algorithm, **chosen)
        search = time.perf_counter() - start
    with measured() as cost:
        scorer = (algorithm.learn if hasattr(algorithm, "learn") else algorithm.fit)(data, seed=SEED)
    report = {"chosen": dataclasses.asdict(algorithm), "search": search}
    report |= {"seconds": cost.seconds, "megabytes": cost.megabytes, "bare": against_bare(scorer, train)}
    return scorer.scores, report


def against_bare(scorer: Any, histories: csr_matrix) -> float | None:
    """Time for everybody's best 100 out of that of one dense product and a selection, without fold-in or checks."""
    films = histories.shape[1]
    if hasattr(scorer, "people"):
        left, right = scorer.people(histories).astype(np.float32), np.asarray(scorer.factors, dtype=np.float32).T
    elif hasattr(scorer, "weights") and films <= 10_000:
        left, right = histories, scorer.weights.toarray()
    else:
        return None
    rounds = []
    for _ in range(BARE_ROUNDS):
        start = time.perf_counter()
        ranked(scorer.scores, histories)
        between = time.perf_counter()
        step = max(1, 4_000_000 // films)
        for first in range(0, histories.shape[0], step):
            scores = np.asarray(left[first : first + step] @ right)
            scores[histories[first : first + step].nonzero()] = -np.inf
            top = np.argpartition(-scores, min(DEPTH, films - 1), axis=1)[:, :DEPTH]
            np.take_along_axis(top, np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1), axis=1)
        rounds.append((between - start) / (time.perf_counter() - between))
    return median(rounds)


def main(name: str, folder: Path) -> int:
    parts = {part: load_npz(folder / f"{part}.npz") for part in PARTS}
    given = json.loads((folder / f"{name}.json").read_text())
    score, report = (ours if name in OURS else peer)(name, parts, given)
    start = time.perf_counter()
    top = ranked(score, parts["test_folded"])
    report["ranking"] = time.perf_counter() - start
    np.save(folder / f"{name}.npy", top)
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
