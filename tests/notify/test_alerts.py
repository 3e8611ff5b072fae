"""Alerts between two digests: true news, in the same words by mail and push, and never too many."""

import datetime

import pytest
import time_machine

from notify import kinds, reasons
from notify.digest import inspection
from notify.models import Delivery, Device, Preference
from notify.services import alerts, delivery, digests, gate, preferences
from recs.models import Interaction, Recommendation
from tests import factories
from tests.notify import outbox, readers

pytestmark = pytest.mark.django_db
EVENING = datetime.datetime(2026, 11, 17, 18, tzinfo=datetime.UTC)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def evening():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def reader(*, picks: int = 14, **wishes):
    """Somebody who wants every alert by mail and no digest."""
    return readers.reader(picks=picks, **{"weekly_digest": False, **wishes})


def stand(user) -> list[tuple[str, str, str]]:
    found = Delivery.objects.filter(user=user).order_by("created_at", "id")
    return list(found.values_list("notification_type", "status", "reason"))


def age(user, by: datetime.timedelta) -> None:
    """As if all that was told to this person had been told earlier."""
    for row in Delivery.objects.filter(user=user):
        Delivery.objects.filter(id=row.id).update(created_at=row.created_at - by, status="sent")


def trend(movie, people: int = 4) -> None:
    for _ in range(people):
        factories.rating(factories.user(), movie, 5.0)


def wish(user, days: int):
    """A film that came out so many days ago and was wished for before that."""
    movie = factories.movie(release_date=EVENING.date() - days * DAY)
    at = EVENING - 60 * DAY
    Interaction.objects.create(user=user, movie=movie, interaction_type="watchlist", timestamp=at)
    return movie


def wants_releases(user) -> None:
    preferences.choose(user=user, kind=kinds.WATCHLIST_RELEASE, channel="email", enabled=True)


def test_new_films_among_the_best_picks_are_told_once():
    user = reader()
    alerts.tell(user=user)
    assert stand(user) == [("picks", "scheduled", "")]
    age(user, 2 * DAY)
    alerts.tell(user=user)
    assert len(stand(user)) == 1


def test_films_that_join_the_best_later_are_news():
    user = reader()
    alerts.tell(user=user)
    age(user, 2 * DAY)
    fresh = readers.films(3)
    Recommendation.objects.filter(user=user).update(rank=50)
    for rank, movie in enumerate(fresh, 1):
        readers.pick(user, movie, rank)
    found = alerts.told(user, kinds.PICKS)
    assert [one.film.id for one in found.films] == [movie.pk for movie in fresh]
    assert found.title == "3 new films among your best picks"


def test_what_the_last_digest_held_at_its_top_is_no_news():
    user = reader()
    digests.compose(user, digests.content(user), f"digest:{user.pk}:2026-W46")
    assert alerts.told(user, kinds.PICKS) is None


def test_one_or_two_new_films_are_no_reason_to_write():
    user = reader(picks=2)
    assert alerts.told(user, kinds.PICKS) is None


def test_a_pick_that_trends_is_told_with_its_reason():
    user = reader()
    movie = readers.picked(user)[4]
    trend(movie)
    found = alerts.told(user, kinds.TRENDING)
    assert found.title == f"{movie.title} is on everybody’s lips"
    assert found.body == "Popular with many people"
    assert found.url == movie.get_absolute_url()


def test_what_trends_and_does_not_suit_the_person_is_not_told():
    user = reader()
    trend(factories.movie())
    assert alerts.told(user, kinds.TRENDING) is None


def test_where_nothing_goes_on_nothing_trends():
    assert alerts.told(reader(), kinds.TRENDING) is None


def test_a_film_of_the_watchlist_that_came_out_is_told_to_whoever_asked_for_it():
    user = reader(recommendation_alerts=False, trending_alerts=False)
    movie = wish(user, days=1)
    alerts.tell(user=user)
    assert stand(user) == []
    wants_releases(user)
    (row,) = alerts.tell(user=user)
    assert row.subject == f"{movie.title} is out now"


@pytest.mark.parametrize("days", [-2, 20])
def test_what_is_not_out_or_long_out_is_no_news(days):
    user = reader()
    wish(user, days=days)
    assert alerts.told(user, kinds.WATCHLIST_RELEASE) is None


def test_only_one_mail_a_day_and_the_second_is_written_down_as_too_much():
    user = reader()
    trend(readers.picked(user)[8])
    alerts.tell(user=user)
    assert stand(user) == [("picks", "scheduled", ""), ("trending", "skipped", reasons.CAPPED)]


def test_only_two_alerts_a_week():
    user = reader()
    for number in range(3):
        row = outbox.mail(user, kind="picks", key=f"picks:{user.pk}:{number}", data={"alert": f"{number}", "films": []})
        Delivery.objects.filter(id=row.id).update(created_at=EVENING - (2 + number) * DAY, status="sent")
    alerts.tell(user=user)
    assert stand(user)[-1] == ("picks", "skipped", reasons.CAPPED)


