"""The site's own settings with two addresses more, for the baselines."""

from config.settings import *  # noqa: F403 - the point is to measure exactly these

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.baselines.count_queries", *MIDDLEWARE]  # noqa: F405
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], ROOT / "bench" / "templates"]  # noqa: F405
