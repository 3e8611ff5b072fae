"""Training: one at a time, honest when there is nothing to learn from, harmless when it is killed."""

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Movie
from recs import artefacts, serving, tasks
from recs.algorithms import ALGORITHMS, MODELS, Hybrid
from recs.models import Recommendation
from recs.services import picks, popularity, training
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("train", stdout=out)
    return out.getvalue()


@pytest.fixture
def lock_elsewhere():
    """Somebody else's training, on a connection of their own."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [training.LOCK])
        yield


def test_the_command_says_each_step_and_ends_with_what_it_learned_from():
    stage.two_circles()
    lines = run().splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["popularity", "reading", *ALGORITHMS, *training.BESIDE, "picks"]
    version = artefacts.load("collaborative").version
    assert lines[-1] == f"trained {version}: 24 people, 16 films, 168 ratings"


def test_after_a_training_everybody_has_picks():
    stage.two_circles()
    run()
    assert Recommendation.objects.values("user").distinct().count() == 2 * stage.PEOPLE


def test_with_hardly_a_rating_the_command_fails_in_one_line(viewer):
    factories.rating(viewer, factories.movie(), 5)
    with pytest.raises(CommandError, match=r"^Nothing to learn from yet: 1 films liked, at least 5 are needed\.$"):
        run()


def test_popularity_is_computed_even_when_there_is_nothing_to_learn_from(viewer):
    film = factories.movie(popularity_score=0)
    factories.rating(viewer, film, 4.5)
    with pytest.raises(CommandError):
        run()
    film.refresh_from_db()
    assert (film.our_rating, film.our_rating_count) == (9.0, 1)
    assert film.popularity_score > 0


def test_a_second_training_leaves_with_a_message(transactional_db, lock_elsewhere):
    stage.two_circles()
    assert run() == "Another training is running; nothing was done.\n"
    assert artefacts.load("collaborative") is None


def test_the_lock_is_free_again_after_a_failure(monkeypatch):
    stage.two_circles()
    with monkeypatch.context() as patch:
        patch.setattr(training.dataset, "load", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            training.train()
    assert training.train().people == 2 * stage.PEOPLE


def test_a_training_that_dies_leaves_the_old_models_and_picks(monkeypatch):
    stage.trained()
    before = artefacts.load("collaborative").version
    rows = Recommendation.objects.count()
    monkeypatch.setattr(artefacts, "_write", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        training.train()
    artefacts.forget()
    assert artefacts.load("collaborative").version == before
    assert Recommendation.objects.count() == rows


@pytest.mark.parametrize("where", ["hybrid", "alike", "ratings"])
def test_a_training_killed_between_two_models_leaves_each_old_or_new_and_all_of_them_serving(monkeypatch, where):
    stage.trained()
    before = {name: artefacts.load(name).version for name in MODELS}
    rows = set(Recommendation.objects.values_list("user_id", "movie_id", "model_version"))
    whole = artefacts.save

    def killed(scorer, **more):
        if scorer.name == where:
            raise KeyboardInterrupt
        return whole(scorer, **more)

    monkeypatch.setattr(artefacts, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        training.train()
    artefacts.forget()
    after = {name: artefacts.load(name).version for name in MODELS}
    assert after[where] == before[where]
    assert after["collaborative"] != before["collaborative"]
    assert set(Recommendation.objects.values_list("user_id", "movie_id", "model_version")) == rows
    assert serving.picks({}, n=3)


def test_a_training_killed_while_picks_are_made_has_them_made_by_the_next(monkeypatch):
    stage.trained()
    with monkeypatch.context() as patch:
        patch.setattr(picks, "refresh_all", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            training.train()
    newest = artefacts.load("hybrid").version
    assert newest not in set(Recommendation.objects.values_list("model_version", flat=True))
    training.train()
    assert newest < Recommendation.objects.filter(algorithm="hybrid").first().model_version


def test_the_blend_is_made_of_the_parts_that_were_just_fitted(monkeypatch):
    stage.two_circles()
    given = {}
    whole = Hybrid.fit

    def note(self, data, **more):
        given.update(more["fitted"])
        return whole(self, data, **more)

    monkeypatch.setattr(Hybrid, "fit", note)
    training.train()
    assert {"collaborative", "matrix_factorization"} <= given.keys()


def test_the_task_is_quiet_when_there_is_nothing_to_learn_from():
    tasks.train_models()
    assert artefacts.load("collaborative") is None


def test_the_nightly_task_trains():
    stage.two_circles()
    tasks.train_every_night()
    assert artefacts.load("collaborative")


def test_the_numbers_of_a_film_come_from_its_viewers(viewer, stranger):
    film = factories.movie()
    factories.rating(viewer, film, 5)
    factories.rating(stranger, film, 2)
    factories.mark(viewer, film, "like")
    factories.mark(viewer, film, "favorite")
    popularity.refresh()
    film.refresh_from_db()
    assert (film.our_rating, film.our_rating_count, film.like_count) == (7.0, 2, 1)


def test_a_film_whose_ratings_went_has_none(viewer):
    film = factories.movie(our_rating=8, our_rating_count=3, like_count=2)
    popularity.refresh()
    film.refresh_from_db()
    assert (film.our_rating, film.our_rating_count, film.like_count) == (None, 0, 0)


def test_popularity_neither_touches_updated_at_nor_writes_what_did_not_change():
    film = factories.movie()
    assert popularity.refresh() == 1
    assert popularity.refresh() == 0
    assert Movie.objects.get(pk=film.pk).updated_at == film.updated_at


def test_more_votes_and_more_viewers_make_a_film_more_popular(viewer):
    few, many, watched = (factories.movie(tmdb_vote_count=votes) for votes in (10, 1000, 10))
    factories.mark(viewer, watched, "view")
    popularity.refresh()
    score = dict(Movie.objects.values_list("pk", "popularity_score"))
    assert score[many.pk] > score[watched.pk] > score[few.pk]
    assert all(0 <= value <= 100 for value in score.values())
