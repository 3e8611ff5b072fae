"""Caches: one shared by all processes (`default`), one in each process (`local`)."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, ClassVar, TypeVar

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

T = TypeVar("T")
CHANGING = {"add", "set", "set_many", "incr", "decr", "touch", "delete", "delete_many"}
FRESH_AFTER_FAILURE = 5  # seconds without trying a Redis that did not answer


@dataclass
class _Outage:
    """One server as this process sees it: left alone until then, and the keys that were changed without it."""

    until: float = 0.0
    missed: set[str] = field(default_factory=set)


class FailSoftRedisCache(RedisCache):
    """Redis, and while it is gone a cache in this process: sign-in and rate limits keep working.

    What changed meanwhile is taken out of Redis when it is back, or a session that was ended would live again.
    """

    _outages: ClassVar[dict[str, _Outage]] = {}  # every thread has a cache of its own, and all meet the same server

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._fallback = LocMemCache("redis-is-gone", {})
        self._outage = self._outages.setdefault(str(server), _Outage())

    def _safely(self, name: str, *args: Any, **kwargs: Any) -> Any:
        outage = self._outage
        if time.monotonic() >= outage.until:
            try:
                if outage.missed:
                    self._catch_up(list(outage.missed))
                return getattr(super(), name)(*args, **kwargs)
            except (ConnectionInterrupted, RedisError, OSError):
                outage.until = time.monotonic() + FRESH_AFTER_FAILURE
        if name in CHANGING:
            said = args[0] if args else next(iter(kwargs.values()))
            outage.missed.update([said] if isinstance(said, str) else said)
        return getattr(self._fallback, name)(*args, **kwargs)

    def _catch_up(self, keys: list[str]) -> None:
        super().delete_many(keys)
        self._fallback.delete_many(keys)
        self._outage.missed.difference_update(keys)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("set", *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("add", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("incr", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("set_many", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("touch", *args, **kwargs)

    def decr(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("decr", *args, **kwargs)

    def delete_many(self, keys: Iterable[str], **kwargs: Any) -> Any:
        return self._safely("delete_many", list(keys), **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._safely("has_key", *args, **kwargs)

    def __contains__(self, key: str) -> bool:
        return self.has_key(key)


class MemoryCache(LocMemCache):
    """A cache of this process that hands out the kept objects themselves: what is kept must never be changed.

    Django's own pickles at every `set` and unpickles at every `get`, which for a catalogue's arrays costs more than a
    page does. Any key will do here: the rules of memcached, which it checks letter by letter, are not ours.
    """

    # What Django's own has, and the stubs leave out.
    _cache: OrderedDict[str, Any]
    _lock: Lock
    _set: Callable[[str, Any, Any], None]
    _delete: Callable[[str], bool]
    _has_expired: Callable[[str], bool]

    def make_and_validate_key(self, key: Any, version: int | None = None) -> str:
        return self.make_key(key, version=version)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        key = self.make_key(key, version=version)
        with self._lock:
            if not self._has_expired(key):
                return False
            self._set(key, value, timeout)
            return True

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        key = self.make_key(key, version=version)
        with self._lock:
            if self._has_expired(key):
                self._delete(key)
                return default
            self._cache.move_to_end(key, last=False)
            return self._cache[key]

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        key = self.make_key(key, version=version)
        with self._lock:
            self._set(key, value, timeout)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        key = self.make_key(key, version=version)
        with self._lock:
            if self._has_expired(key):
                self._delete(key)
                raise ValueError(f"Key '{key}' not found")
            self._cache[key] += delta
            self._cache.move_to_end(key, last=False)
            return self._cache[key]


def get_or_build(key: str, build: Callable[[], T], *, seconds: int, cache: str = "local") -> T:
    """A value from the cache; built by one caller at a time when it is stale, while the others get the old one.

    The value is stale after `seconds` (± 10 %, so that keys made together do not expire together) and
    gone after twice that.
    """
    store = caches[cache]
    found = store.get(key)
    if found is not None:
        value, stale_at = found
        if time.time() < stale_at or not store.add(f"{key}:building", 1, 30):
            return value
    value = build()
    stale_at = time.time() + seconds * random.uniform(0.9, 1.1)
    store.set(key, (value, stale_at), seconds * 2)
    store.delete(f"{key}:building")
    return value
