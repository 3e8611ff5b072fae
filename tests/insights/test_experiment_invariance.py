"""What must not change an experiment's figures: order, repetition, lateness, zones, and clocks that are put forward."""

import json
import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from insights.services import snapshots
from tests.insights import trials
from tests.insights.random_logs import AT, NO_SENSE, Happened, logged, people, some_log
from tests.insights.trials import DAY, HOUR

pytestmark = pytest.mark.django_db
# In most of them clocks change in March; Tehran is half an hour off the others, Kiritimati a day ahead.
ZONES = ["America/New_York", "America/Havana", "Asia/Tehran", "Pacific/Kiritimati", "Europe/Paris"]
often = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def measured(rows: list[Happened], *, late: int = 0) -> dict[str, Any]:
    """Sums, sizes of arms, split and verdict of a new experiment with these rows; with so many of them written only
    after a first snapshot."""
    trial = trials.experiment(end_date=AT - 10 * DAY)
    users = people(trial)
    logged(trial, users, rows[late:])
    if late:
        snapshots.take(trial, at=AT)
        logged(trial, users, rows[:late])
    made = snapshots.take(trial, at=AT)
    told = {"arms": made.sums["arms"], "days": made.sums["days"], "results": made.results}
    return json.loads(json.dumps(told))


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    for arm in "ab":
        mine, theirs = ({name: value or 0 for name, value in said["arms"][arm].items()} for said in (one, other))
        assert mine.pop("took") == theirs.pop("took")
        assert mine == pytest.approx(theirs, rel=1e-12)
    assert one["days"] == other["days"]
    assert one["results"]["srm"] == other["results"]["srm"]
    assert one["results"]["verdict"] == other["results"]["verdict"]


def told_apart(rows: list[Happened]) -> list[Happened]:
    """Without two acts at the very same moment, of which the one written later is the last; and with metadata."""
    kept = {(row.person, row.action, row.minutes): row for row in rows if row.flavour != NO_SENSE}
    return list(kept.values())


@often
@given(rows=some_log(), seed=some.integers(0, 9))
def test_the_order_in_which_rows_are_written_changes_nothing(db, rows, seed):
    rows = once_a_page(told_apart(rows))
    same(measured(rows), measured(random.Random(seed).sample(rows, len(rows))))


def once_a_page(rows: list[Happened]) -> list[Happened]:
    """A page view has one moment: lists and clicks of one place do not say two things."""
    kept = {(row.person, row.action, row.page, row.film): row for row in rows if "recommendation" in row.action}
    lists = {(row.person, row.page): row for row in kept.values() if row.action == "recommendation_impression"}
    clicks = [row for row in kept.values() if row.action == "recommendation_click"]
    return [row for row in rows if "recommendation" not in row.action] + [*lists.values(), *clicks]


@often
@given(rows=some_log())
def test_what_is_written_twice_counts_once(db, rows):
    rows = told_apart(rows)
    same(measured(rows), measured([row for row in rows for _ in range(2)]))


@often
@given(rows=some_log(), share=some.floats(0, 1))
def test_what_arrives_late_counts_as_if_it_had_been_in_time(db, rows, share):
    rows = once_a_page(told_apart(rows))
    same(measured(rows), measured(rows, late=round(share * len(rows))))


@often
@given(rows=some_log(), zone=some.sampled_from(ZONES))
def test_the_zone_of_whoever_measures_changes_nothing(db, rows, zone):
    here = measured(rows)
    with timezone.override(ZoneInfo(zone)):
        same(here, measured(rows))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [167, 168, 335, 336])
def test_windows_have_as_many_hours_in_every_zone(zone, hours):
    """Seven and fourteen times 24 hours from an exposure, with any change of clocks between them."""
    for since in (trials.START + 3 * DAY, trials.START + 24 * DAY):
        trial = trials.experiment()
        trials.log(trials.person(trial, "a", since=since), "watchlist_add", at=since + hours * HOUR)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
            arm = snapshots.measure(trial, at=since + 336 * HOUR)["arms"]["a"]
            cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")
        wanted = (int(hours < 168), int(168 <= hours < 336))
        assert (arm["converted"], arm["back"]) == wanted
