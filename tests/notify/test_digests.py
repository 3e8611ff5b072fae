"""Digests are made when they are due, once a local week, and looked at once more before they go."""

import datetime
import threading

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import django as hypothesis_django

from accounts.services import closing
from catalog.models import Movie
from notify import reasons, schedule
from notify.digest import content, inspection, render
from notify.models import Delivery, Preference
from notify.services import delivery, digests, preferences
from recs.services import interactions
from tests import factories
from tests.notify import outbox, readers

pytestmark = pytest.mark.django_db
NOW, WEEK, DAY = readers.NOW, readers.WEEK, datetime.timedelta(days=1)


def due(at: datetime.datetime = NOW, **wishes):
    """Somebody whose digest is due on Mondays at nine, UTC, and was not made since `at`."""
    user = readers.reader(**wishes)
    Preference.objects.filter(user=user).update(next_due_at=at + schedule.jitter(user.pk))
    return user


def later(user, at: datetime.datetime = NOW) -> datetime.datetime:
    return at + schedule.jitter(user.pk) + datetime.timedelta(seconds=1)


def next_due(user) -> datetime.datetime:
    return Preference.objects.get(user=user).next_due_at - schedule.jitter(user.pk)


def the_row(user) -> Delivery:
    return Delivery.objects.get(user=user)


def test_whoever_is_due_gets_one_row_and_a_new_date():
    user = due()
    assert digests.pump(later(user)) == 1
    assert readers.rows(user) == [(f"digest:{user.pk}:2026-W47", "scheduled", "")]
    assert next_due(user) == NOW + WEEK
    assert digests.pump(later(user)) == 0


def test_nobody_gets_theirs_before_it_is_due():
    user = due()
    assert digests.pump(NOW + schedule.jitter(user.pk) - datetime.timedelta(seconds=1)) == 0


def test_what_was_told_stands_in_the_row():
    user = due()
    digests.pump(later(user))
    row = the_row(user)
    assert row.data["films"] == [movie.pk for movie in readers.picked(user)[:6]]
    assert row.data["week"] == "2026-W47"
    assert row.message_id == f"<digest.2026-W47.{user.pk}@localhost>"
    assert row.recipient == user.email


def test_with_fewer_than_three_fresh_films_nothing_is_sent_and_the_reason_stands_there():
    user = due(picks=2)
    digests.pump(later(user))
    assert readers.rows(user) == [(f"digest:{user.pk}:2026-W47", "skipped", reasons.NOTHING_TO_SAY)]
    assert next_due(user) == NOW + WEEK


HINDRANCES = {
    reasons.INACTIVE: lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
    reasons.SIMULATED: lambda user: type(user).objects.filter(pk=user.pk).update(is_simulated=True),
    reasons.PAUSED: lambda user: Preference.objects.filter(user=user).update(paused_until=NOW + DAY),
    reasons.UNVERIFIED: lambda user: EmailAddress.objects.filter(user=user).delete(),
}


@pytest.mark.parametrize("reason", HINDRANCES)
def test_whoever_may_not_be_written_to_gets_a_row_that_says_why(reason):
    user = due()
    HINDRANCES[reason](user)
    digests.pump(later(user))
    assert readers.rows(user) == [(f"digest:{user.pk}:2026-W47", "skipped", reason)]


def test_whoever_no_longer_wants_it_is_not_asked_about_again():
    user = due()
    Preference.objects.filter(user=user).update(weekly_digest=False)
    digests.pump(later(user))
    assert readers.rows(user) == []
    assert Preference.objects.get(user=user).next_due_at is None


def test_after_three_weeks_of_silence_only_the_newest_is_made():
    user = due(NOW - 3 * WEEK)
    digests.pump(later(user) + 2 * DAY)
    assert [(key[-3:], status, reason) for key, status, reason in readers.rows(user)] == [
        ("W44", "skipped", reasons.LATE),
        ("W45", "skipped", reasons.LATE),
        ("W46", "skipped", reasons.LATE),
        ("W47", "scheduled", ""),
    ]
    assert next_due(user) == NOW + WEEK


def test_a_site_that_slept_for_years_wakes_up():
    user = due(NOW - 500 * WEEK)
    digests.pump(later(user))
    assert len(readers.rows(user)) <= 62
    assert readers.rows(user)[-1] == (f"digest:{user.pk}:2026-W47", "scheduled", "")


def test_a_clock_that_goes_back_an_hour_makes_no_second_one():
    user = due()
    digests.pump(later(user))
    assert digests.pump(later(user) - datetime.timedelta(hours=1)) == 0
    assert digests.pump(later(user)) == 0
    assert len(readers.rows(user)) == 1


