"""What several tests of the whole site share."""

import fcntl
import os
from pathlib import Path

import pytest

from tests import running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that only has to be started; made by the first of all workers that asks for it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "prepared"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with running.site() as made:
                done = made.once("--prepare-only")
                assert done.returncode == 0, done.stderr
                running.copy(made.var, folder.with_suffix(".half"))
            folder.with_suffix(".half").rename(folder)
    return folder
