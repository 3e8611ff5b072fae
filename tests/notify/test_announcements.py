"""Announcements: whom they reach, when they come and go, and that killing whoever carries them out loses nothing."""

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from notify import kinds
from notify.models import Announcement, Channel, InboxNotification
from notify.services import announcements, inbox, preferences
from tests import factories

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def announce(**fields) -> Announcement:
    return Announcement.objects.create(**{"title": "Film night", "message": "Bring a friend.", **fields})


def has_it(user) -> bool:
    now = timezone.now()
    return user.inbox.filter(kind=kinds.ANNOUNCEMENT, expires_at__gt=now).exists()


@pytest.fixture
def staff(admin) -> Client:
    browser = Client()
    browser.force_login(admin)
    return browser


@pytest.fixture
def crowd(db):
    return [factories.user() for _ in range(12)]


def test_what_is_due_reaches_everybody_once(crowd):
    announcement = announce(action_url="/browse/")
    announcements.carry_out()
    announcements.carry_out()
    line = crowd[0].inbox.get()
    assert (line.title, line.message, line.action_url, line.kind) == (
        "Film night",
        "Bring a friend.",
        "/browse/",
        kinds.ANNOUNCEMENT,
    )
    announcement.refresh_from_db()
    assert announcement.published_at
    assert announcement.told == len(crowd) == InboxNotification.objects.count()


def test_what_is_planned_waits_for_its_time(viewer):
    announce(publish_at=timezone.now() + DAY)
    announcements.carry_out()
    assert not viewer.inbox.exists()
    announcements.carry_out(now=timezone.now() + DAY)
    assert viewer.inbox.exists()


def test_what_was_over_before_anybody_came_to_it_is_told_to_nobody(viewer):
    announce(publish_at=timezone.now() - 2 * DAY, expires_at=timezone.now() - DAY)
    announcements.carry_out()
    assert not viewer.inbox.exists()


def test_it_leaves_the_inboxes_when_it_is_over(viewer):
    end = timezone.now() + DAY
    announce(expires_at=end)
    announcements.carry_out()
    assert viewer.inbox.get().expires_at == end


def segment_of(name: str) -> set:
    return set(announcements.people(Announcement(segment=name)))


def test_each_segment_reaches_those_whom_it_names(viewer, admin):
    old = timezone.now() - 60 * DAY
    quiet = factories.user(date_joined=old, last_login=old)
    rater = factories.user(date_joined=old, last_login=old)
    factories.rating(rater, factories.movie(), 4)
    back = factories.user(date_joined=old, last_login=timezone.now())
    assert segment_of("everybody") == {viewer, admin, quiet, rater, back}
    assert segment_of("new") == {viewer, admin}
    assert segment_of("active") == {rater, back}
    assert quiet in segment_of("quiet")
    assert not {rater, back} & segment_of("quiet")
    assert segment_of("staff") == {admin}


def test_only_readers_of_a_language_can_be_asked_for(viewer):
    german = factories.user(preferred_language="de")
    assert set(announcements.people(Announcement(language="de"))) == {german}


def test_who_wants_no_news_is_simulated_or_gone_is_not_reached(viewer):
    preferences.choose(user=viewer, kind=kinds.ANNOUNCEMENT, channel=Channel.IN_APP, enabled=False)
    factories.user(is_simulated=True)
    factories.user(is_active=False)
    assert segment_of("everybody") == set()


def test_everybody_is_told_in_pieces(crowd, monkeypatch):
    monkeypatch.setattr(announcements, "AT_ONCE", 5)
    announcement = announce()
    announcements.carry_out()
    announcement.refresh_from_db()
    assert announcement.told == InboxNotification.objects.count() == len(crowd)


def test_whoever_is_killed_between_two_pieces_is_followed_by_the_next(crowd, monkeypatch):
    monkeypatch.setattr(announcements, "AT_ONCE", 5)
    announcement, tell = announce(), announcements._tell_piece
    pieces = []

    def killed(*given):
        pieces.append(tell(*given))
        if len(pieces) == 2:
            raise KeyboardInterrupt
        return pieces[-1]

    monkeypatch.setattr(announcements, "_tell_piece", killed)
    with pytest.raises(KeyboardInterrupt):
        announcements.carry_out()
    assert InboxNotification.objects.count() == 10
    monkeypatch.setattr(announcements, "_tell_piece", tell)
    announcements.carry_out()
    announcement.refresh_from_db()
    assert announcement.told == InboxNotification.objects.count() == len(crowd)


