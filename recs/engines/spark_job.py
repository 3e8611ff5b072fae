"""The part of a training that runs in a process of its own with Spark's driver: likes in, factors of the films out.

`python spark_job.py FOLDER` reads `job.json` and `acts/*.csv` (person, film, weight: small whole numbers for the first
two, no header) and writes `films.npy` and `factors.npy`. Executors read the CSV themselves, so that the folder must be
visible to all machines under the same path; they need no Python. A failure ends with status 1 and one line in
`error.txt`. This file imports nothing of Marquee.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession

EXECUTOR_SECONDS = 60
SMALL_BLOCKS = 2


class JobError(Exception):
    """Something that whoever runs the cluster can mend."""


def session(master: str) -> SparkSession:
    """Settings beyond these come from Spark's own `spark-defaults.conf`."""
    builder = SparkSession.builder.appName("marquee").master(master)
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.log.level", "ERROR")
    if master.startswith("local"):
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    return builder.getOrCreate()


def wait_for_executors(spark: SparkSession, master: str) -> None:
    """A cluster whose machines are all busy or gone lets a job wait for ever; this does not."""
    if master.startswith("local"):
        return
    give_up = time.monotonic() + EXECUTOR_SECONDS
    while spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < 2:  # the driver counts as one
        if time.monotonic() > give_up:
            raise JobError(f"{master} gave no executor within {EXECUTOR_SECONDS} s")
        time.sleep(0.5)


def factors(spark: SparkSession, job: dict[str, Any], folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Column numbers of the films that were liked, and their factors: films × rank, float32."""
    acts = spark.read.csv(f"file://{folder / 'acts'}", schema="person int, film int, weight float", mode="FAILFAST")
    blocks = max(SMALL_BLOCKS, spark.sparkContext.defaultParallelism)
    als = ALS(
        userCol="person",
        itemCol="film",
        ratingCol="weight",
        implicitPrefs=True,
        rank=job["factors"],
        alpha=job["weight"],
        regParam=job["reg"],
        maxIter=job["sweeps"],
        seed=job["seed"],
        numUserBlocks=blocks,
        numItemBlocks=blocks,
    )
    rows = als.fit(acts).itemFactors.collect()
    films = np.array([row["id"] for row in rows], dtype=np.int64)
    return films, np.array([row["features"] for row in rows], dtype=np.float32).reshape(len(rows), job["factors"])


def first_line(problem: Exception) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    telling = [line for line in lines if "Exception" in line and not line.startswith("at ")]
    return (telling or lines or [type(problem).__name__])[0][:300]


def main(folder: Path) -> int:
    job = json.loads((folder / "job.json").read_text())
    try:
        spark = session(job["master"])
        try:
            wait_for_executors(spark, job["master"])
            films, found = factors(spark, job, folder)
        finally:
            spark.stop()
    except Exception as problem:  # whatever Spark, Java or the network throws ends in one line
        (folder / "error.txt").write_text(first_line(problem))
        return 1
    np.save(folder / "films.npy", films)
    np.save(folder / "factors.npy", found)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
