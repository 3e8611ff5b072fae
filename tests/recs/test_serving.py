"""Lists of films: true reasons, nothing excluded, nothing twice, an answer in every state of the site."""

import datetime

import pytest
from django.core.cache import caches
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalog.models import Movie
from recs import artefacts, serving, stock
from recs.models import Interaction
from recs.serving import Person
from recs.taste import Taste
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db
LEARNED = ("hybrid", "collaborative", "matrix_factorization", "content_based")


@pytest.fixture
def circles():
    return stage.trained()


def ids(picks):
    return [pick.movie_id for pick in picks]


@pytest.mark.parametrize("engine", LEARNED)
def test_picks_come_from_the_circle_of_the_films_that_were_liked(circles, engine):
    westerns, romances = circles
    liked = {film.pk: 1.0 for film in westerns[:4]}
    found = serving.picks(liked, n=3, exclude=liked, taste=Taste(engine))
    assert set(ids(found)) <= {film.pk for film in westerns}
    assert {pick.algorithm for pick in found} == {engine}


def test_the_reason_of_a_pick_names_the_persons_own_films(circles):
    westerns, romances = circles
    history = {westerns[0].pk: 1.0, romances[0].pk: -0.5}
    (first, *_) = serving.picks(history, n=3, exclude=history)
    named = [film["id"] for film in first.reason["films"]] if first.reason["kind"] == "because" else [westerns[0].pk]
    assert named == [westerns[0].pk]


def test_ranks_count_from_one_and_scores_fall(circles):
    found = serving.picks({circles[0][0].pk: 1.0}, n=5)
    assert [pick.rank for pick in found] == [1, 2, 3, 4, 5]
    assert [pick.score for pick in found] == sorted((pick.score for pick in found), reverse=True)


def test_a_newcomer_gets_the_favourites_of_the_genres_they_named(circles):
    western = circles[0][0].genres.get()
    found = serving.picks({}, n=3, genres=[western.pk])
    assert {pick.algorithm for pick in found} == {"genre_based"}
    assert all(pick.reason == {"kind": "genre", "genres": [western.pk]} for pick in found)


def test_a_visitor_gets_what_is_popular(circles):
    found = serving.picks({}, n=3)
    assert [pick.reason for pick in found] == [{"kind": "popular"}] * 3


def test_dislikes_alone_are_no_reason_to_suggest_anything_else_than_the_popular(circles):
    found = serving.picks({circles[0][0].pk: -0.6}, n=3, exclude={circles[0][0].pk})
    assert {pick.algorithm for pick in found} == {"popular"}


def test_before_the_first_training_popular_films_are_shown_and_called_so():
    films = [factories.movie(popularity_score=score) for score in (1, 9, 5)]
    found = serving.picks({}, n=2)
    assert ids(found) == [films[1].pk, films[2].pk]
    assert {(pick.algorithm, pick.model_version) for pick in found} == {("popular", "")}


def test_an_empty_site_has_empty_lists():
    assert serving.picks({}, n=5) == []
    assert serving.trending(n=5) == []
    assert serving.hidden_gems(Person({}), n=5) == []
    assert serving.similar(1, n=5) == []
    assert serving.because(Person({1: 1.0}), 1, n=5) == []


def test_a_film_deleted_since_the_training_never_comes_out(circles):
    westerns, _ = circles
    serving.picks({westerns[0].pk: 1.0}, n=3)
    gone = westerns[3].pk
    Movie.objects.filter(pk=gone).delete()
    lists = [
        serving.picks({westerns[0].pk: 1.0}, n=20),
        serving.because(Person({westerns[0].pk: 1.0}), westerns[0].pk, n=20),
        serving.similar(westerns[0].pk, n=20),
        serving.trending(n=20),
    ]
    assert all(gone not in ids(found) and found for found in lists)


@pytest.mark.parametrize("change", [{"adult": True}, {"release_date": datetime.date(2999, 1, 1)}])
def test_adult_and_unreleased_films_are_not_suggested(circles, change):
    hidden = circles[0][3].pk
    Movie.objects.filter(pk=hidden).update(**change)
    caches["local"].clear()
    assert hidden not in ids(serving.picks({circles[0][0].pk: 1.0}, n=20))


def test_a_row_because_of_a_film_names_that_film_only(circles):
    westerns, _ = circles
    seed = westerns[2].pk
    found = serving.because(Person({film.pk: 1.0 for film in westerns[:3]}), seed, n=4, exclude={westerns[0].pk})
    assert found
    assert seed not in ids(found)
    assert all([film["id"] for film in pick.reason["films"]] == [seed] for pick in found)


