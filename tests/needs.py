"""Programs that some tests need. A missing one skips its tests loudly; with REQUIRE_EVERYTHING set it fails them."""

import os
import shutil

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    for name in names:
        if found := shutil.which(name):
            return found
    message = f"{names[0]} is not installed: the tests that need it do not run"
    if os.environ.get("REQUIRE_EVERYTHING"):
        pytest.fail(message)
    pytest.skip(message)
