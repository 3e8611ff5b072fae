"""Matrix factorisation on Apache Spark (`pyspark.ml.recommendation.ALS`); everything else is fitted in this process.

The settings are chosen as always, on a sample that any machine can hold; Spark learns from everybody with them. Spark
knows one way to hold rows back, λ_row = r × (number of likes in the row), where ours is λ (α × likes + cells). With
r = λ (α × all likes + all cells) / (number of likes) both come to the same sum over all people, and over all films.
As the rows that are seen often bear more of that sum in Spark, a part of r may do better: which part is tried on the
same sample, with our solver.

Spark's driver runs in a process of its own: its Java machine goes when the training is over, a hang has an end, and
nothing of it reaches the web server or the worker. Of our environment it sees only what Java and Spark read.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from scipy.sparse import csr_matrix

from recs.algorithms import Algorithm, Dataset, Holdout, Scorer, tuning
from recs.algorithms.als import Objective, factorise
from recs.algorithms.matrix_factorization import FactorScorer, MatrixFactorization
from recs.engines.base import EngineError

JOB = Path(__file__).with_name("spark_job.py")
PREFIX = "marquee-spark-"
OLDEST_JAVA = 17
PARTS = (0.25, 0.5, 1.0)
LIKES_PER_FILE = 1_000_000
REACH_SECONDS = 5
SEEN = re.compile(r"(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|(JAVA|SPARK|PYSPARK|HADOOP|YARN|KRB5)\w*)")


@dataclass(frozen=True)
class SparkObjective(Objective):
    """The same with Spark's way to hold rows back; `part` of r is used."""

    part: float = 0.5

    def regs(self, likes: csr_matrix) -> np.ndarray:
        return np.maximum(self.r(likes) * np.diff(likes.indptr), 1e-9)

    def r(self, likes: csr_matrix) -> float:
        """The same for people × films and for films × people."""
        rows, columns = likes.shape
        return self.part * self.reg * (self.weight * float(likes.sum()) + rows * columns) / max(likes.nnz, 1)


def chosen(setting: MatrixFactorization, data: Dataset, *, seed: int, holdout: Holdout | None) -> SparkObjective:
    """The part of r that ranks best what held-out people like."""
    objective = SparkObjective(setting.factors, setting.weight, setting.reg, setting.exponent)
    trial = tuning.trial(data, holdout, seed=seed)
    if trial is None:
        return objective
    likes = trial.data.lessons(setting.shade)

    def worth(candidate: SparkObjective) -> float:
        _, films = factorise(likes, candidate, sweeps=setting.sweeps, seed=seed, threads=setting.threads)
        films[np.bincount(likes.indices, minlength=likes.shape[1]) == 0] = 0
        found = scorer(setting, trial.data.movie_ids, films, candidate.mean(likes))
        return trial.worth(found.scores(trial.folded))

    return max((replace(objective, part=part) for part in PARTS), key=worth)


def scorer(setting: MatrixFactorization, movie_ids: np.ndarray, films: np.ndarray, mean: float) -> FactorScorer:
    return FactorScorer(movie_ids, films, setting.weight, setting.reg, setting.exponent, mean, setting.shade)