def test_a_digest_within_a_day_comes_first_and_holds_what_was_too_much():
    user = reader(weekly_digest=True, picks=16)
    Preference.objects.filter(user=user).update(next_due_at=EVENING + 15 * HOUR)
    hot = readers.picked(user)[10]
    trend(hot)
    Preference.objects.filter(user=user).update(recommendation_alerts=False)
    alerts.tell(user=user)
    assert stand(user) == [("trending", "skipped", reasons.CAPPED)]
    assert readers.ids(readers.told(user, EVENING + 15 * HOUR))[0] == hot.pk


def test_looking_twice_on_one_evening_tells_once():
    user = reader()
    alerts.tell(user=user)
    alerts.tell(user=user)
    assert len(stand(user)) == 1


def test_quiet_hours_put_it_off():
    user = reader(quiet_start=datetime.time(17), quiet_end=datetime.time(8))
    (row,) = alerts.tell(user=user)
    assert row.scheduled_at == datetime.datetime(2026, 11, 18, 8, tzinfo=datetime.UTC)
    assert gate.reason_not_to_send(row) == ""


def test_a_pause_keeps_alerts_back():
    user = reader(paused_until=EVENING + DAY)
    assert alerts.tell(user=user) == []
    assert stand(user) == []


@pytest.mark.parametrize(("hour", "told"), [(9, 0), (17, 1), (19, 1), (22, 0)])
def test_people_are_told_in_their_own_evening(evening, hour, told):
    user = reader(timezone="Europe/Madrid")
    evening.move_to(datetime.datetime(2026, 11, 17, hour - 1, 30, tzinfo=datetime.UTC))
    alerts.pump()
    assert len(stand(user)) == told


def test_everybody_gets_their_turn_in_batches():
    people = [reader() for _ in range(5)]
    simulated = reader()
    type(simulated).objects.filter(pk=simulated.pk).update(is_simulated=True)
    last, rounds = 0, 0
    while last := alerts.pump(last, limit=2):
        rounds += 1
    assert rounds == 3
    assert [len(stand(user)) for user in (*people, simulated)] == [1, 1, 1, 1, 1, 0]


def test_a_fault_with_one_person_holds_nobody_up(monkeypatch):
    broken, fine = reader(), reader()
    whole = alerts.told

    def picky(user, kind, now=None):
        if user == broken:
            raise ZeroDivisionError
        return whole(user, kind, now)

    monkeypatch.setattr(alerts, "told", picky)
    alerts.pump()
    assert (len(stand(broken)), len(stand(fine))) == (0, 1)


def test_push_says_the_same_words(push_is_on):
    user = reader(recommendation_alerts=False, trending_alerts=False, push_recommendations=True)
    Device.objects.create(user=user, device_type="web", token="https://push.example/1", keys={})
    (row,) = alerts.tell(user=user)
    assert (row.channel, row.subject) == ("push", "4 new films among your best picks")
    age(user, 2 * DAY)
    assert alerts.tell(user=user) == []


def test_the_mail_is_sound():
    user = reader()
    (row,) = alerts.tell(user=user)
    mail = inspection.read(bytes(row.message))
    assert mail.broken_links == []
    assert not mail.is_too_large
    assert "You get this because you asked for mail about this: New picks." in mail.text
    assert dict(mail.headers)["List-Id"] == "<picks.localhost>"
    assert f"/u/{user.pk}.picks." in dict(mail.headers)["List-Unsubscribe"]


def test_it_is_written_in_the_language_of_the_person():
    user = reader()
    type(user).objects.filter(pk=user.pk).update(preferred_language="ar")
    user.refresh_from_db()
    (row,) = alerts.tell(user=user)
    assert '<html lang="ar" dir="rtl">' in inspection.read(bytes(row.message)).html


def test_a_film_that_was_seen_meanwhile_leaves_the_mail(sink):
    user = reader()
    (row,) = alerts.tell(user=user)
    first = readers.picked(user)[0]
    factories.mark(user, first, "view")
    assert delivery.send_batch(channel="email") == {"sent": 1}
    mail = inspection.read(sink.messages[0])
    assert mail.subject == "3 new films among your best picks"
    assert f"* {first.title} (" not in mail.text
    assert sink.taken == [row.message_id]


def test_with_nothing_left_it_is_not_sent(sink):
    user = reader()
    (row,) = alerts.tell(user=user)
    for movie in readers.picked(user)[:4]:
        factories.mark(user, movie, "not_interested")
    assert delivery.send_batch(channel="email") == {"skipped": 1}
    assert outbox.now(row).reason == reasons.NOTHING_TO_SAY
