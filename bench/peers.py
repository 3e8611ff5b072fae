"""Our recommenders beside those of other libraries: quality and cost of one run, on the same people and threads.

    make bench ARGS="peers" MOVIELENS=path/to/ml-1m

The protocol is `strong` (`recs.evaluation.protocols`): everybody chooses settings on the validation people, and is
measured once on the test people. Every recommender runs in a process of its own; they take turns, and times are medians
over the rounds, so that a noisy neighbour disturbs all alike. The others live in an environment of their own under
`var/bench/peers`, which is made when it is missing. LENSKIT=1 takes LensKit in, which needs PyTorch (1.5 GB).
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import django
import numpy as np
from scipy.sparse import save_npz

from bench import ROOT
from bench.contenders import DEPTH, OURS, SEED
from bench.synthetic import community

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from recs.algorithms import Dataset  # noqa: E402
from recs.evaluation import intervals, metrics  # noqa: E402
from recs.evaluation.protocols import Split, strong  # noqa: E402
from recs.services import movielens_dataset  # noqa: E402

HOME = ROOT / "var" / "bench" / "peers"
IMPLICIT = ["implicit==0.7.3", "numpy==2.4.6", "scipy==1.17.1", "threadpoolctl==3.8.0"]
LENSKIT = ["lenskit==2025.8.1", "torch==2.13.0"]
BESIDE = ROOT.parent / "shared" / "data" / "ml-latest-small"
ROUNDS = 3
SECONDS = 900
BAR = "implicit ALS"
Report = dict[str, Any]


def data_set() -> tuple[str, Dataset]:
    """MOVIELENS names a folder or zip; without it a small edition beside the checkout, or a made-up community."""
    named = os.environ.get("MOVIELENS")
    if named or BESIDE.is_dir():
        return movielens_dataset.read(path=Path(named) if named else BESIDE)
    return "made up", community(3_000, 1_500)


def environment(packages: list[str], label: str) -> Path | None:
    """The Python of an environment with these packages; None, and a line that says why, when they cannot be had."""
    home = HOME / label
    python, done = home / "bin" / "python", home / "done.txt"
    if done.exists() and done.read_text().split() == packages:
        return python
    print(f"making {home.relative_to(ROOT)} with {', '.join(packages)}", flush=True)
    venv.create(home, clear=True, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    got = subprocess.run([*pip, *packages], capture_output=True, text=True, check=False)
    if got.returncode:
        lines = [line for line in got.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        print(f"{label} is left out, its packages cannot be installed: {lines[-1]}", flush=True)
        return None
    done.write_text("\n".join(packages))
    return python


def contenders() -> dict[str, Path]:
    """Everybody who takes part, and the Python that runs them."""
    here = Path(sys.executable)
    found = {name: here for name in (*OURS, "ease")}
    if python := environment(IMPLICIT, "implicit"):
        found |= {name: python for name in (BAR, "implicit BPR", "implicit ItemKNN")}
    if os.environ.get("LENSKIT") and (python := environment([*IMPLICIT, *LENSKIT], "lenskit")):
        found |= {name: python for name in ("LensKit iALS", "LensKit ItemKNN")}
    return found


def run(name: str, python: Path, folder: Path, given: Report) -> Report | None:
    (folder / f"{name}.json").write_text(json.dumps(given))
    threads = str(os.cpu_count() or 1)
    limits = {f"{library}_NUM_THREADS": threads for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    command = [str(python), "-m", "bench.contenders", name, str(folder)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **limits, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        print(f"{name}: not finished after {SECONDS} s, left out", flush=True)
        return None
    except subprocess.CalledProcessError as problem:
        print(f"{name}: {(problem.stderr.strip().splitlines() or ['no word'])[-1]}, left out", flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measure(split: Split, folder: Path) -> dict[str, list[Report]]:
    parts = {"train": split.train.feedback, "test_folded": split.test.folded}
    parts |= {"validation_folded": split.validation.folded, "validation_hidden": split.validation.hidden}
    for part, matrix in parts.items():
        save_npz(folder / f"{part}.npz", matrix.astype(np.float32), compressed=False)
    asked, found = contenders(), defaultdict(list)
    for number in range(ROUNDS):
        for name, python in list(asked.items()):
            factors = found["matrix_factorization"][0]["chosen"]["factors"] if found["matrix_factorization"] else 64
            given = {"chosen": found[name][0]["chosen"] if found[name] else None, "factors": factors}
            report = run(name, python, folder, given)
            if report is None:
                del asked[name]
                continue
            found[name].append(report)
        print(f"round {number + 1} of {ROUNDS} is over", flush=True)
    return {name: reports for name, reports in found.items() if len(reports) == ROUNDS}


def quality(folder: Path, name: str, split: Split) -> tuple[intervals.Estimate, intervals.Estimate]:
    hidden = split.test.hidden
    hit, held = metrics.hits(np.load(folder / f"{name}.npy"), hidden), np.diff(hidden.indptr)
    ndcg, recall = metrics.ndcg_at(hit, held, DEPTH), metrics.recall_at(hit, held, 20)
    return intervals.mean(ndcg, seed=SEED), intervals.mean(recall, seed=SEED)


def said(estimate: intervals.Estimate) -> str:
    return f"{estimate.value:.4f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def show(found: dict[str, list[Report]], folder: Path, split: Split) -> None:
    head = f"{'':<21} {'NDCG@100':>23} {'Recall@20':>23} {'fit s':>8}"
    print(f"\n{head} {'of ' + BAR:>15} {'peak MB':>8} {'people/s':>9}")
    rows = {name: quality(folder, name, split) for name in found}
    for name in sorted(found, key=lambda one: -rows[one][0].value):
        reports = found[name]
        fit = median(report["seconds"] for report in reports)
        ratio = "-"
        if BAR in found:
            pairs = zip(reports, found[BAR], strict=True)
            ratio = f"{median(own['seconds'] / bar['seconds'] for own, bar in pairs):.2f}"
        speed = len(split.people) / median(report["ranking"] for report in reports)
        peak = max(report["megabytes"] for report in reports)
        print(f"{name:<21} {said(rows[name][0]):>23} {said(rows[name][1]):>23} ", end="")
        print(f"{fit:>8.2f} {ratio:>15} {peak:>8.0f} {speed:>9,.0f}")
    for name in OURS[:2]:
        if name in found:
            bare = median(report["bare"] or float("nan") for report in found[name])
            print(f"{name}: everybody's best 100 take {bare:.2f} times the bare product and selection (target 2.0);")
            print(f"  the search for its settings {found[name][0]['search']:.1f} s, {found[name][0]['chosen']}")


def main() -> int:
    label, data = data_set()
    split = strong(data)
    shape = split.train.feedback.shape
    print(f"{label}: {shape[0]:,} people and {shape[1]:,} films to learn from, {len(split.people):,} people tested")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show(measure(split, folder), folder, split)
    return 0


if __name__ == "__main__":
    sys.exit(main())
