"""A cached value is built once, and a stale one is served while a single caller builds the next."""

import pytest
from django.core.cache import caches

from web import cache


@pytest.fixture
def calls() -> list[int]:
    return []


def builder(calls: list[int]):
    def build() -> int:
        calls.append(1)
        return len(calls)

    return build


def test_the_second_caller_gets_the_first_ones_value(calls):
    assert cache.get_or_build("k", builder(calls), seconds=60) == 1
    assert cache.get_or_build("k", builder(calls), seconds=60) == 1


def test_a_stale_value_is_built_anew(calls, time_machine):
    time_machine.move_to("2026-01-01 12:00:00Z", tick=False)
    cache.get_or_build("k", builder(calls), seconds=60)
    time_machine.move_to("2026-01-01 12:01:10Z", tick=False)
    assert cache.get_or_build("k", builder(calls), seconds=60) == 2


def test_while_somebody_builds_the_others_get_the_stale_value(calls, time_machine):
    time_machine.move_to("2026-01-01 12:00:00Z", tick=False)
    cache.get_or_build("k", builder(calls), seconds=60)
    time_machine.move_to("2026-01-01 12:01:10Z", tick=False)
    caches["local"].add("k:building", 1, 30)
    assert cache.get_or_build("k", builder(calls), seconds=60) == 1


def test_a_failing_builder_leaves_the_error_to_the_caller():
    with pytest.raises(ZeroDivisionError):
        cache.get_or_build("k", lambda: 1 // 0, seconds=60)
