"""Training on Spark gives the model that training here gives; and what can go wrong is said in one line."""

import os
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from scipy.sparse import csr_matrix

from recs import artefacts, engines, tasks
from recs.algorithms import Dataset
from recs.algorithms.als import Objective
from recs.algorithms.matrix_factorization import FactorScorer, MatrixFactorization
from recs.algorithms.popular import Popular
from recs.engines import spark
from recs.engines.spark import SparkObjective
from recs.evaluation import metrics
from recs.evaluation.splits import fold
from recs.services import movielens_dataset, training
from tests import needs
from tests.recs import stage, tastes

TOLERANCE = 0.02


class Settled(MatrixFactorization):
    """With settings that are chosen already, so that a test learns once: the engines differ alike with few factors."""

    def tuned(self, data, *, seed, holdout=None):
        return self


def ndcg(scorer, folded: csr_matrix, hidden: csr_matrix) -> float:
    top = metrics.best(scorer.scores(folded), folded, depth=100)
    return float(metrics.ndcg_at(metrics.hits(top, hidden), np.diff(hidden.indptr), 100).mean())


def held_out(data: Dataset, many: int) -> tuple[Dataset, csr_matrix, csr_matrix]:
    """Everybody but the last `many` of a random order, and these people's likes in two parts."""
    order = np.random.RandomState(5).permutation(len(data.user_ids))
    asked = data.positives[np.sort(order[-many:])]
    folded, hidden = fold(asked, seed=5)
    some = np.diff(hidden.indptr) > 0
    return data.only(np.sort(order[:-many])), folded[some], hidden[some]


def same_quality(data: Dataset, *, held: int, setting: MatrixFactorization) -> None:
    """Here the mean of three seeds: the start of the factors alone moves the ranking by a per cent."""
    needs.program("java")
    needs.package("pyspark")
    train, folded, hidden = held_out(data, held)
    here = np.mean([ndcg(setting.learn(train, seed=seed), folded, hidden) for seed in (1, 2, 3)])
    there = engines.Spark(master="local[2]").fit(setting, train, seed=1)
    assert isinstance(there, FactorScorer)
    assert ndcg(there, folded, hidden) == pytest.approx(here, rel=TOLERANCE)


@pytest.mark.slow
def test_spark_ranks_made_up_tastes_as_well_as_this_process():
    same_quality(tastes.low_rank(people=1500, films=300), held=500, setting=Settled(factors=32, weight=4.0, reg=0.064))


@pytest.mark.slow
@needs.shared("ml-latest-small")
def test_spark_ranks_movielens_as_well_as_this_process():
    _, data = movielens_dataset.read(path=needs.SHARED / "ml-latest-small")
    same_quality(data, held=200, setting=Settled(factors=32, weight=8.0, reg=0.004))


@pytest.fixture
def likes() -> csr_matrix:
    return tastes.checkerboard().positives


@pytest.fixture
def java(tmp_path, monkeypatch):
    """Pretend that this Java is installed: a script that says so."""

    def install(said: str) -> None:
        program = tmp_path / "jdk" / "bin" / "java"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        program.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))

    monkeypatch.setattr(spark, "find_spec", lambda name: object())
    return install


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A driver of our own in the place of Spark's: Python lines that know `folder`."""

    def put(*lines: str) -> None:
        script = tmp_path / "job.py"
        head = ["import json, os, sys, time", "from pathlib import Path", "folder = Path(sys.argv[1])"]
        script.write_text("\n".join([*head, *lines]))
        monkeypatch.setattr(spark, "JOB", script)

    return put


def test_the_setting_chooses_the_engine(settings):
    assert isinstance(engines.configured(), engines.Local)
    settings.TRAINING_ENGINE, settings.SPARK_MASTER = "spark", "spark://head:7077"
    chosen = engines.configured()
    assert isinstance(chosen, engines.Spark)
    assert chosen.master == "spark://head:7077"


def test_what_spark_cannot_fit_is_fitted_here():
    data = tastes.checkerboard()
    found = engines.Spark(master="spark://nowhere.invalid:7077").fit(Popular(), data, seed=1)
    assert np.array_equal(found.baseline, Popular().fit(data, seed=1).baseline)


def test_a_missing_pyspark_names_the_extra(monkeypatch):
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(engines.EngineError, match=r'^Training on Spark needs the extra "spark": .*marquee\[spark\]\.$'):
        engines.Spark().check()


def test_a_missing_java_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(spark, "find_spec", lambda name: object())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(engines.EngineError, match="needs Java, and none was found"):
        engines.Spark().check()


@pytest.mark.parametrize(("said", "version"), [('openjdk version "11.0.2"', 11), ('java version "1.8.0_392"', 8)])
def test_an_old_java_is_said(java, said, version):
    java(said)
    with pytest.raises(engines.EngineError, match=f"needs Java 17 or newer; this is Java {version}"):
        engines.Spark().check()


def test_a_cluster_out_of_reach_is_said(java):
    java('openjdk version "21.0.4"')
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        engines.Spark(master=f"spark://127.0.0.1:1,127.0.0.1:{port}").check()
    with pytest.raises(engines.EngineError, match=f"spark://127.0.0.1:{port} cannot be reached"):
        engines.Spark(master=f"spark://127.0.0.1:{port}").check()


def test_the_factors_come_back_to_their_films(job, likes):
    job(
        "import numpy as np",
        "rows = [l.split(',') for f in sorted((folder / 'acts').iterdir()) for l in f.read_text().split()]",
        "films = sorted({int(row[1]) for row in rows}, reverse=True)",
        "np.save(folder / 'films.npy', films)",
        "np.save(folder / 'factors.npy', [[film] * 3 for film in films])",
    )
    likes = csr_matrix((likes.data, likes.indices + 1, likes.indptr), shape=(likes.shape[0], likes.shape[1] + 1))
    found = engines.Spark().film_factors(likes, SparkObjective(factors=3), sweeps=1, seed=1)
    assert (found == np.arange(likes.shape[1])[:, None]).all()


