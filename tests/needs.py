"""Programs that some tests need. A missing one skips its tests loudly; with REQUIRE_EVERYTHING set it fails them."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    for name in names:
        if found := shutil.which(name):
            return found
    return _missing(names[0])


def package(name: str) -> None:
    """A Python package that is an extra."""
    if find_spec(name) is None:
        _missing(name)


def _missing(name: str) -> NoReturn:
    message = f"{name} is not installed: the tests that need it do not run"
    if os.environ.get("REQUIRE_EVERYTHING"):
        pytest.fail(message)
    pytest.skip(message)


# Public data and test vectors that are not ours to publish: they lie beside a checkout, or they do not.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(name: str) -> pytest.MarkDecorator:
    """A mark for tests that read this folder of the data beside the checkout."""
    return pytest.mark.skipif(not (SHARED / name).is_dir(), reason=f"the data set {name} is not beside this checkout")
