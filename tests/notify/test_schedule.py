"""When digests are due: published instants round clock changes, and every zone over ten years."""

import datetime as dt
import json
import zoneinfo

import pytest

from notify import schedule
from tests.needs import SHARED

PATH = SHARED / "notify-cases" / "digest_schedule.json"
CASES = json.loads(PATH.read_text())["cases"] if PATH.exists() else []
SURE = [case for case in CASES if not case.get("tzdata_dependent")]
ZONES = sorted(zoneinfo.available_timezones())
START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
TEN_YEARS = 10 * 52


def wanted(case):
    return {
        "day": case["digest_day"],
        "time": dt.time.fromisoformat(case["digest_time"]),
        "timezone": case["tz"],
    }


@pytest.mark.parametrize("case", SURE, ids=lambda case: f"{case['tz']} {case['local_day']} {case['digest_time']}")
def test_the_next_two_instants_agree_with_the_vector(case):
    first = schedule.next_due(dt.datetime.fromisoformat(case["after"]), **wanted(case))
    second = schedule.next_due(first.at, **wanted(case))
    assert [first.at.isoformat(), second.at.isoformat()] == [case["next"], case["then"]]


@pytest.mark.parametrize("name", ZONES)
def test_ten_years_have_one_digest_in_each_local_week(name):
    day, time = sum(name.encode()) % 7, dt.time(len(name) % 24, 30)
    at, weeks = START, []
    for _ in range(TEN_YEARS):
        due = schedule.next_due(at, day=day, time=time, timezone=name)
        assert dt.timedelta() < due.at - at <= dt.timedelta(days=8)
        weeks.append(due.week)
        at = due.at
    mondays = [dt.date.fromisocalendar(int(week[:4]), int(week[6:]), 1) for week in weeks]
    assert {(later - sooner).days for sooner, later in zip(mondays, mondays[1:], strict=False)} == {7}


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "Europe/Berlin\x00"])
def test_an_unknown_zone_is_taken_for_utc(name):
    due = schedule.next_due(START, day=0, time=dt.time(9), timezone=name)
    assert due.at == dt.datetime(2025, 1, 6, 9, tzinfo=dt.UTC)


def test_a_due_instant_is_not_its_own_successor():
    due = schedule.next_due(START, day=3, time=dt.time(9), timezone="Asia/Tokyo")
    assert schedule.next_due(due.at, day=3, time=dt.time(9), timezone="Asia/Tokyo").at == due.at + schedule.WEEK


def test_jitter_is_stable_and_spread_over_twenty_minutes():
    found = [schedule.jitter(number).total_seconds() for number in range(2000)]
    assert found == [schedule.jitter(number).total_seconds() for number in range(2000)]
    assert min(found) >= -600
    assert max(found) <= 600
    assert abs(sum(found) / len(found)) < 30
