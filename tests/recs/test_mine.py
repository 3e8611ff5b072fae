"""What the person who asks has done, as every card reads it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from recs.mine import FLAGS, UNTOUCHED, CardState, Mine
from tests import factories

pytestmark = pytest.mark.django_db


def test_everything_is_read_in_one_query(viewer, django_assert_num_queries):
    film = factories.movie()
    factories.rating(viewer, film, 4.5)
    factories.mark(viewer, film, "favorite")
    mine = Mine(viewer)
    with django_assert_num_queries(1):
        assert mine.ratings == {film.pk: 4.5}
        assert mine.has(film.pk, "favorite")
        assert mine.done == {film.pk}
        assert mine.state(film.pk) == CardState(4.5, FLAGS["favorite"])


def test_nothing_is_read_until_somebody_asks(viewer, django_assert_num_queries):
    with django_assert_num_queries(0):
        Mine(viewer)


def test_a_visitor_has_done_nothing_and_costs_no_query(django_assert_num_queries):
    mine = Mine(AnonymousUser())
    with django_assert_num_queries(0):
        assert mine.state(1) is UNTOUCHED
        assert not mine.done


def test_what_others_did_is_not_mine(viewer, stranger):
    film = factories.movie()
    factories.rating(stranger, film, 5)
    assert Mine(viewer).state(film.pk) is UNTOUCHED


@pytest.mark.parametrize("kind", ["view", "like", "favorite", "dislike", "not_interested"])
def test_a_film_with_this_mark_is_done(viewer, kind):
    film = factories.movie()
    factories.mark(viewer, film, kind)
    assert film.pk in Mine(viewer).done


@pytest.mark.parametrize("kind", ["watchlist", "click"])
def test_a_film_with_this_mark_is_still_to_come(viewer, kind):
    film = factories.movie()
    factories.mark(viewer, film, kind)
    assert film.pk not in Mine(viewer).done


def test_the_newest_deed_comes_first(viewer):
    older, newer = factories.movie(), factories.movie()
    factories.rating(viewer, newer, 3)
    factories.rating(viewer, older, 3, timestamp=viewer.created_at.replace(year=2020))
    assert list(Mine(viewer).ratings) == [newer.pk, older.pk]


def test_a_state_tells_its_marks_apart():
    state = CardState(None, FLAGS["watchlist"] | FLAGS["view"])
    assert [kind for kind in FLAGS if state.has(kind)] == ["watchlist", "view"]
