"""What goes into a digest, and what never does."""

import datetime

import pytest

from catalog.models import EditorsPick
from notify import reasons
from notify.digest import content
from notify.models import Delivery
from notify.services import digests
from notify.services import outbox as letters
from recs.models import Interaction
from tests import factories
from tests.notify import readers

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def editors_pick(movie, note="Watch the corners.", **fields):
    today = readers.NOW.date()
    return EditorsPick.objects.create(movie=movie, note=note, **{"starts_on": today, "ends_on": today, **fields})


def sent(user, *movies, number=1, **fields) -> Delivery:
    """A digest of the past about these films."""
    data = {"films": [movie.pk for movie in movies]}
    row = letters.enqueue(
        user=user,
        kind="digest",
        channel="email",
        key=f"digest:{user.pk}:{number}",
        recipient=user.email,
        subject="",
        content="",
        message=b"",
        data=data,
        is_test=fields.pop("is_test", False),
    )
    created_at = readers.NOW - number * readers.WEEK
    Delivery.objects.filter(id=row.id).update(created_at=created_at, **{"status": "sent", **fields})
    return row


def test_the_six_best_stored_picks_are_told_in_their_order():
    user = readers.reader(picks=8)
    assert readers.ids(readers.told(user)) == [movie.pk for movie in readers.picked(user)[:6]]


@pytest.mark.parametrize("kind", [kind for kind in Interaction.Type if kind not in ("click", "rating")])
def test_a_film_that_the_person_did_anything_with_is_left_out(kind):
    user = readers.reader()
    first = readers.picked(user)[0]
    factories.mark(user, first, kind)
    assert first.pk not in readers.ids(readers.told(user))


def test_a_rated_film_is_left_out():
    user = readers.reader()
    first = readers.picked(user)[0]
    factories.rating(user, first, 2.0)
    assert first.pk not in readers.ids(readers.told(user))


def test_a_film_that_was_only_clicked_is_still_fresh():
    user = readers.reader()
    first = readers.picked(user)[0]
    factories.mark(user, first, "click")
    assert readers.ids(readers.told(user))[0] == first.pk


def test_a_film_of_the_last_eight_digests_is_left_out_and_comes_back_after_them():
    user = readers.reader(picks=12)
    told = readers.picked(user)[:9]
    for number, movie in enumerate(told, 1):
        sent(user, movie, number=number)
    found = readers.ids(readers.told(user))
    assert not set(found) & {movie.pk for movie in told[:8]}
    assert told[8].pk in found


@pytest.mark.parametrize("fields", [{"status": "skipped"}, {"status": "failed"}, {"is_test": True}])
def test_what_never_reached_the_person_does_not_count_as_told(fields):
    user = readers.reader()
    first = readers.picked(user)[0]
    sent(user, first, **fields)
    assert readers.ids(readers.told(user))[0] == first.pk


def test_what_others_were_told_does_not_matter():
    user, other = readers.reader(), readers.reader()
    first = readers.picked(user)[0]
    sent(other, first)
    assert readers.ids(readers.told(user))[0] == first.pk


def test_adult_films_are_left_out():
    user = readers.reader()
    first = readers.picked(user)[0]
    type(first).objects.filter(pk=first.pk).update(adult=True)
    assert first.pk not in readers.ids(readers.told(user))


def test_too_few_stored_picks_are_topped_up_on_the_spot_without_what_is_done_or_told():
    user = readers.reader(picks=2)
    seen, old = readers.films(2, popularity_score=90.0)
    others = readers.films(6)
    factories.mark(user, seen, "view")
    sent(user, old)
    found = readers.ids(readers.told(user))
    assert found[:2] == [movie.pk for movie in readers.picked(user)]
    assert len(found) == 6
    assert not {seen.pk, old.pk} & set(found)
    assert set(found[2:]) <= {movie.pk for movie in others}


def test_the_newest_film_of_the_editors_is_told_with_its_note():
    user = readers.reader()
    old, new = readers.films(2)
    editors_pick(old, starts_on=readers.NOW.date() - DAY)
    editors_pick(new)
    found = readers.told(user)
    assert (found.editors.id, found.note) == (new.pk, "Watch the corners.")


def test_a_film_of_the_editors_is_not_told_twice_nor_to_whoever_knows_it():
    user, knows = readers.reader(), readers.reader()
    movie = factories.movie()
    editors_pick(movie)
    row = sent(user)
    Delivery.objects.filter(id=row.id).update(data={"films": [], "editors": movie.pk})
    factories.mark(knows, movie, "view")
    assert readers.told(user).editors is None
    assert readers.told(knows).editors is None


def test_a_film_of_the_editors_stands_only_once_in_the_mail():
    user = readers.reader(picks=7)
    first = readers.picked(user)[0]
    editors_pick(first)
    found = readers.told(user)
    assert first.pk not in readers.ids(found)
    assert len(found.picks) == 6


def test_without_a_film_of_the_editors_nothing_is_said():
    assert readers.told(readers.reader()).editors is None


def test_news_of_the_watchlist_are_films_that_came_out_since_the_last_digest():
    user = readers.reader()
    today = readers.NOW.date()
    old, new, coming = (factories.movie(release_date=today - days * DAY) for days in (20, 2, -3))
    for movie in (old, new, coming):
        factories.mark(user, movie, "watchlist")
    assert [film.id for film in readers.told(user).watchlist] == [new.pk]


def test_after_a_longer_silence_the_news_go_back_further():
    user = readers.reader()
    movie = factories.movie(release_date=readers.NOW.date() - 12 * DAY)
    factories.mark(user, movie, "watchlist")
    sent(user, number=2)
    assert [film.id for film in readers.told(user).watchlist] == [movie.pk]


def test_the_next_digest_begins_with_what_was_one_alert_too_many():
    user = readers.reader(picks=10)
    late = readers.picked(user)[8]
    data = {"films": [late.pk]}
    row = letters.skip(user=user, kind="trending", channel="email", key="trending:x", reason=reasons.CAPPED, data=data)
    Delivery.objects.filter(id=row.id).update(created_at=readers.NOW - DAY)
    assert readers.ids(readers.told(user))[0] == late.pk


def test_reasons_are_those_of_the_stored_picks():
    user = readers.reader(picks=0)
    loved = factories.movie(title="Playtime")
    readers.pick(
        user, factories.movie(), 1, {"kind": "because", "liked": True, "films": [{"id": loved.pk, "share": 1}]}
    )
    for rank, movie in enumerate(readers.films(6), 2):
        readers.pick(user, movie, rank)
    mail = digests.preview(user)
    assert "Because you liked Playtime" in mail.text


def test_a_batch_of_people_costs_no_more_queries_than_one(django_assert_max_num_queries):
    people = [readers.reader() for _ in range(8)]
    editors_pick(factories.movie())
    with django_assert_max_num_queries(12):
        content.gather([content.Reader(user, readers.NOW.date()) for user in people], readers.NOW)
