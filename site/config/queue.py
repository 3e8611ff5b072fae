"""The task queue: Redis where REDIS_URL names one, otherwise PostgreSQL. Nobody needs a broker to start."""

from typing import Any

import psycopg
import redis
from huey import Huey, PostgresHuey, PriorityRedisHuey

from config import database

# A task may be lost with its worker and is never run twice by itself: whatever must happen keeps a row of
# its own and is looked for again by a periodic task.
OPTIONS: dict[str, Any] = {"results": False, "utc": True}


class PersistentHuey(PostgresHuey):
    """Enqueue once more on a fresh connection: each thread's own one is dead after the server's restart."""

    def enqueue(self, task: Any) -> Any:
        try:
            return super().enqueue(task)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            return super().enqueue(task)


def make(redis_url: str) -> Huey:
    """The one Huey instance of this process."""
    if redis_url:
        pool = redis.ConnectionPool.from_url(redis_url, socket_connect_timeout=2, socket_timeout=10)
        return PriorityRedisHuey("marquee", connection_pool=pool, **OPTIONS)
    # Its tables are made by a migration, so that no import of this module needs a server.
    return PersistentHuey("marquee", connection=database.connect, create_tables=False, **OPTIONS)
