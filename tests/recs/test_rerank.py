"""The sliders: neutral in the middle, monotone in what they promise, and never a film lost or doubled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs import rerank
from recs.algorithms import ALGORITHMS
from recs.films import Catalogue
from recs.shelf import Model, Person, Shelf
from recs.taste import Taste
from tests.recs import tastes

PLACES = [round(place, 1) for place in np.linspace(0, 1, 11)]
scores = st.lists(st.floats(0, 10), min_size=1, max_size=25).map(lambda told: np.array(sorted(told, reverse=True)))


def likeness(count: int, seed: int) -> np.ndarray:
    made_of = np.random.default_rng(seed).random((count, 3)) + 0.01
    made_of /= np.linalg.norm(made_of, axis=1, keepdims=True)
    return made_of @ made_of.T


@given(scores, st.floats(0, 1), st.integers(0, 99))
def test_every_film_keeps_a_place_and_the_best_one_the_first(values, diversity, seed):
    order = rerank.spread_out(values, likeness(len(values), seed), diversity)
    assert sorted(order) == list(range(len(values)))
    assert order[0] == 0


@given(scores, st.integers(0, 99))
def test_in_the_middle_nothing_moves(values, seed):
    assert rerank.spread_out(values, likeness(len(values), seed), 0.5).tolist() == list(range(len(values)))
    familiar = np.random.default_rng(seed).random(len(values))
    assert rerank.shifted(values, familiar, 0.5) is values


@given(scores, st.floats(0, 1), st.integers(0, 99))
def test_of_two_equal_films_novelty_prefers_the_one_it_should(values, novelty, seed):
    familiar = np.random.default_rng(seed).random(len(values))
    moved = rerank.shifted(np.append(values, values), np.append(familiar, familiar + 0.1), novelty)
    known, less_known = moved[len(values) :], moved[: len(values)]
    assert (less_known >= known).all() if novelty > 0.5 else (known >= less_known).all()


@given(scores, st.floats(0, 1))
def test_films_that_are_all_the_same_keep_their_order(values, diversity):
    same = np.ones((len(values), len(values)))
    order = rerank.spread_out(values, same, diversity)
    assert (np.diff(values[order]) <= 0).all()


@settings(max_examples=25)
@given(st.integers(0, 200))
def test_ordering_by_hand_gives_the_same(seed):
    random = np.random.default_rng(seed)
    values, alike = np.sort(random.random(8))[::-1], likeness(8, seed)
    weight = 2 * (0.9 - 0.5) * rerank.MOST_WEIGHT
    worth = (1 - weight) * (values - values.min()) / (values.max() - values.min())
    scale = max((alike[row].sum() - alike[row, row]) / 7 for row in range(8))
    chosen = [0]
    while len(chosen) < 8:
        left = [film for film in range(8) if film not in chosen]
        chosen.append(max(left, key=lambda film: worth[film] - weight * alike[film, chosen].mean() / scale))
    assert rerank.spread_out(values, alike, 0.9).tolist() == chosen


@pytest.fixture(scope="module")
def town():
    """Four hundred people with hidden leanings, and films whose genres tell something of them."""
    data = tastes.low_rank(people=400, films=300, leanings=6)
    random = np.random.default_rng(3)
    kinds = random.integers(0, 8, 300)
    genres = np.zeros((300, 8))
    genres[np.arange(300), kinds] = 1
    genres[np.arange(300), random.integers(0, 8, 300)] += 0.5
    data = tastes.dataset(data.feedback.toarray(), genres=csr_matrix(genres), genre_ids=np.arange(8))
    likes = np.asarray(data.feedback.sum(axis=0)).ravel()
    everything = np.ones(300, dtype=bool)
    names = ("collaborative", "content_based", "popular")
    models = {name: Model(ALGORITHMS[name].fit(data, seed=1), "v", everything) for name in names}
    nothing = np.zeros(300)
    films = Catalogue(data.movie_ids, likes, nothing, nothing, nothing.astype(int), nothing.astype(int), 0.0)
    return data, Shelf(models, films)


def lists(town, taste: Taste) -> list[list[int]]:
    data, shelf = town
    found = []
    for row in range(60):
        history = dict(zip(data.movie_ids[data.feedback[row].indices].tolist(), data.feedback[row].data, strict=True))
        picks = shelf.picks(Person(history, taste=taste), n=20, exclude=history)
        found.append([pick.movie_id for pick in picks])
    return found


def popularity(town, taste: Taste) -> float:
    films = town[1].films
    place = dict(zip(films.movie_ids.tolist(), films.familiarity.tolist(), strict=True))
    return float(np.mean([place[film] for told in lists(town, taste) for film in told]))


def distance(town, taste: Taste) -> float:
    """The mean distance of the films within a list, by what they are made of."""
    content = town[1].models["content_based"]
    found = []
    for told in lists(town, taste):
        alike = content.scorer.similarity(np.array([content.column(film) for film in told]))
        found.append(1 - alike[~np.eye(len(told), dtype=bool)].mean())
    return float(np.mean(found))


def test_the_top_twenty_are_less_known_with_every_step_of_the_novelty_slider(town):
    measured = [popularity(town, Taste("collaborative", novelty=place)) for place in PLACES]
    assert (np.diff(measured) < 0).all()
    assert measured[0] - measured[-1] > 0.2


def test_the_top_twenty_are_further_apart_with_every_step_of_the_diversity_slider(town):
    measured = [distance(town, Taste("collaborative", diversity=place)) for place in PLACES]
    assert (np.diff(measured) > 0).all()
    assert measured[-1] - measured[0] > 0.1


def test_both_sliders_work_at_once(town):
    far = Taste("collaborative", novelty=0.9, diversity=0.9)
    near = Taste("collaborative", novelty=0.1, diversity=0.1)
    assert popularity(town, far) < popularity(town, near)
    assert distance(town, far) > distance(town, near)


def test_without_content_genres_tell_how_alike_films_are(town):
    data, shelf = town
    genres = Model(ALGORITHMS["genre_based"].fit(data, seed=1), "v", np.ones(300, dtype=bool))
    models = {name: model for name, model in shelf.models.items() if name != "content_based"}
    bare = Shelf({**models, "genre_based": genres}, shelf.films)
    told = [lists((data, bare), Taste("collaborative", diversity=place)) for place in (0.0, 1.0)]
    kinds = [
        np.mean([len(set(genres.scorer.genres[genres.column(film)].indices) & {0, 1}) for film in one])
        for one in told[0]
    ]
    assert told[0] != told[1]
    assert kinds