@pytest.mark.parametrize(("day", "zone"), [(2, "UTC"), (0, "Pacific/Honolulu"), (6, "Pacific/Kiritimati")])
def test_another_day_or_zone_right_afterwards_brings_no_second_one_in_the_same_week(day, zone):
    user = due(picks=30)
    digests.pump(later(user))
    with time_machine.travel(later(user), tick=False):
        preferences.save_schedule(user=user, day=day, time=datetime.time(23), timezone=zone)
    for hours in range(0, 14 * 24, 3):
        digests.pump(later(user) + datetime.timedelta(hours=hours))
    sent = [key for key, status, _reason in readers.rows(user) if status == "scheduled"]
    assert len(sent) in (2, 3)
    assert len(sent) == len(set(sent))
    assert sent.count(f"digest:{user.pk}:2026-W47") == 1


def move_to(user, day: int, at: datetime.datetime, *, hour: int = 9) -> None:
    with time_machine.travel(at, tick=False):
        preferences.save_schedule(user=user, day=day, time=datetime.time(hour), timezone="UTC")


@pytest.mark.parametrize(("day", "due_again"), [(0, WEEK), (2, WEEK + 2 * DAY), (4, WEEK + 4 * DAY)])
def test_whoever_changes_the_day_while_a_digest_is_overdue_gets_it_and_none_else_that_week(day, due_again):
    user = due()
    move_to(user, day, later(user) + 3 * DAY, hour=10)
    digests.pump(later(user) + 3 * DAY)
    assert readers.rows(user) == [(f"digest:{user.pk}:2026-W47", "scheduled", "")]
    assert next_due(user) == NOW + due_again + datetime.timedelta(hours=1)


def test_a_digest_that_was_made_late_counts_for_the_week_in_which_it_was_due():
    user = due()
    with time_machine.travel(later(user) + WEEK - DAY / 4, tick=False) as clock:
        digests.pump()
        clock.shift(DAY / 24)
        preferences.save_schedule(user=user, day=5, time=datetime.time(9), timezone="UTC")
    assert next_due(user) == NOW + WEEK + 5 * DAY


def test_whoever_pauses_while_a_digest_is_overdue_gets_none():
    user = due()
    preferences.pause(user=user, weeks=1, now=later(user) + DAY)
    assert digests.pump(later(user) + DAY) == 0
    assert next_due(user) == NOW + 2 * WEEK


def test_a_fault_in_one_digest_is_written_down_and_holds_nobody_up(monkeypatch):
    broken, fine = due(), due()
    whole = render.digest

    def picky(found, *, links, **rest):
        if links.user == broken:
            raise ZeroDivisionError
        return whole(found, links=links, **rest)

    monkeypatch.setattr(render, "digest", picky)
    assert digests.pump(max(later(broken), later(fine))) == 2
    assert readers.rows(broken)[0][1:] == ("skipped", reasons.BROKEN)
    assert readers.rows(fine)[0][1:] == ("scheduled", "")


def test_a_fault_in_picking_for_one_person_leaves_the_others_theirs(monkeypatch):
    broken, fine = due(), due()
    whole = content.gather

    def picky(people, now):
        if broken in [one.user for one in people]:
            raise ZeroDivisionError
        return whole(people, now)

    monkeypatch.setattr(content, "gather", picky)
    digests.pump(max(later(broken), later(fine)))
    assert readers.rows(broken)[0][1:] == ("skipped", reasons.BROKEN)
    assert readers.rows(fine)[0][1:] == ("scheduled", "")


@pytest.mark.django_db(transaction=True)
def test_two_pumps_at_once_make_one_digest_each():
    people = [due() for _ in range(6)]
    at, counts, start = max(later(user) for user in people), [], threading.Barrier(2)

    def pump() -> None:
        start.wait()
        counts.append(digests.pump(at))
        connection.close()

    threads = [threading.Thread(target=pump) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 6
    assert all(len(readers.rows(user)) == 1 for user in people)


def test_a_pump_that_dies_in_the_middle_leaves_everything_as_it_was(monkeypatch):
    user = due()
    before = next_due(user)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(digests, "_wait_until", die)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            digests.pump(later(user))
    assert (readers.rows(user), next_due(user)) == ([], before)
    digests.pump(later(user))
    assert readers.rows(user)[0][1] == "scheduled"


# One digest each local week, whatever the person changes: the property, over zones, days, times and gaps between pumps.
class TestOneDigestEachLocalWeek(hypothesis_django.TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]),
        day=st.integers(0, 6),
        time=st.times(timezones=st.none()),
        start=st.integers(0, 3 * 365 * 24 * 60),
        gaps=st.lists(st.integers(1, 400), min_size=4, max_size=12),
    )
    def test_one_each(self, zone, day, time, start, gaps):
        at = NOW + datetime.timedelta(minutes=start)
        user = outbox.reader(timezone=zone, digest_day=day, digest_time=time)
        first = schedule.next_due(at, day=day, time=time, timezone=zone).at
        Preference.objects.filter(user=user).update(next_due_at=first + schedule.jitter(user.pk))
        for gap in gaps:
            at += datetime.timedelta(hours=gap)
            digests.pump(at)
        weeks, expected = [key.rpartition(":")[2] for key, *_ in readers.rows(user)], []
        following = schedule.next_due(first - datetime.timedelta(seconds=1), day=day, time=time, timezone=zone)
        while following.at <= at - schedule.jitter(user.pk):
            expected.append(following.week)
            following = schedule.next_due(following.at, day=day, time=time, timezone=zone)
        assert weeks == expected