def test_a_film_that_was_disliked_is_no_seed(circles):
    seed = circles[0][0].pk
    assert serving.because(Person({seed: -0.5}), seed, n=4) == []


def test_similar_films_are_those_of_the_same_circle(circles):
    westerns, _ = circles
    assert set(ids(serving.similar(westerns[0].pk, n=5))) <= {film.pk for film in westerns[1:]}


def test_a_film_that_came_after_the_training_has_similar_films(circles):
    new = factories.movie(genres=["Western"])
    assert set(ids(serving.similar(new.pk, n=4))) <= {film.pk for film in circles[0]}


def test_a_visit_after_a_training_does_not_see_the_list_of_before(circles):
    before = serving.similar(circles[0][0].pk, n=3)
    factories.movie(genres=["Western"])
    stage.training.train()
    after = serving.similar(circles[0][0].pk, n=3)
    assert {pick.model_version for pick in before} != {pick.model_version for pick in after}


def test_a_film_that_nobody_judged_is_like_those_of_its_makers():
    director, other = factories.person(), factories.person()
    film, same, far = (factories.movie(genres=[genre]) for genre in ("War", "Music", "History"))
    for movie, who in ((film, director), (same, director), (far, other)):
        factories.credit(movie, who, cast_type="crew", job="Director")
    assert ids(serving.similar(film.pk, n=5)) == [same.pk]


def test_gems_are_little_known_and_well_rated():
    for number in range(10):
        factories.movie(popularity_score=50 + number, tmdb_rating=8, tmdb_vote_count=5000)
    gem = factories.movie(popularity_score=1, tmdb_rating=8.4, tmdb_vote_count=400)
    factories.movie(popularity_score=1, tmdb_rating=4, tmdb_vote_count=400)
    factories.movie(popularity_score=1, tmdb_rating=9, tmdb_vote_count=1)
    found = serving.hidden_gems(Person({}), n=20)
    assert gem.pk in ids(found)
    assert {pick.reason["kind"] for pick in found} == {"gem"}
    assert Movie.objects.filter(pk__in=ids(found), tmdb_rating__lt=6).count() == 0
    assert Movie.objects.filter(pk__in=ids(found), tmdb_vote_count__lt=5).count() == 0


def marks(film, people, days, kind="like"):
    when = timezone.now() - datetime.timedelta(days=days)
    Interaction.objects.bulk_create(
        Interaction(user=user, movie=film, interaction_type=kind, timestamp=when) for user in people
    )


@pytest.fixture
def crowd(db):
    return User.objects.bulk_create(User(username=f"c{n}", email=f"c{n}@example.org") for n in range(9))


def test_trending_prefers_the_recent_to_the_many(crowd):
    old, new = factories.movie(), factories.movie()
    marks(old, crowd, days=25)
    marks(new, crowd[:4], days=1)
    assert ids(serving.trending(n=2)) == [new.pk, old.pk]


def test_one_persons_marks_make_no_trend(crowd):
    film = factories.movie()
    for kind in ("like", "favorite", "view", "watchlist"):
        marks(film, crowd[:1], days=1, kind=kind)
    assert {pick.algorithm for pick in serving.trending(n=1)} == {"popular"}


def test_disliked_films_do_not_trend(crowd):
    marks(factories.movie(), crowd, days=1, kind="dislike")
    assert "trending" not in {pick.algorithm for pick in serving.trending(n=1)}


def test_a_shelf_is_made_once_for_a_page(circles):
    assert stock.shelf() is stock.shelf()


def test_a_new_training_is_served_at_once_by_the_process_that_did_it(circles):
    before = stock.shelf().models["popular"].version
    stage.training.train()
    assert stock.shelf().models["popular"].version != before


def test_a_damaged_model_falls_back_and_says_popular(circles, settings):
    for path in settings.MODELS_DIR.glob("*/*/manifest.json"):
        path.write_text("{")
    artefacts.forget()
    found = serving.picks({}, n=3)
    assert {(pick.algorithm, pick.model_version) for pick in found} == {("popular", "")}


def test_without_the_engine_that_was_asked_the_next_one_serves_and_says_so(circles, settings):
    for path in settings.MODELS_DIR.glob("hybrid/*/weights.npy"):
        path.write_bytes(b"")
    artefacts.forget()
    found = serving.picks({circles[0][0].pk: 1.0}, n=3)
    assert {pick.algorithm for pick in found} == {"collaborative"}


