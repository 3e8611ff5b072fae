"""Partitioned tables take every row, and their coming partitions are made ahead."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from insights.models import ActivityLog
from web import partitions


def rows_in(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return cursor.fetchone()[0]


def the(name: str) -> partitions.PartitionedTable:
    return next(table for table in partitions.registered() if table.table == name)


@pytest.mark.django_db
def test_a_row_outside_every_partition_is_kept_in_the_default_one():
    ActivityLog.objects.create(action_type="movie_view", timestamp=datetime.datetime(1999, 5, 5, tzinfo=datetime.UTC))
    assert rows_in("user_activity_logs_default") == 1


@pytest.mark.django_db
def test_a_new_partition_takes_over_the_rows_that_waited_in_the_default_one():
    when = datetime.datetime(1999, 5, 5, tzinfo=datetime.UTC)
    row = ActivityLog.objects.create(action_type="movie_view", timestamp=when)
    assert partitions.create(the("user_activity_logs"), when.date())
    assert rows_in("user_activity_logs_default") == 0
    assert rows_in("user_activity_logs_y1999m05") == 1
    row.refresh_from_db()


@pytest.mark.django_db
def test_making_the_coming_partitions_twice_makes_none_the_second_time():
    today = timezone.localdate()
    assert len(partitions.create_coming(today)) == 12
    assert partitions.create_coming(today) == []


@pytest.mark.parametrize(
    ("every", "day", "start", "end", "name"),
    [
        ("month", "2026-12-31", "2026-12-01", "2027-01-01", "t_y2026m12"),
        ("quarter", "2026-11-20", "2026-10-01", "2027-01-01", "t_2026q4"),
        ("quarter", "2026-01-01", "2026-01-01", "2026-04-01", "t_2026q1"),
        ("year", "2026-11-20", "2026-01-01", "2027-01-01", "t_2026"),
    ],
)
def test_bounds_and_names_follow_the_calendar(every, day, start, end, name):
    table = partitions.PartitionedTable("t", "at", every)
    day = datetime.date.fromisoformat(day)
    assert table.bounds(day) == (datetime.date.fromisoformat(start), datetime.date.fromisoformat(end))
    assert table.name(day) == name
