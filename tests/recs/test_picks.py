"""Everybody's stored picks: replaced whole, never half, and never in the way of what people do meanwhile."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from catalog.models import Movie
from recs.crowd import Crowd
from recs.models import GenrePreference, Recommendation
from recs.services import picks
from recs.shelf import Pick, Shelf
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def circles():
    return stage.trained()


def stored(user):
    return list(Recommendation.objects.filter(user=user).order_by("rank"))


def test_a_first_rating_fills_the_persons_picks(circles, viewer):
    westerns, _ = circles
    factories.rating(viewer, westerns[0], 5)
    picks.refresh(user=viewer)
    rows = stored(viewer)
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0].movie_id in {film.pk for film in westerns[1:]}
    assert rows[0].model_version


def test_what_was_judged_seen_or_put_on_the_watchlist_is_not_picked(circles, viewer):
    westerns, romances = circles
    factories.rating(viewer, westerns[0], 5)
    factories.mark(viewer, westerns[1], "view")
    factories.mark(viewer, westerns[2], "watchlist")
    factories.mark(viewer, romances[0], "not_interested")
    picks.refresh(user=viewer)
    done = {film.pk for film in (*westerns[:3], romances[0])}
    assert not done & {row.movie_id for row in stored(viewer)}


def test_a_second_refresh_replaces_the_first_and_leaves_others_alone(circles, viewer, stranger):
    westerns, romances = circles
    for user in (viewer, stranger):
        factories.rating(user, westerns[0], 5)
        picks.refresh(user=user)
    before = [row.pk for row in stored(stranger)]
    factories.rating(viewer, romances[0], 5)
    picks.refresh(user=viewer)
    assert romances[0].pk not in {row.movie_id for row in stored(viewer)}
    assert len({row.rank for row in stored(viewer)}) == len(stored(viewer))
    assert [row.pk for row in stored(stranger)] == before


def test_a_click_on_a_pick_outlives_a_refresh(circles, viewer):
    factories.rating(viewer, circles[0][0], 5)
    picks.refresh(user=viewer)
    first = stored(viewer)[0]
    Recommendation.objects.filter(pk=first.pk).update(clicked=True, clicked_at=timezone.now())
    picks.refresh(user=viewer)
    assert Recommendation.objects.get(user=viewer, movie=first.movie_id).clicked


def test_everybody_who_said_something_gets_picks(circles, viewer, stranger):
    GenrePreference.objects.create(user=viewer, genre=circles[0][0].genres.get())
    Recommendation.objects.create(user=stranger, movie=circles[0][0], score=1, algorithm="popular")
    assert picks.refresh_all() == 2 * stage.PEOPLE + 1
    assert {row.algorithm for row in stored(viewer)} >= {"genre_based"}
    assert stored(stranger) == []


def test_people_who_left_get_none(circles):
    user = User.objects.get(username="western-3")
    User.objects.filter(pk=user.pk).update(is_active=False)
    picks.refresh_all()
    assert stored(user) == []


def test_one_persons_list_is_the_same_alone_and_with_everybody(circles):
    user = User.objects.get(username="western-3")
    picks.refresh_all()
    together = [(row.movie_id, row.reason) for row in stored(user)]
    picks.refresh(user=user)
    assert [(row.movie_id, row.reason) for row in stored(user)] == together


def test_one_persons_failure_is_logged_and_the_others_get_theirs(circles, monkeypatch, caplog):
    unlucky = User.objects.get(username="western-3")
    whole = Crowd.person

    def fail_once(crowd, user_id):
        if user_id == unlucky.pk:
            raise ZeroDivisionError
        return whole(crowd, user_id)

    monkeypatch.setattr(Crowd, "person", fail_once)
    assert picks.refresh_all() == 2 * stage.PEOPLE - 1
    assert f"no picks for person {unlucky.pk}" in caplog.text


def test_people_who_cannot_be_scored_together_are_scored_alone(circles, monkeypatch, caplog):
    monkeypatch.setattr(Crowd, "scored", lambda *args: 1 / 0)
    assert picks.refresh_all() == 2 * stage.PEOPLE
    assert "each comes alone" in caplog.text


WISHES = [
    {"algorithm_preference": "content_based"},
    {"algorithm_preference": "popular"},
    {"novelty_preference": 0.9, "diversity_preference": 0.2},
    {"preferred_decade": "1990s", "content_rating_preference": "PG"},
    {"algorithm_preference": "demographic", "country": "France"},
]


@pytest.mark.parametrize("wishes", WISHES)
def test_the_run_over_everybody_follows_each_persons_taste(circles, wishes):
    user = User.objects.get(username="western-3")
    User.objects.filter(pk=user.pk).update(**wishes)
    user.adjustments.create(kind="film", target=circles[0][1].pk, weight=0.5)
    user.refresh_from_db()
    picks.refresh(user=user)
    alone = [(row.movie_id, row.algorithm, row.reason, round(row.score, 6)) for row in stored(user)]
    picks.refresh_all()
    assert [(row.movie_id, row.algorithm, row.reason, round(row.score, 6)) for row in stored(user)] == alone


def test_picks_of_an_engine_that_was_left_do_not_stay(circles, viewer):
    factories.rating(viewer, circles[0][0], 5)
    picks.refresh(user=viewer)
    Recommendation.objects.create(user=viewer, movie=circles[1][7], score=9, algorithm="trending", rank=1)
    User.objects.filter(pk=viewer.pk).update(algorithm_preference="popular")
    viewer.refresh_from_db()
    picks.refresh(user=viewer)
    assert {row.algorithm for row in stored(viewer)} == {"popular"}


def test_a_batch_that_cannot_be_stored_is_tried_person_by_person(circles, monkeypatch, caplog):
    unlucky = User.objects.get(username="western-3")
    whole = picks._rows

    def spoilt(lists):
        rows = whole(lists)
        return ((*row[:3], None, *row[4:]) for row in rows) if unlucky.pk in lists else rows

    Recommendation.objects.all().delete()
    monkeypatch.setattr(picks, "_rows", spoilt)
    picks.refresh_all()
    assert stored(unlucky) == []
    assert Recommendation.objects.values("user").distinct().count() == 2 * stage.PEOPLE - 1


def test_a_run_over_everybody_does_not_undo_a_newer_refresh(circles, viewer, monkeypatch):
    factories.rating(viewer, circles[0][0], 5)
    whole = picks.dataset.load

    def act_meanwhile():
        data = whole()
        factories.rating(viewer, circles[0][1], 5)
        picks.refresh(user=viewer)
        return data

    monkeypatch.setattr(picks.dataset, "load", act_meanwhile)
    picks.refresh_all()
    assert circles[0][1].pk not in {row.movie_id for row in stored(viewer)}


def test_a_film_deleted_while_picks_are_made_is_left_out(circles, viewer, monkeypatch):
    gone = factories.movie().pk
    Movie.objects.filter(pk=gone).delete()
    monkeypatch.setattr(Shelf, "picks", lambda *args, **kwargs: [Pick(gone, 1.0, 1, "popular", {})])
    picks.refresh_all()
    assert Recommendation.objects.count() == 0


def test_a_page_reads_the_picks_with_their_films_in_one_query(circles, viewer, django_assert_num_queries):
    factories.rating(viewer, circles[0][0], 5)
    picks.refresh(user=viewer)
    with django_assert_num_queries(1):
        assert [row.movie.title for row in picks.current(viewer)]


def test_progress_reaches_the_end(circles):
    heard = []
    picks.refresh_all(progress=lambda done, of: heard.append((done, of)))
    assert heard[-1] == (2 * stage.PEOPLE, 2 * stage.PEOPLE)


def test_nothing_temporary_is_left_in_the_connection(circles):
    picks.refresh_all()
    assert "_picks" not in connection.introspection.table_names()