def test_withdrawing_takes_it_out_and_the_way_back_gives_it_back_as_it_was_left(viewer, stranger):
    announcement = announce()
    announcements.carry_out()
    inbox.read(line=viewer.inbox.get())
    announcements.withdraw(announcement_id=announcement.pk)
    announcements.carry_out()
    assert not has_it(viewer)
    announcements.restore(announcement_id=announcement.pk)
    announcements.carry_out()
    assert has_it(viewer)
    assert has_it(stranger)
    assert (viewer.inbox.get().is_read, stranger.inbox.get().is_read) == (True, False)


def test_what_was_withdrawn_and_cleared_away_comes_back_too(viewer):
    announcement = announce()
    announcements.carry_out()
    announcements.withdraw(announcement_id=announcement.pk)
    announcements.carry_out()
    inbox.forget_expired(now=timezone.now() + DAY)
    announcements.restore(announcement_id=announcement.pk)
    announcements.carry_out()
    assert has_it(viewer)


def test_what_is_out_keeps_its_words(admin):
    announcement = announce()
    announcements.carry_out()
    announcement.title = "Another"
    with pytest.raises(announcements.Refused):
        announcements.save(announcement=announcement, actor=admin)


def test_a_hundred_thousand_people_are_told_without_being_loaded(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(announcements, "AT_ONCE", 1_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object('id', n, 'username', 'p' || n,"
            " 'email', 'p' || n || '@example.org', 'device_token', null))).* FROM users u, generate_series(10000000,"
            " 10002999) n WHERE u.id = %s",
            [factories.user().pk],
        )
    announcement = announce()
    with django_assert_max_num_queries(30):
        announcements.carry_out()
    announcement.refresh_from_db()
    assert announcement.told == 3_001


FORM = {"title": "Film night", "message": "Bring a friend.", "segment": "everybody", "language": ""}


def test_staff_look_at_it_with_the_number_of_people_before_anything_is_saved(staff, viewer):
    html = staff.post("/staff/announcements/new/", {**FORM, "preview": "1"}).content.decode()
    assert "It reaches 2 people." in html
    assert 'value="Film night"' in html
    assert not Announcement.objects.exists()


def test_what_is_announced_now_is_there_at_once(staff, viewer):
    answer = staff.post("/staff/announcements/new/", FORM)
    assert answer.url == f"/staff/announcements/{Announcement.objects.get().pk}/"
    assert has_it(viewer)
    assert "Out" in staff.get(answer.url).content.decode()
    assert "Film night" in staff.get("/staff/announcements/").content.decode()


def test_what_is_planned_can_be_changed(staff, viewer):
    later = (timezone.localtime() + DAY).strftime("%Y-%m-%dT%H:%M")
    staff.post("/staff/announcements/new/", {**FORM, "publish_at": later})
    announcement = Announcement.objects.get()
    staff.post(f"/staff/announcements/{announcement.pk}/edit/", {**FORM, "title": "Later", "publish_at": later})
    announcement.refresh_from_db()
    assert announcement.title == "Later"
    assert not has_it(viewer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 256),
        ("message", "x" * 5001),
        ("action_url", "javascript:alert(1)"),
        ("action_url", "http://example.org/"),
        ("segment", "nobody"),
        ("language", "xx"),
        ("publish_at", "soon"),
        ("expires_at", "2020-01-01T00:00"),
        ("title", "a\0b"),
    ],
)
def test_what_cannot_be_announced_is_said_at_its_field_and_nothing_is_lost(staff, field, value):
    answer = staff.post("/staff/announcements/new/", {**FORM, "message": "Kept words", field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Announcement.objects.exists()


def test_withdrawing_on_the_page_offers_the_way_back(staff, viewer):
    staff.post("/staff/announcements/new/", FORM)
    there = f"/staff/announcements/{Announcement.objects.get().pk}/withdraw/"
    html = staff.post(there, {"withdrawn": "on"}, follow=True).content.decode()
    assert not has_it(viewer)
    assert re.search(r'name="withdrawn" value="off"', html)
    staff.post(there, {"withdrawn": "off"})
    assert has_it(viewer)


PAGES = [
    "/staff/announcements/",
    "/staff/announcements/new/",
    "/staff/announcements/1/",
    "/staff/announcements/1/edit/",
]


@pytest.mark.parametrize("path", PAGES)
def test_only_staff_come_in(client, member, path):
    assert client.get(path).status_code == 302
    assert member.get(path).status_code == 403
    assert member.post(path, FORM).status_code in (403, 405)
    assert member.post("/staff/announcements/1/withdraw/").status_code == 403
