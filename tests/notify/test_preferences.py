"""What a person wants to hear and when: squares of the matrix, the day of the digest, quiet hours, pauses."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notify import schedule
from notify.kinds import ANNOUNCEMENT, CHOICES, DIGEST, FINISHED, PICKS, TRENDING, WATCHLIST_RELEASE
from notify.models import Channel, Choice, Preference
from notify.services import outbox, preferences
from tests import factories

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 18, 12, tzinfo=PARIS)  # a Wednesday
NINE = dt.time(9)
MONDAY, FRIDAY = 0, 4
EVERY = [(kind.slug, channel) for kind in CHOICES.values() for channel in kind.channels]


@pytest.fixture
def viewer(viewer):
    viewer.preferred_timezone = "Europe/Paris"
    viewer.save()
    return viewer


@pytest.fixture
def reader(viewer):
    """The viewer, who gets the digest on Fridays at nine in Paris."""
    preferences.choose_all(user=viewer, wanted={(DIGEST, Channel.EMAIL): True}, now=NOW)
    preferences.save_schedule(user=viewer, day=FRIDAY, time=NINE, timezone="Europe/Paris", now=NOW)
    return viewer


def due(user) -> dt.datetime | None:
    """When the next digest is due, without the minutes by which people are spread."""
    found = preferences.of(user).next_due_at
    return found and found - schedule.jitter(user.pk)


def paris(day: int, hour: int = 9, *, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=PARIS)


def sent(user, at: dt.datetime, week: str) -> None:
    made = outbox.enqueue(
        user=user,
        kind=DIGEST,
        channel=Channel.EMAIL,
        key=schedule.digest_key(user.pk, week),
        recipient=user.email,
        subject="Films",
        content="Films",
        message=b"",
    )
    type(made).objects.filter(id=made.id).update(created_at=at)


def test_the_matrix_has_every_square_of_the_registry(viewer):
    assert sorted(preferences.squares(viewer)) == sorted(EVERY)


@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_every_square_is_kept_and_read_back_the_same_everywhere(viewer, kind, channel):
    for enabled in (True, False, True):
        preferences.choose(user=viewer, kind=kind, channel=channel, enabled=enabled)
        assert preferences.squares(viewer)[kind, channel] is enabled
        assert preferences.wants(user=viewer, kind=kind, channel=channel) is enabled
        found = type(viewer).objects.filter(preferences.who_want(kind=kind, channel=channel), pk=viewer.pk)
        assert found.exists() is enabled


@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_who_never_chose_has_the_same_defaults_everywhere(viewer, kind, channel):
    wanted = preferences.squares(viewer)[kind, channel]
    assert preferences.wants(user=viewer, kind=kind, channel=channel) is wanted
    found = type(viewer).objects.filter(preferences.who_want(kind=kind, channel=channel), pk=viewer.pk)
    assert found.exists() is wanted


def test_reading_makes_no_row(viewer):
    preferences.squares(viewer)
    assert not Preference.objects.exists()


def test_one_square_leaves_the_others_alone(viewer):
    before = preferences.squares(viewer)
    preferences.choose(user=viewer, kind=WATCHLIST_RELEASE, channel=Channel.EMAIL, enabled=True)
    assert preferences.squares(viewer) == {**before, (WATCHLIST_RELEASE, Channel.EMAIL): True}


@pytest.mark.parametrize(("kind", "channel"), [("spam", "email"), (FINISHED, "email"), (ANNOUNCEMENT, "pigeon")])
def test_a_square_that_does_not_exist_is_refused_and_nothing_of_the_rest_is_saved(viewer, kind, channel):
    with pytest.raises(KeyError):
        preferences.choose_all(user=viewer, wanted={(TRENDING, Channel.EMAIL): True, (kind, channel): True})
    assert not preferences.wants(user=viewer, kind=TRENDING, channel=Channel.EMAIL)


def test_the_digest_falls_due_with_the_first_tick_and_no_more_with_the_last(viewer):
    assert due(viewer) is None
    preferences.choose_all(user=viewer, wanted={(DIGEST, Channel.EMAIL): True}, now=NOW)
    assert due(viewer) == paris(23)
    preferences.choose_all(user=viewer, wanted={(DIGEST, Channel.EMAIL): False}, now=NOW)
    assert due(viewer) is None


def test_another_square_does_not_move_the_digest(reader):
    preferences.choose_all(user=reader, wanted={(PICKS, Channel.EMAIL): True}, now=paris(20, 10))
    assert due(reader) == paris(20)


def test_day_time_and_zone_move_the_digest(reader):
    preferences.save_schedule(user=reader, day=6, time=dt.time(20, 30), timezone="Asia/Tokyo", now=NOW)
    assert due(reader) == dt.datetime(2026, 11, 22, 20, 30, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_saving_the_same_again_moves_nothing(reader):
    preferences.save_schedule(user=reader, day=FRIDAY, time=NINE, timezone="Europe/Paris", now=paris(20, 10))
    assert due(reader) == paris(20)


def test_who_saves_between_the_hour_and_their_own_minutes_keeps_this_week(viewer):
    preferences.choose_all(user=viewer, wanted={(DIGEST, Channel.EMAIL): True}, now=NOW)
    spread = schedule.jitter(viewer.pk)
    just_before = paris(20) + spread - dt.timedelta(seconds=1)
    preferences.save_schedule(user=viewer, day=FRIDAY, time=NINE, timezone="Europe/Paris", now=just_before)
    assert due(viewer) == paris(20)


def test_a_week_that_had_its_digest_gets_no_second_one_on_another_day(reader):
    sent(reader, paris(16), "2026-W47")
    preferences.save_schedule(user=reader, day=5, time=NINE, timezone="Europe/Paris", now=NOW)
    assert due(reader) == paris(28)


def test_switching_the_digest_off_and_on_again_brings_no_second_one(reader):
    sent(reader, paris(16), "2026-W47")
    for enabled in (False, True):
        preferences.choose_all(user=reader, wanted={(DIGEST, Channel.EMAIL): enabled}, now=NOW)
    assert due(reader) == paris(27)


def test_another_zone_in_which_it_is_a_new_week_brings_no_second_one_either(reader):
    """Sunday evening in Los Angeles is Monday morning in Auckland."""
    evening = dt.datetime(2026, 11, 22, 20, tzinfo=ZoneInfo("America/Los_Angeles"))
    preferences.save_schedule(user=reader, day=6, time=dt.time(20), timezone="America/Los_Angeles", now=NOW)
    sent(reader, evening, "2026-W47")
    later = evening + dt.timedelta(hours=1)
    preferences.save_schedule(user=reader, day=2, time=NINE, timezone="Pacific/Auckland", now=later)
    assert due(reader) == dt.datetime(2026, 12, 2, 9, tzinfo=ZoneInfo("Pacific/Auckland"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=st.integers(0, 6),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/New_York"]),
    hours=st.integers(1, 200),
)
def test_whatever_is_chosen_after_a_digest_the_next_lies_in_another_local_week(reader, day, hour, zone, hours):
    at = paris(20)
    if not reader.deliveries.exists():
        sent(reader, at, "2026-W47")
    now = at + dt.timedelta(hours=hours)
    Preference.objects.filter(user=reader).update(next_due_at=now + schedule.WEEK)  # nothing is owed
    preferences.save_schedule(user=reader, day=(day + 1) % 7, time=dt.time(3), timezone="UTC", now=now)
    preferences.save_schedule(user=reader, day=day, time=dt.time(hour), timezone=zone, now=now)
    assert schedule.week_of(due(reader), zone) not in ("2026-W47", schedule.week_of(at, zone))
    assert due(reader) > now - dt.timedelta(minutes=10)


def test_an_hour_that_the_clocks_skip_comes_later(viewer):
    spring = dt.datetime(2027, 3, 25, 12, tzinfo=PARIS)
    preferences.choose_all(user=viewer, wanted={(DIGEST, Channel.EMAIL): True}, now=spring)
    preferences.save_schedule(user=viewer, day=6, time=dt.time(2, 30), timezone="Europe/Paris", now=spring)
    assert due(viewer) == dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC)


def test_an_hour_that_comes_twice_counts_the_first_time(viewer):
    autumn = dt.datetime(2026, 10, 22, 12, tzinfo=PARIS)
    preferences.choose_all(user=viewer, wanted={(DIGEST, Channel.EMAIL): True}, now=autumn)
    preferences.save_schedule(user=viewer, day=6, time=dt.time(2, 30), timezone="Europe/Paris", now=autumn)
    assert due(viewer) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_the_next_digest_is_told_without_the_minutes_of_spreading(reader):
    told = preferences.next_digest(preferences.of(reader), now=NOW)
    assert (told.at, told.week) == (paris(20), "2026-W47")


def test_who_gets_no_digest_is_told_of_none(viewer):
    assert preferences.next_digest(preferences.of(viewer), now=NOW) is None


def test_the_digest_moves_with_the_person(reader):
    before, reader.preferred_timezone = reader.preferred_timezone, "Asia/Tokyo"
    preferences.follow_zone(user=reader, before=before)
    assert preferences.of(reader).timezone == "Asia/Tokyo"


def test_a_zone_chosen_for_the_digest_stays(reader):
    preferences.save_schedule(user=reader, day=0, time=NINE, timezone="America/Lima", now=NOW)
    before, reader.preferred_timezone = reader.preferred_timezone, "Asia/Tokyo"
    preferences.follow_zone(user=reader, before=before)
    assert preferences.of(reader).timezone == "America/Lima"


def test_a_pause_moves_the_digest_behind_it_and_its_end_brings_it_back(reader):
    until = preferences.pause(user=reader, weeks=2, now=NOW)
    assert until == NOW + dt.timedelta(weeks=2)
    assert due(reader) == paris(4, month=12)
    preferences.resume(user=reader, now=NOW)
    assert due(reader) == paris(20)
    assert preferences.of(reader).paused_until is None


@pytest.mark.parametrize("weeks", [-1, 0, 13, 5_000])
def test_a_pause_lasts_one_to_twelve_weeks(viewer, weeks):
    with pytest.raises(ValueError, match="1 to 12"):
        preferences.pause(user=viewer, weeks=weeks)


def test_quiet_hours_may_go_over_midnight_and_away_again(viewer):
    preferences.save_quiet_hours(user=viewer, start=dt.time(22), end=dt.time(7))
    assert preferences.of(viewer).quiet_end == dt.time(7)
    preferences.save_quiet_hours(user=viewer, start=None, end=None)
    assert preferences.of(viewer).quiet_start is None


@pytest.mark.parametrize(("start", "end"), [(None, NINE), (NINE, None), (NINE, NINE)])
def test_half_quiet_hours_are_refused(viewer, start, end):
    with pytest.raises(ValueError, match="quiet hours"):
        preferences.save_quiet_hours(user=viewer, start=start, end=end)


def test_unsubscribing_from_one_kind_leaves_the_others(reader):
    preferences.choose(user=reader, kind=PICKS, channel=Channel.EMAIL, enabled=True)
    assert preferences.unsubscribe(user=reader, scope=DIGEST) == (DIGEST,)
    assert preferences.wants(user=reader, kind=PICKS, channel=Channel.EMAIL)
    assert due(reader) is None


def test_unsubscribing_from_everything_spares_the_inbox_and_can_be_taken_back(reader):
    preferences.choose(user=reader, kind=WATCHLIST_RELEASE, channel=Channel.EMAIL, enabled=True)
    before = preferences.squares(reader)
    gone = preferences.unsubscribe(user=reader, scope=preferences.ALL)
    after = preferences.squares(reader)
    assert not any(on for (_kind, channel), on in after.items() if channel == Channel.EMAIL)
    assert after[WATCHLIST_RELEASE, Channel.IN_APP]
    preferences.resubscribe(user=reader, kinds=gone)
    assert preferences.squares(reader) == before


def test_unsubscribing_twice_changes_nothing_more(reader):
    preferences.unsubscribe(user=reader, scope=preferences.ALL)
    assert preferences.unsubscribe(user=reader, scope=preferences.ALL) == ()


def test_an_unknown_scope_is_refused(reader):
    with pytest.raises(KeyError):
        preferences.unsubscribe(user=reader, scope="spam")


def test_a_zone_that_is_gone_becomes_utc_and_is_told(reader):
    Preference.objects.update(timezone="Mars/Base")
    lost = preferences.mend(now=NOW)
    assert [one.timezone for one in lost] == ["Mars/Base"]
    assert preferences.of(reader).timezone == "UTC"
    assert due(reader) == dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    assert preferences.mend(now=NOW) == []


@pytest.mark.parametrize("hours", [None, 3])
def test_a_zone_that_is_gone_is_told_without_a_digest_and_right_before_one_too(reader, hours):
    """Quiet hours are kept by the same clock."""
    at = hours and NOW + dt.timedelta(hours=hours)
    Preference.objects.filter(user=reader).update(timezone="Europe/Atlantis", next_due_at=at)
    assert [lost.timezone for lost in preferences.mend(now=NOW)] == ["Europe/Atlantis"]
    assert preferences.of(reader).timezone == "UTC"


def test_new_rules_of_a_zone_move_what_is_due(reader):
    Preference.objects.update(next_due_at=paris(20, 10) + schedule.jitter(reader.pk))
    preferences.mend(now=NOW)
    assert due(reader) == paris(20)


def test_mending_leaves_alone_what_is_right(reader):
    preferences.pause(user=reader, weeks=3, now=NOW)
    before = due(reader)
    preferences.mend(now=NOW)
    assert due(reader) == before


def test_choices_of_others_stay_theirs(viewer, stranger):
    preferences.choose(user=viewer, kind=WATCHLIST_RELEASE, channel=Channel.PUSH, enabled=True)
    assert not preferences.wants(user=stranger, kind=WATCHLIST_RELEASE, channel=Channel.PUSH)
    assert Choice.objects.count() == 1


def test_the_matrix_costs_two_queries(viewer, django_assert_num_queries):
    person = factories.user()
    with django_assert_num_queries(2):
        preferences.squares(person)