@dataclass(frozen=True)
class Spark:
    """`folder` must be visible to every machine of the cluster under the same path; for `local[…]` any will do."""

    master: str = "local[*]"
    folder: Path | None = None
    timeout: float = 6 * 60 * 60
    name: str = "spark"

    def fit(
        self, algorithm: Algorithm, data: Dataset, *, seed: int, holdout: Holdout | None = None, **more: Any
    ) -> Scorer:
        if not isinstance(algorithm, MatrixFactorization):
            return algorithm.fit(data, seed=seed, holdout=holdout, **more)
        setting = algorithm.tuned(data, seed=seed, holdout=holdout)
        objective = chosen(setting, data, seed=seed, holdout=holdout)
        likes = data.lessons(setting.shade)
        films = self.film_factors(likes, objective, sweeps=setting.sweeps, seed=seed)
        return scorer(setting, data.movie_ids, films, objective.mean(likes))

    def check(self) -> None:
        """Spark's own words about these are hard to make out."""
        if find_spec("pyspark") is None:
            raise EngineError('Training on Spark needs the extra "spark": run `make spark`, or install marquee[spark].')
        version = java_version()
        if version is None:
            raise EngineError("Training on Spark needs Java, and none was found: install it or set JAVA_HOME.")
        if version < OLDEST_JAVA:
            raise EngineError(f"Training on Spark needs Java {OLDEST_JAVA} or newer; this is Java {version}.")
        self._reach()

    def _reach(self) -> None:
        """Spark itself would try for a minute and then speak of something else."""
        if not self.master.startswith("spark://"):
            return
        addresses = self.master.removeprefix("spark://").split(",")
        for address in addresses:
            with contextlib.suppress(OSError, ValueError):
                parts = urlsplit(f"spark://{address}")
                with socket.create_connection((parts.hostname or "", parts.port or 7077), timeout=REACH_SECONDS):
                    return
        raise EngineError(f"The Spark cluster {self.master} cannot be reached.")

    def film_factors(self, likes: csr_matrix, objective: SparkObjective, *, sweeps: int, seed: int) -> np.ndarray:
        """Films × factors, float32; films that nobody liked have zeros. `likes` is people × films and positive."""
        if not likes.nnz:
            return np.zeros((likes.shape[1], objective.factors), dtype=np.float32)
        with self._workspace() as folder:
            write_acts(likes, folder / "acts")
            job = {
                "master": self.master,
                "factors": objective.factors,
                "weight": objective.weight,
                "reg": objective.r(likes),
                "sweeps": sweeps,
                "seed": seed,
            }
            (folder / "job.json").write_text(json.dumps(job))
            self._run(folder)
            films = np.zeros((likes.shape[1], objective.factors), dtype=np.float32)
            films[np.load(folder / "films.npy")] = np.load(folder / "factors.npy")
        if not np.isfinite(films).all():
            raise EngineError("Spark's factors are not finite.")
        return films

    @contextlib.contextmanager
    def _workspace(self) -> Iterator[Path]:
        """A folder for one training. What a killed one left behind goes first: it says who liked what."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(f"{PREFIX}*"):
                if time.time() - left.stat().st_mtime > self.timeout:
                    shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=self.folder) as name:
            if not self.master.startswith("local"):
                Path(name).chmod(0o755)  # executors run as somebody else
            yield Path(name)

    def _run(self, folder: Path) -> None:
        command = [sys.executable, "-P", str(JOB), str(folder)]
        with (folder / "log.txt").open("wb") as log, _group(command, log=log.fileno()) as process:
            try:
                status = process.wait(self.timeout)
            except subprocess.TimeoutExpired:
                raise EngineError(
                    f"Spark did not finish within {self.timeout:g} s; the training was stopped."
                ) from None
        if status:
            raise EngineError(f"Spark gave up: {_why(folder, status)}")


@contextlib.contextmanager
def _group(command: list[str], *, log: int) -> Iterator[subprocess.Popen[bytes]]:
    """The driver and its Java machine in a group of their own, so that none of them outlives the training."""
    environment = {name: value for name, value in os.environ.items() if SEEN.fullmatch(name)}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _why(folder: Path, status: int) -> str:
    with contextlib.suppress(OSError):
        return (folder / "error.txt").read_text()
    lines = (folder / "log.txt").read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else f"its process ended with {status}"


def java_version() -> int | None:
    """The main version of the Java that Spark would start (1.8 counts as 8), None where there is none."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not program:
        return None
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def write_acts(likes: csr_matrix, folder: Path) -> None:
    """CSV in parts, so that executors share the reading and no part is held as text twice."""
    folder.mkdir()
    owner = np.repeat(np.arange(likes.shape[0]), np.diff(likes.indptr))
    for start in range(0, likes.nnz, LIKES_PER_FILE):
        part = slice(start, start + LIKES_PER_FILE)
        rows = zip(owner[part].tolist(), likes.indices[part].tolist(), likes.data[part].tolist(), strict=True)
        text = "\n".join(f"{person},{film},{weight:.6g}" for person, film, weight in rows)
        (folder / f"{start // LIKES_PER_FILE:05d}.csv").write_text(text + "\n")