def test_every_like_is_handed_over_once_whatever_the_size_of_the_parts(likes, tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "LIKES_PER_FILE", 7)
    spark.write_acts(likes * np.float32(0.45), tmp_path / "acts")
    rows = np.concatenate([np.loadtxt(file, delimiter=",", ndmin=2) for file in sorted((tmp_path / "acts").iterdir())])
    again = csr_matrix((rows[:, 2], rows[:, :2].astype(int).T), shape=likes.shape)
    assert len(rows) == likes.nnz
    assert abs(again - likes * 0.45).max() < 1e-6


def test_both_ways_to_hold_rows_back_come_to_the_same_sum(likes):
    ours = Objective(weight=6.0, reg=0.02)
    sparks = SparkObjective(weight=6.0, reg=0.02, part=1.0)
    for rows in (likes, likes.T.tocsr()):
        assert sparks.regs(rows).sum() == pytest.approx(ours.regs(rows).sum())


def test_without_a_like_nothing_is_started():
    empty = csr_matrix((3, 4), dtype=np.float32)
    found = engines.Spark(master="spark://nowhere.invalid:7077").film_factors(empty, SparkObjective(), sweeps=1, seed=1)
    assert not found.any()


def test_a_failed_job_says_its_reason(job, likes, tmp_path):
    job("(folder / 'error.txt').write_text('no executor')", "sys.exit(1)")
    with pytest.raises(engines.EngineError, match="^Spark gave up: no executor$"):
        engines.Spark(folder=tmp_path / "work").film_factors(likes, SparkObjective(), sweeps=1, seed=1)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_job_that_dies_without_a_word_gives_the_end_of_its_log(job, likes):
    job("print('Error: heap space', flush=True)", "os.kill(os.getpid(), 9)")
    with pytest.raises(engines.EngineError, match="Spark gave up: Error: heap space"):
        engines.Spark().film_factors(likes, SparkObjective(), sweeps=1, seed=1)


def test_a_job_that_hangs_is_stopped_with_all_its_processes(job, likes, tmp_path):
    said = tmp_path / "child"
    job(
        "import subprocess",
        "child = subprocess.Popen(['sleep', '60'])",
        f"Path({str(said)!r}).write_text(str(child.pid))",
        "time.sleep(60)",
    )
    with pytest.raises(engines.EngineError, match="did not finish within 2 s"):
        engines.Spark(timeout=2).film_factors(likes, SparkObjective(), sweeps=1, seed=1)
    assert not running(int(said.read_text()))


def running(pid: int) -> bool:
    if sys.platform == "linux":
        stat = Path(f"/proc/{pid}/stat")
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_driver_sees_no_secret(job, likes, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x" * 50)
    monkeypatch.setenv("SPARK_CONF_DIR", "/etc/spark")
    job("(folder / 'error.txt').write_text(' '.join(os.environ))", "sys.exit(1)")
    with pytest.raises(engines.EngineError, match="SPARK_CONF_DIR") as seen:
        engines.Spark().film_factors(likes, SparkObjective(), sweeps=1, seed=1)
    assert "SECRET_KEY" not in str(seen.value)
    assert "DATABASE_URL" not in str(seen.value)


def test_factors_that_are_no_numbers_are_refused(job, likes):
    job(
        "import numpy as np",
        "np.save(folder / 'films.npy', [0])",
        "np.save(folder / 'factors.npy', [[float('nan')]])",
    )
    with pytest.raises(engines.EngineError, match="not finite"):
        engines.Spark().film_factors(likes, SparkObjective(factors=1), sweeps=1, seed=1)


def test_what_a_killed_training_left_behind_goes(job, likes, tmp_path):
    left = tmp_path / "marquee-spark-old"
    left.mkdir()
    os.utime(left, (0, 0))
    job("sys.exit(1)")
    with pytest.raises(engines.EngineError):
        engines.Spark(folder=tmp_path).film_factors(likes, SparkObjective(), sweeps=1, seed=1)
    assert not left.exists()


def test_a_training_without_its_engine_fails_in_one_line_and_leaves_the_models(db, settings, monkeypatch):
    stage.trained()
    before = artefacts.load("matrix_factorization").version
    settings.TRAINING_ENGINE = "spark"
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match=r"^Training on Spark .* The model before it stays in use\.$"):
        call_command("train")
    artefacts.forget()
    assert artefacts.load("matrix_factorization").version == before


def test_a_training_serves_what_its_engine_made(db, settings, monkeypatch, job):
    job(
        "import numpy as np",
        "films = {int(l.split(',')[1]) for f in (folder / 'acts').iterdir() for l in f.read_text().split()}",
        "size = json.loads((folder / 'job.json').read_text())['factors']",
        "np.save(folder / 'films.npy', sorted(films))",
        "np.save(folder / 'factors.npy', np.full((len(films), size), 0.25))",
    )
    settings.TRAINING_ENGINE = "spark"
    monkeypatch.setattr(engines.Spark, "check", lambda self: None)
    stage.two_circles()
    training.train()
    found = artefacts.load("matrix_factorization").scorer.factors
    assert set(np.unique(found)) <= {0.0, 0.25}
    assert found.any()


def test_a_night_without_its_engine_is_an_error_in_the_log(db, settings, monkeypatch, caplog):
    settings.TRAINING_ENGINE = "spark"
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    tasks.train_models()
    assert [record.levelname for record in caplog.records if record.name == "recs.tasks"] == ["ERROR"]
