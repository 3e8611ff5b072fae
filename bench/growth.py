"""How memory and time of training and of serving one person grow with people and with films.

Every size is measured in a process of its own, on made-up communities (`bench.synthetic`): people grow while films
stay, then films while people stay. The exponent is the slope in a log-log plot: 1 grows like the data, 2 like its
square, 0 not at all. Beyond `ItemItem.max_films` films no larger films × films matrix is made; the last table shows it.

Measured is the learning with given settings; the search for them looks at `tuning.LIKES_LEARNED` likes at most, so that
it is measured once, and does not grow beyond. CPU seconds say more than the clock on a machine with other guests.

`python -m bench.growth [--minutes 5]`: sizes that would begin after the time is over are left out, and it is said.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from bench import ROOT
from bench.synthetic import community
from recs.algorithms import ALGORITHMS, row_of, tuning
from recs.algorithms.item_item import ItemItem
from recs.evaluation.cost import measured
from recs.evaluation.metrics import best

ASKED = ("collaborative", "matrix_factorization")
PEOPLE = [(people, 2_500) for people in (10_000, 30_000, 100_000)]
FILMS = [(20_000, films) for films in (1_000, 4_000, 8_000, 12_000, 20_000)]
SEARCHED = (10_000, 2_500)
SERVED = 50
CHILD_SECONDS = 240

Size = tuple[int, int]
Row = dict[str, float]


def child(name: str, people: int, films: int) -> Row:
    """Fit and serve once; memory is what the training added to a process that holds the data."""
    data = community(people, films)
    with measured() as cost:
        used = time.process_time()
        scorer = ALGORITHMS[name].learn(data, seed=1)  # type: ignore[attr-defined]
        used = time.process_time() - used
    serving = []
    with threadpool_limits(1, "blas"):  # as on a web server: its processes are many, and each request is small
        for person in range(SERVED):
            history = data.feedback[person]
            liked = dict(zip(data.movie_ids[history.indices].tolist(), history.data.tolist(), strict=True))
            start = time.perf_counter()
            row = row_of(liked, data.movie_ids)
            best(scorer.scores(row), row, depth=100)
            serving.append(time.perf_counter() - start)
    return {
        "people": people,
        "films": films,
        "likes": data.feedback.nnz,
        "seconds": cost.seconds,
        "cpu": used,
        "megabytes": cost.megabytes,
        "serving_ms": 1000 * median(serving),
        "artefact_mb": sum(array.nbytes for array in scorer.arrays().values()) / 1e6,
    }


def run(name: str, size: Size) -> Row | None:
    command = [sys.executable, "-m", "bench.growth", "--child", name, str(size[0]), str(size[1])]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=CHILD_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        print(f"{name} {size}: not finished after {CHILD_SECONDS} s", flush=True)
        return None
    except subprocess.CalledProcessError as problem:
        raise SystemExit(f"{name} {size}: {problem.stderr.strip().splitlines()[-1]}") from None
    return json.loads(done.stdout.splitlines()[-1])


def slope(rows: Sequence[Row], along: str, what: str) -> float:
    """The exponent of growth; figures too small to measure count as one unit of the last digit printed."""
    sizes = np.log([row[along] for row in rows])
    return float(np.polyfit(sizes, np.log([max(row[what], 0.1) for row in rows]), 1)[0])


def table(name: str, sizes: Sequence[Size], *, along: str, until: float) -> None:
    print(f"\n{name}, growing in {along}")
    print(f"{'people':>9} {'films':>7} {'likes':>10} {'fit s':>8} {'CPU s':>8} {'fit MB':>8} ", end="")
    print(f"{'one person ms':>14} {'artefact MB':>12}")
    rows = []
    for size in sizes:
        if time.monotonic() > until:
            print(f"{size[0]:>9,} {size[1]:>7,}  left out: the time is over (--minutes)")
            continue
        if (row := run(name, size)) is None:
            continue
        rows.append(row)
        print(
            f"{row['people']:>9,} {row['films']:>7,} {row['likes']:>10,} {row['seconds']:>8.1f} "
            f"{row['cpu']:>8.1f} {row['megabytes']:>8.0f} {row['serving_ms']:>14.2f} {row['artefact_mb']:>12.1f}",
            flush=True,
        )
    if len(rows) > 1:
        said = {"fit CPU": "cpu", "fit memory": "megabytes", "serving": "serving_ms", "artefact": "artefact_mb"}
        print("exponents: " + ", ".join(f"{label} {slope(rows, along, key):.2f}" for label, key in said.items()))
    beyond(name, rows, along)


def search(name: str, until: float) -> None:
    if time.monotonic() > until:
        print(f"{name}: the search for settings is left out, the time is over")
        return
    data = community(*SEARCHED)
    wall, used = time.perf_counter(), time.process_time()
    ALGORITHMS[name].tuned(data, seed=1)  # type: ignore[attr-defined]
    wall, used = time.perf_counter() - wall, time.process_time() - used
    print(f"search for settings, once a training and never on more than {tuning.LIKES_LEARNED:,} likes: ", end="")
    print(f"{wall:.1f} s, {used:.1f} s of CPU", flush=True)


def beyond(name: str, rows: Sequence[Row], along: str) -> None:
    """What the bound on the dense matrix is worth."""
    most = ItemItem().max_films
    above = [row for row in rows if row["films"] >= most]
    if name != "collaborative" or along != "films" or len(above) < 2:
        return
    print(
        f"from {most:,} films on no larger films x films matrix is made ({4 * most**2 / 1e6:.0f} MB): memory of "
        f"{above[-1]['films']:,} films is {above[-1]['megabytes'] / above[0]['megabytes']:.2f} of that of {most:,}"
    )


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(prog="bench.growth", description="memory and time as the data grow")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--child", nargs=3, metavar=("NAME", "PEOPLE", "FILMS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        name, people, films = options.child
        print(json.dumps(child(name, int(people), int(films))))
        return 0
    until = time.monotonic() + 60 * options.minutes
    for name in ASKED:
        table(name, FILMS, along="films", until=until)
        table(name, PEOPLE, along="people", until=until)
        search(name, until)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
