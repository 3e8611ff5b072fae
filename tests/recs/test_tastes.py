"""Taste and adjustments, saved: the picks follow at once, and every change has a way back."""

import pytest
from django.urls import reverse

from accounts.models import User
from recs import queries, serving
from recs import taste as tastes_of
from recs.models import Adjustment, Recommendation
from recs.services import interactions, picks, tastes
from recs.taste import NONE, Taste
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def circles():
    return stage.trained()


def stored(user) -> list[int]:
    return list(Recommendation.objects.filter(user=user).order_by("rank").values_list("movie_id", flat=True))


def fond(user, films) -> None:
    for film in films:
        factories.rating(user, film, 5)
    picks.refresh(user=user)


def test_saving_keeps_the_settings_and_gives_back_those_before(viewer):
    new = Taste("content_based", 0.9, 0.2, "1990s", "PG")
    assert tastes.save(user=viewer, taste=new) == Taste()
    assert tastes_of.of(User.objects.get(pk=viewer.pk)) == tastes_of.of(viewer) == new
    assert tastes.save(user=viewer, taste=Taste()) == new


@pytest.mark.parametrize(
    "wrong",
    [
        Taste("tarot"),
        Taste(novelty=1.1),
        Taste(diversity=float("nan")),
        Taste(decade="1994"),
        Taste(certificate="X"),
    ],
)
def test_settings_that_cannot_be_are_refused_and_nothing_changes(viewer, wrong):
    with pytest.raises(ValueError, match="there is no|between 0 and 1"):
        tastes.save(user=viewer, taste=wrong)
    assert tastes_of.of(User.objects.get(pk=viewer.pk)) == Taste()


def test_the_stored_picks_follow_the_taste(circles, viewer):
    fond(viewer, circles[0][:3])
    tastes.save(user=viewer, taste=Taste("popular"))
    assert set(Recommendation.objects.filter(user=viewer).values_list("algorithm", flat=True)) == {"popular"}


def test_a_taste_stands_when_the_engine_stumbles(viewer, monkeypatch):
    monkeypatch.setattr(picks, "refresh", lambda **_: 1 / 0)
    tastes.save(user=viewer, taste=Taste("trending"))
    assert User.objects.get(pk=viewer.pk).algorithm_preference == "trending"


def test_an_adjustment_is_kept_and_the_weight_before_comes_back(viewer):
    assert tastes.adjust(user=viewer, kind="genre", target=7, weight=0.5) == 1
    assert tastes.adjust(user=viewer, kind="genre", target=7, weight=0) == 0.5
    assert queries.adjustments(viewer).features == {"genre:7": 0.0}
    assert tastes.adjust(user=viewer, kind="genre", target=7, weight=1) == 0
    assert not Adjustment.objects.exists()
    assert tastes.adjustments(viewer) == NONE


def test_adjustments_of_each_kind_are_told_apart(viewer):
    for kind, target in (("film", 3), ("genre", 3), ("person", 3), ("popularity", 0)):
        tastes.adjust(user=viewer, kind=kind, target=target, weight=0.5)
    found = tastes.adjustments(viewer)
    assert (found.films, found.features, found.popularity) == ({3: 0.5}, {"genre:3": 0.5, "person:3": 0.5}, 0.5)


WRONG = [("mood", 1, 0.5), ("film", 0, 0.5), ("popularity", 1, 0.5), ("film", -1, 0.5), ("film", 2**63, 0.5)]


@pytest.mark.parametrize(("kind", "target", "weight"), [*WRONG, ("film", 1, 1.5), ("film", 1, float("nan"))])
def test_an_adjustment_that_cannot_be_is_refused(viewer, kind, target, weight):
    with pytest.raises(ValueError, match="there is no|between 0 and 1"):
        tastes.adjust(user=viewer, kind=kind, target=target, weight=weight)
    assert not Adjustment.objects.exists()


def test_a_dropped_film_speaks_for_nothing_any_more(circles, viewer):
    westerns, romances = circles
    fond(viewer, [*westerns[:3], romances[0]])
    before = stored(viewer)
    tastes.adjust(user=viewer, kind="film", target=romances[0].pk, weight=0)
    named = {film["id"] for row in picks.current(viewer) for film in row.reason.get("films", [])}
    assert romances[0].pk not in named
    assert romances[0].pk not in stored(viewer)  # it is judged all the same
    tastes.adjust(user=viewer, kind="film", target=romances[0].pk, weight=1)
    assert stored(viewer) == before


def test_a_dropped_film_gives_the_very_list_of_one_that_was_never_rated(circles, viewer, stranger):
    westerns, romances = circles
    fond(viewer, [*westerns[:3], romances[0]])
    fond(stranger, westerns[:3])
    tastes.adjust(user=viewer, kind="film", target=romances[0].pk, weight=0)
    assert stored(viewer) == [film for film in stored(stranger) if film != romances[0].pk]


def test_not_interested_lowers_what_is_like_it_and_undo_restores_the_very_list(circles, viewer):
    westerns, romances = circles
    fond(viewer, [westerns[0], westerns[1], romances[0], romances[1]])
    before = stored(viewer)
    hidden = next(film for film in westerns if film.pk in before)
    alike = [film.pk for film in westerns if film.pk in before and film != hidden]
    undo = interactions.mark(user=viewer, movie=hidden, kind="not_interested", on=True)
    after = stored(viewer)
    assert hidden.pk not in after
    assert sum(after.index(film) for film in alike) > sum(
        [film for film in before if film != hidden.pk].index(film) for film in alike
    )
    interactions.undo(user=viewer, movie=hidden, token=undo.token)
    assert stored(viewer) == before


@pytest.mark.parametrize("engine", ["hybrid", "collaborative", "matrix_factorization", "content_based"])
def test_rank_and_working_speak_of_the_same_numbers_as_the_list(circles, engine):
    westerns, romances = circles
    history = {film.pk: 1.0 for film in westerns[:4]} | {romances[0].pk: -0.5}
    taste = Taste(engine)
    found = serving.picks(history, n=5, exclude=history, taste=taste)
    for pick in found:
        assert serving.rank_of(pick.movie_id, history, exclude=history, taste=taste) == pick.rank
        working = serving.terms_of(pick.movie_id, history, taste=taste)
        assert working.algorithm == pick.algorithm
        assert working.score == pytest.approx(pick.score, abs=1e-6)


def test_a_person_who_leaves_takes_their_adjustments_along(viewer):
    tastes.adjust(user=viewer, kind="popularity", target=0, weight=0)
    viewer.delete()
    assert not Adjustment.objects.exists()


def test_the_home_page_follows_the_taste(circles, member, viewer):
    fond(viewer, circles[0][:3])
    tastes.save(user=viewer, taste=Taste(decade="1890s"))
    assert member.get(reverse("home")).status_code == 200
