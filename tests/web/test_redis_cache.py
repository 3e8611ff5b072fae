"""The cache on Redis, and what happens while Redis is gone."""

import time
from collections.abc import Iterator

import pytest

from tests.servers import Redis
from web import cache
from web.cache import FailSoftRedisCache

pytestmark = pytest.mark.redis


@pytest.fixture
def redis(tmp_path) -> Iterator[Redis]:
    server = Redis(str(tmp_path))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def store(redis: Redis) -> FailSoftRedisCache:
    options = {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1}
    return FailSoftRedisCache(f"redis://127.0.0.1:{redis.port}/0", {"KEY_PREFIX": "test", "OPTIONS": options})


def test_values_go_through_redis(store):
    store.set("a", {"b": 1})
    assert store.get("a") == {"b": 1}
    assert store.add("a", 2) is False


def test_while_redis_is_gone_a_limit_still_counts(store, redis):
    redis.stop()
    assert store.add("limit", 1, 60) is True
    assert store.incr("limit") == 2
    assert store.get("limit") == 2
    assert store.decr("limit") == 1
    assert "limit" in store
    store.delete_many(["limit"])
    assert not store.has_key("limit")


def test_when_redis_is_back_it_is_used_again(store, redis, monkeypatch):
    monkeypatch.setattr(cache, "FRESH_AFTER_FAILURE", 0)
    redis.stop()
    store.set("a", "kept here")
    redis.start()
    assert store.get("a") is None
    store.set("a", "kept there")
    assert FailSoftRedisCache(f"redis://127.0.0.1:{redis.port}/0", {"KEY_PREFIX": "test"}).get("a") == "kept there"


def test_what_was_deleted_while_redis_hung_does_not_come_back_with_it(store, redis, monkeypatch):
    monkeypatch.setattr(cache, "FRESH_AFTER_FAILURE", 0)
    store.set("session", "of somebody who logs out meanwhile")
    store.set("other", 1)
    redis.freeze()
    store.delete("session")
    redis.thaw()
    assert (store.get("session"), store.get("other")) == (None, 1)


def test_a_server_that_hangs_is_waited_for_once_and_then_left_alone(store, redis):
    redis.freeze()
    started = time.monotonic()
    for number in range(20):
        store.set(f"key-{number}", number)
    redis.thaw()
    assert time.monotonic() - started < 3


def test_a_cache_of_another_thread_knows_that_the_server_is_gone(store, redis):
    redis.stop()
    store.get("a")
    other = FailSoftRedisCache(f"redis://127.0.0.1:{redis.port}/0", {"KEY_PREFIX": "test"})
    redis.start()
    other.set("a", 1)
    assert store.get("a") == 1
    assert store._outage.until > time.monotonic()