def test_a_person_alone_in_their_group_gets_no_picks_by_it(circles):
    found = serving.picks({circles[0][0].pk: 1.0}, n=3, taste=Taste("demographic"), groups=["country:nowhere"])
    assert "demographic" not in {pick.algorithm for pick in found}


def test_a_large_group_picks_by_its_own_taste(circles):
    fond, others = circles
    User.objects.update(date_of_birth=datetime.date(1950, 1, 1), country="")
    User.objects.filter(interactions__movie__in=fond).update(country="Latvia")
    User.objects.bulk_create(User(username=f"l{n}", email=f"l{n}@example.org", country="Latvia") for n in range(12))
    marks(fond[0], User.objects.filter(username__startswith="l"), days=1)
    stage.training.train()
    found = serving.picks({}, n=4, taste=Taste("demographic"), groups=["country:latvia"])
    assert {pick.algorithm for pick in found} == {"demographic"}
    assert set(ids(found)) <= {film.pk for film in fond}
    assert {pick.reason["kind"] for pick in found} == {"around"}


def test_something_different_lies_outside_the_usual_genres_and_rotates_by_day():
    kinds = ["Western", "Romance", "War", "Music", "Horror"]
    films = [factories.movie(genres=[kinds[place % 5]], popularity_score=place) for place in range(200)]
    crowd = [factories.user() for _ in range(8)]
    Interaction.objects.bulk_create(
        Interaction(user=user, movie=film, interaction_type="rating", rating=4.5)
        for number, user in enumerate(crowd)
        for film in films[number % 2 :: 2]
    )
    stage.training.train()
    usual = {film.pk for film in films[::5]}
    person = Person(dict.fromkeys(sorted(usual)[:12], 1.0))
    days = [ids(serving.different(person, n=5, day=f"2026-03-0{day}", exclude=person.history)) for day in (1, 2, 3)]
    assert all(len(found) == 5 and not usual & set(found) for found in days)
    assert len({tuple(found) for found in days}) > 1
    assert days[0] == ids(serving.different(person, n=5, day="2026-03-01", exclude=person.history))


def test_nothing_is_different_for_somebody_without_a_usual_taste(circles):
    assert serving.different(Person({circles[0][0].pk: 1.0}), n=5, day="1") == []


def test_people_alike_tell_what_they_liked_lately(circles, crowd):
    westerns, _romances = circles
    for film in westerns[:5]:
        marks(film, crowd[:6], days=200)
    new = factories.movie()
    marks(new, crowd[:6], days=1)
    stage.training.train()
    caches["local"].clear()
    found = serving.alike(Person({film.pk: 1.0 for film in westerns[:4]}), n=20)
    assert new.pk in ids(found)
    assert {pick.reason["kind"] for pick in found} == {"alike"}


def test_what_fewer_than_five_people_alike_liked_is_never_told(circles, crowd):
    for film in circles[0][:5]:
        marks(film, crowd[:4], days=2)
    secret = factories.movie()
    marks(secret, crowd[:4], days=1)
    stage.training.train()
    caches["local"].clear()
    assert secret.pk not in ids(serving.alike(Person({film.pk: 1.0 for film in circles[0][:4]}), n=50))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_history_no_excluded_film_comes_and_none_twice(circles, data):
    known = [film.pk for films in circles for film in films]
    history = data.draw(st.dictionaries(st.sampled_from([*known, 10**9]), st.floats(-0.6, 1.0), max_size=8))
    exclude = data.draw(st.sets(st.sampled_from(known)))
    n = data.draw(st.integers(0, 20))
    found = serving.picks(history, n=n, exclude=exclude)
    assert len(found) == min(n, len(known) - len(exclude))
    assert len(set(ids(found))) == len(found)
    assert not exclude & set(ids(found))
    assert all(0 <= pick.score < float("inf") for pick in found)


@pytest.mark.parametrize(("weight", "liked"), [(1.0, True), (0.25, False)])
def test_only_a_film_that_was_liked_is_called_so(circles, weight, liked):
    history = {film.pk: weight for film in circles[0][:5]}
    found = serving.picks(history, n=2, exclude=history)
    assert {pick.reason.get("liked") for pick in found if pick.reason["kind"] == "because"} == {liked}


def test_the_shares_of_a_reason_fall_and_stay_below_the_whole(circles):
    history = {film.pk: 1.0 for film in circles[0][:5]}
    for pick in serving.picks(history, n=3, exclude=history):
        shares = [film["share"] for film in pick.reason["films"]]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1.001
