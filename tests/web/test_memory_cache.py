"""The cache of one process: it hands out what it was given, for as long as it was told."""

from web.cache import MemoryCache


def store() -> MemoryCache:
    cache = MemoryCache("memory-cache-test", {})
    cache.clear()
    return cache


def test_what_is_kept_comes_back_as_the_same_object():
    cache, kept = store(), [object()]
    cache.set("any key / of ours", kept)
    assert cache.get("any key / of ours") is kept


def test_what_is_too_old_is_gone():
    cache = store()
    cache.set("k", 1, timeout=-1)
    assert cache.get("k", "gone") == "gone"


def test_only_the_first_to_add_does():
    cache = store()
    assert (cache.add("k", 1), cache.add("k", 2), cache.get("k")) == (True, False, 1)


def test_it_counts():
    cache = store()
    cache.set("k", 1)
    assert (cache.incr("k"), cache.incr("k", 3)) == (2, 5)


def test_it_stays_within_its_bound():
    cache = MemoryCache("memory-cache-bound", {"OPTIONS": {"MAX_ENTRIES": 10}})
    for number in range(50):
        cache.set(f"k{number}", number)
    assert sum(cache.get(f"k{number}") is not None for number in range(50)) <= 10
