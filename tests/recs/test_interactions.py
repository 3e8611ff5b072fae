"""Acts on films: one row each, what replaces what, the way back, and who hears of it."""

import datetime
import threading

import pytest
import time_machine
from django.db import close_old_connections, connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recs import signals
from recs.models import Interaction
from recs.services import interactions, picks
from tests import factories

MARKS = ["watchlist", "favorite", "like", "dislike", "not_interested", "view"]


def rows(user, movie) -> dict[str, tuple]:
    fields = ("rating", "feedback_type", "feedback_comment", "metadata", "source", "timestamp")
    found = user.interactions.filter(movie=movie).values_list("interaction_type", *fields)
    return {kind: tuple(rest) for kind, *rest in found}


@pytest.fixture
def film(db):
    return factories.movie(title="Heat", year=1995)


def test_a_second_rating_replaces_the_first(viewer, film):
    interactions.rate(user=viewer, movie=film, rating=2, source="web")
    interactions.rate(user=viewer, movie=film, rating=4.5, source="mobile")
    row = viewer.interactions.get(movie=film)
    assert (row.rating, row.source, row.feedback_type) == (4.5, "mobile", "positive")


def test_a_new_rating_keeps_the_review(viewer, film):
    factories.rating(viewer, film, 2, feedback_comment="Slow.")
    interactions.rate(user=viewer, movie=film, rating=3)
    assert viewer.interactions.get(movie=film).feedback_comment == "Slow."


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        ("watchlist", "view", {"view"}),
        ("like", "dislike", {"dislike"}),
        ("dislike", "like", {"like"}),
        ("watchlist", "not_interested", {"not_interested"}),
        ("not_interested", "watchlist", {"watchlist"}),
        ("favorite", "view", {"favorite", "view"}),
    ],
)
def test_a_mark_takes_away_what_it_contradicts(viewer, film, before, act, after):
    interactions.mark(user=viewer, movie=film, kind=before, on=True)
    interactions.mark(user=viewer, movie=film, kind=act, on=True)
    assert rows(viewer, film).keys() == after


def test_rating_a_film_takes_it_off_the_watchlist_and_undo_brings_it_back(viewer, film):
    interactions.mark(user=viewer, movie=film, kind="watchlist", on=True)
    before = rows(viewer, film)
    undo = interactions.rate(user=viewer, movie=film, rating=4)
    assert rows(viewer, film).keys() == {"rating"}
    interactions.undo(user=viewer, movie=film, token=undo.token)
    assert rows(viewer, film) == before


def test_setting_a_mark_twice_keeps_the_day_of_the_first(viewer, film):
    interactions.mark(user=viewer, movie=film, kind="favorite", on=True)
    first = rows(viewer, film)
    interactions.mark(user=viewer, movie=film, kind="favorite", on=True)
    assert rows(viewer, film) == first


def test_taking_away_what_is_not_there_is_no_error(viewer, film):
    undo = interactions.mark(user=viewer, movie=film, kind="like", on=False)
    interactions.undo(user=viewer, movie=film, token=undo.token)
    assert rows(viewer, film) == {}


def test_undo_leaves_what_other_acts_did_since(viewer, film):
    undo = interactions.mark(user=viewer, movie=film, kind="favorite", on=True)
    interactions.rate(user=viewer, movie=film, rating=5)
    interactions.undo(user=viewer, movie=film, token=undo.token)
    assert rows(viewer, film).keys() == {"rating"}


acts = st.tuples(st.sampled_from([*MARKS, "rating"]), st.booleans(), st.integers(1, 10))


def do(user, movie, act) -> interactions.Undo:
    kind, on, halves = act
    if kind != "rating":
        return interactions.mark(user=user, movie=movie, kind=kind, on=on)
    if on:
        return interactions.rate(user=user, movie=movie, rating=halves / 2)
    return interactions.unrate(user=user, movie=movie)


@given(history=st.lists(acts, max_size=5), last=acts)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undo_restores_exactly_what_was_there(viewer, monkeypatch, history, last):
    monkeypatch.setattr(picks, "refresh", lambda **_: None)
    film = factories.movie()
    for act in history:
        do(viewer, film, act)
    before = rows(viewer, film)
    interactions.undo(user=viewer, movie=film, token=do(viewer, film, last).token)
    assert rows(viewer, film) == before


def test_a_token_is_of_one_person(viewer, stranger, film):
    undo = interactions.rate(user=viewer, movie=film, rating=4)
    with pytest.raises(interactions.UndoError):
        interactions.undo(user=stranger, movie=film, token=undo.token)


def test_a_token_is_of_one_film(viewer, film):
    undo = interactions.rate(user=viewer, movie=film, rating=4)
    with pytest.raises(interactions.UndoError):
        interactions.undo(user=viewer, movie=factories.movie(), token=undo.token)


def test_a_token_is_good_for_an_hour(viewer, film):
    undo = interactions.rate(user=viewer, movie=film, rating=4)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=61)), pytest.raises(interactions.UndoError):
        interactions.undo(user=viewer, movie=film, token=undo.token)


def test_others_hear_of_an_act_after_the_commit(viewer, film, django_capture_on_commit_callbacks):
    heard = []

    def listen(**facts) -> None:
        heard.append({name: facts[name] for name in ("user", "movie_id", "kind", "on", "rating", "source")})

    factories.mark(viewer, film, "watchlist")
    signals.interaction_recorded.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        interactions.rate(user=viewer, movie=film, rating=3.5)
        assert heard == []
    about = {"user": viewer, "movie_id": film.pk, "source": "web"}
    assert heard == [
        {**about, "kind": "rating", "on": True, "rating": 3.5},
        {**about, "kind": "watchlist", "on": False, "rating": None},
    ]


def test_the_act_stands_when_the_recommender_fails(viewer, film, monkeypatch, caplog):
    def fail(**_) -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr(picks, "refresh", fail)
    interactions.rate(user=viewer, movie=film, rating=4)
    assert viewer.interactions.get(movie=film).rating == 4
    assert "could not refresh" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_leave_one_row_and_never_an_error(monkeypatch):
    monkeypatch.setattr(picks, "refresh", lambda **_: None)
    user, film = factories.user(), factories.movie()
    start, failures = threading.Barrier(6), []

    def tab(number: int) -> None:
        try:
            close_old_connections()
            start.wait(timeout=10)
            for turn in range(8):
                interactions.rate(user=user, movie=film, rating=(number + turn) % 10 / 2 + 0.5)
                interactions.mark(user=user, movie=film, kind=["like", "dislike"][(number + turn) % 2], on=True)
        except Exception as problem:
            failures.append(problem)
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab, args=(number,)) for number in range(6)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join(timeout=60)
    kinds = list(Interaction.objects.filter(user=user, movie=film).values_list("interaction_type", flat=True))
    assert failures == []
    assert kinds.count("rating") == 1
    assert len(kinds) == 2