# The last look


def made(user=None) -> Delivery:
    user = user or due()
    with time_machine.travel(later(user), tick=False):
        digests.pump()
    return the_row(user)


def send_all(user) -> dict[str, int]:
    with time_machine.travel(later(user) + datetime.timedelta(minutes=1), tick=False):
        return delivery.send_batch(channel="email")


def arrived(sink) -> inspection.Rendered:
    (message,) = sink.messages
    return inspection.read(message)


def test_a_digest_goes_out_as_it_was_made(sink):
    row = made()
    assert send_all(row.user) == {"sent": 1}
    assert sink.taken == [row.message_id]


def test_a_film_that_was_rated_meanwhile_leaves_the_digest_which_keeps_its_message_id(sink):
    row = made()
    first = readers.picked(row.user)[0]
    interactions.rate(user=row.user, movie=first, rating=4.0)
    send_all(row.user)
    text = arrived(sink).text
    assert sink.taken == [row.message_id]
    assert f"* {first.title} (" not in text
    assert "5 films for your week" in text
    assert outbox.now(row).data["films"] == row.data["films"][1:]


def test_a_film_that_was_deleted_meanwhile_leaves_the_digest(sink):
    row = made()
    Movie.objects.filter(pk=row.data["films"][0]).delete()
    send_all(row.user)
    assert "5 films for your week" in arrived(sink).text


def test_with_fewer_than_three_left_it_is_not_sent(sink):
    row = made()
    for movie in readers.picked(row.user)[:4]:
        factories.mark(row.user, movie, "not_interested")
    assert send_all(row.user) == {"skipped": 1}
    assert outbox.now(row).reason == reasons.NOTHING_TO_SAY
    assert sink.messages == []


def test_a_second_attempt_sends_the_very_same_bytes(sink):
    row = made()
    Delivery.objects.filter(id=row.id).update(attempts=1)
    factories.mark(row.user, readers.picked(row.user)[0], "view")
    assert digests.last_look(outbox.now(row)) == ""
    assert bytes(outbox.now(row).message) == bytes(row.message)


def test_a_film_that_left_the_watchlist_meanwhile_is_no_news(sink):
    user = due()
    movie = factories.movie(release_date=NOW.date() - DAY)
    mark = factories.mark(user, movie, "watchlist")
    row = made(user)
    assert row.data["watchlist"] == [movie.pk]
    mark.delete()
    send_all(user)
    assert movie.title not in arrived(sink).text
    assert outbox.now(row).data["watchlist"] == []


def test_an_account_that_was_closed_meanwhile_gets_nothing(sink):
    row = made()
    at = later(row.user)
    closing.close(user=row.user)
    with time_machine.travel(at + DAY, tick=False):
        assert delivery.send_batch(channel="email") == {}
    assert sink.messages == []


# By hand


def test_one_for_a_test_counts_as_nothing():
    user = due()
    row = digests.send_now(user)
    assert row.is_test
    assert readers.ids(readers.told(user)) == row.data["films"]
    digests.pump(later(user))
    assert Delivery.objects.filter(user=user, is_test=False, status="scheduled").count() == 1


def test_one_to_somebody_else_can_do_nothing_to_the_person_it_is_about():
    user = due()
    row = digests.send_now(user, recipient="editor@example.org")
    html = inspection.read(bytes(row.message)).html
    assert row.recipient == "editor@example.org"
    assert "/u/sample/" in html
    assert "/m/sample/" in html
    assert f"/u/{user.pk}." not in html


def test_with_too_little_to_say_there_is_no_preview_and_no_test():
    user = due(picks=1)
    assert digests.preview(user) is None
    assert digests.send_now(user) is None


def test_a_preview_changes_nothing():
    user = due()
    before = next_due(user)
    assert digests.preview(user).broken_links == []
    assert (readers.rows(user), next_due(user)) == ([], before)
