"""How the site reaches PostgreSQL: Django's settings, and plain connections for the task queue."""

import os
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from config import cluster, env

# How long a request waits for a lost server before the page says so. Trying again ends after the same time: the
# pool waits twice as long after each failure, and would come back minutes after the server did.
PATIENCE_SECONDS = 3


def settings(*, local: bool, var: Path, pool_size: int) -> dict[str, Any]:
    """Django's DATABASES entry: DATABASE_URL, or in local mode the private server under var/."""
    if local and not os.environ.get("DATABASE_URL"):
        try:
            config = cluster.local(var).settings
        except cluster.ClusterError as problem:
            env.stop("DATABASE_URL", f"is not set, and {problem}")
    else:
        config = env.database(env.text("DATABASE_URL"))
    config["OPTIONS"] = {
        **config.get("OPTIONS", {}),
        # Two letters in the wrong order must still find the film; the default of 0.6 finds next to nothing.
        "options": "-c pg_trgm.word_similarity_threshold=0.35",
        "connect_timeout": 5,
        "pool": {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": PATIENCE_SECONDS,
            "reconnect_timeout": PATIENCE_SECONDS,
        },
    }
    config["CONN_HEALTH_CHECKS"] = True  # after a restart of the server no request meets a dead connection
    return config


def connect() -> "psycopg.Connection[Any]":
    """A connection of its own to the site's database (the test database under test)."""
    parameters = connections["default"].get_connection_params()
    wanted = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    return psycopg.connect(**wanted)
