"""Films like a film: by what they are made of, by who likes them, and by both."""

import numpy as np
import pytest

from recs import artefacts, dataset, serving, stock
from recs.algorithms import ALGORITHMS
from recs.shelf import CONTENT, GENRES, NEIGHBOURS
from recs.similar import likeness
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db


def alike(movie) -> dict[int, float]:
    """Every film's likeness to this one, by id."""
    shelf = stock.shelf()
    return dict(zip(shelf.models[GENRES].movie_ids.tolist(), likeness(shelf, movie.pk).tolist(), strict=True))


def learn_what_films_are_made_of() -> None:
    for name in (CONTENT, GENRES, "popular"):
        artefacts.save(ALGORITHMS[name].fit(dataset.films(), seed=1), counts={})
    artefacts.forget()


def thrillers(count: int = 12) -> list:
    return [factories.movie(genres=["Thriller"], year=1990 + number) for number in range(count)]


def with_makers(films: list, name: str) -> None:
    maker = factories.person(name)
    for film in films:
        factories.credit(film, maker, cast_type="crew", job="Director")


@pytest.mark.parametrize("learned", [True, False])
def test_of_films_that_nobody_judged_those_by_the_same_hand_come_first(learned):
    films = thrillers()
    factories.movie(genres=["Romance"], year=1925)
    with_makers([films[0], films[7]], "Ana Example")
    if learned:
        learn_what_films_are_made_of()
    assert serving.similar(films[0].pk, n=3)[0].movie_id == films[7].pk


def test_before_any_training_shared_genres_and_makers_speak():
    films = thrillers(4)
    other = factories.movie(genres=["Romance"], year=1925)
    assert CONTENT not in stock.shelf().models
    found = [pick.movie_id for pick in serving.similar(films[0].pk, n=9)]
    assert other.pk not in found
    assert len(found) == 3


def test_of_films_equally_alike_the_better_known_is_nearer():
    films = [factories.movie(genres=["Thriller"], popularity_score=score) for score in (1.0, 2.0, 9.0)]
    factories.movie(genres=["Romance"], year=1925)
    learn_what_films_are_made_of()
    assert [pick.movie_id for pick in serving.similar(films[0].pk, n=2)] == [films[2].pk, films[1].pk]


def test_what_likers_share_counts_beside_what_films_are_made_of():
    westerns, _ = stage.two_circles()
    stranger = factories.movie(genres=["Western"])
    stage.training.train()
    near = alike(westerns[0])
    assert near[westerns[1].pk] > near[stranger.pk]


def test_content_speaks_where_likers_are_silent():
    westerns, romances = stage.trained()
    shelf = stock.shelf()
    quiet = {name: model for name, model in shelf.models.items() if name != NEIGHBOURS}
    found = likeness(type(shelf)(quiet, shelf.films), westerns[0].pk)
    ids = shelf.models[GENRES].movie_ids
    of_kind = {name: found[np.isin(ids, [film.pk for film in films])] for name, films in
               (("western", westerns), ("romance", romances))}  # fmt: skip
    assert of_kind["western"].min() > of_kind["romance"].max()


def test_a_film_is_not_like_itself_and_left_out_films_stay_out():
    films = thrillers(5)
    learn_what_films_are_made_of()
    found = [pick.movie_id for pick in serving.similar(films[0].pk, n=9, exclude=[films[1].pk])]
    assert set(found) == {film.pk for film in films[2:]}
