"""How a list is put together from models, without a database."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs.algorithms import ALGORITHMS, ItemItemScorer, PopularScorer
from recs.films import Catalogue
from recs.shelf import Model, Person, Shelf, best
from recs.taste import Adjustments, Taste
from tests.recs import tastes

IDS = np.array([101, 103, 105, 107])


def model(scorer, version="v1"):
    return Model(scorer, version, np.ones(len(scorer.movie_ids), dtype=bool))


def shelf(weights, popularity) -> Shelf:
    """Film 101 speaks for the others as `weights` say."""
    table = np.zeros((4, 4), dtype=np.float32)
    table[0] = weights
    scorers = ItemItemScorer(IDS, csr_matrix(table)), PopularScorer(IDS, np.array(popularity, dtype=float))
    return Shelf({scorer.name: model(scorer) for scorer in scorers})


@given(st.lists(st.integers(-3, 5), max_size=30), st.integers(0, 35))
def test_the_best_are_those_of_a_plain_sort(scores, n):
    expected = sorted((place for place, score in enumerate(scores) if score > 0), key=lambda place: -scores[place])
    assert best(np.array(scores, dtype=float), n).tolist() == expected[:n]


@pytest.mark.parametrize("worthless", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_never_among_the_best(worthless):
    assert best(np.array([1.0, worthless, 2.0]), 3).tolist() == [2, 0]


def test_for_a_newcomer_popularity_decides_between_near_equals():
    found = shelf([0, 0.50, 0.48, 0], [0, 0, 1, 0]).picks(Person({101: 1.0}), n=2, exclude=[101])
    assert [pick.movie_id for pick in found] == [105, 103]


def test_popularity_lifts_no_film_that_the_model_has_no_word_for():
    found = shelf([0, 0.5, 0, -0.2], [0, 0.1, 1, 1]).picks(Person({101: 1.0}), n=1, exclude=[101])
    assert [pick.movie_id for pick in found] == [103]


def test_a_pick_that_owes_most_to_popularity_is_called_popular():
    found = shelf([0, 0.50, 0.02, 0], [0, 0, 1, 0]).picks(Person({101: 1.0}), n=2, exclude=[101])
    assert {pick.movie_id: pick.reason["kind"] for pick in found} == {103: "because", 105: "popular"}


def test_what_a_disliked_film_adds_is_left_unsaid():
    table = np.zeros((4, 4), dtype=np.float32)
    table[0, 3], table[1, 3] = 0.5, -0.9
    made = Shelf({"collaborative": model(ItemItemScorer(IDS, csr_matrix(table)))})
    (pick,) = made.picks(Person({101: 1.0, 103: -0.6}), n=1, exclude=[101, 103])
    assert [film["id"] for film in pick.reason["films"]] == [101]
    assert pick.reason["films"][0]["share"] < 0.5


def test_places_left_empty_are_filled_by_the_next_model():
    found = shelf([0, 0.5, 0, 0], [0.1, 0, 0.9, 0.8]).picks(Person({101: 1.0}), n=3, exclude=[101])
    assert [(pick.movie_id, pick.algorithm) for pick in found] == [
        (103, "collaborative"),
        (105, "popular"),
        (107, "popular"),
    ]


def test_films_that_may_not_be_shown_are_passed_over():
    models = dict(shelf([0, 0.5, 0.4, 0], [1, 1, 1, 1]).models)
    shown = np.array([True, False, True, True])
    models = {name: Model(one.scorer, one.version, shown) for name, one in models.items()}
    assert 103 not in [pick.movie_id for pick in Shelf(models).picks(Person({101: 1.0}), n=4)]


def test_models_of_different_trainings_work_together():
    """One process may see the new popular model before the new collaborative one, with other films in it."""
    made = dict(shelf([0, 0.5, 0.4, 0], [0, 0, 0, 0]).models)
    made["popular"] = model(PopularScorer(np.array([105, 999]), np.array([1.0, 0.5])), "v2")
    found = Shelf(made).picks(Person({101: 1.0}), n=3, exclude=[101])
    assert [(pick.movie_id, pick.model_version) for pick in found] == [(105, "v1"), (103, "v1"), (999, "v2")]


def test_a_single_named_genre_is_the_reason():
    scorer = ALGORITHMS["genre_based"].fit(tastes.checkerboard(), seed=1)
    found = Shelf({"genre_based": model(scorer)}).picks(Person({}, genres=[31]), n=20)
    assert [pick.reason for pick in found] == [{"kind": "genre", "genres": [31]}] * 4


def test_the_rank_of_a_film_is_its_place_in_the_whole_list():
    made, person = shelf([0, 0.5, 0.4, -0.2], [0.1, 0.1, 0.1, 1]), Person({101: 1.0})
    listed = [pick.movie_id for pick in made.picks(person, n=4, exclude=[101])]
    assert [made.rank_of(film, person, exclude=[101]) for film in listed] == [1, 2, 3]
    assert made.rank_of(101, person, exclude=[101]) is None


def test_the_working_is_that_of_the_engine_that_picked_the_film():
    made, person = shelf([0, 0.5, 0.4, -0.2], [0.1, 0.1, 0.1, 1]), Person({101: 1.0})
    for pick in made.picks(person, n=4, exclude=[101]):
        working = made.working(pick.movie_id, person)
        assert (working.algorithm, round(working.score, 9)) == (pick.algorithm, round(pick.score, 9))


def test_what_popularity_lifts_is_in_the_working():
    working = shelf([0, 0.5, 0.02, 0], [0, 0, 1, 0]).working(105, Person({101: 1.0}))
    assert working.films.tolist() == [101]
    assert working.terms.films.ravel().tolist() == pytest.approx([0.02])
    assert working.terms.popularity.tolist() == pytest.approx([0.5])


def test_an_engine_that_nobody_offers_is_replaced_by_the_next_in_the_chain():
    found = shelf([0, 0.5, 0.4, 0], [0, 0, 0, 0]).picks(Person({101: 1.0}, taste=Taste("tarot")), n=2, exclude=[101])
    assert {pick.algorithm for pick in found} == {"collaborative"}


def test_popularity_that_is_not_to_be_used_lifts_nothing():
    person = Person({101: 1.0}, adjustments=Adjustments(popularity=0.0))
    found = shelf([0, 0.50, 0.48, 0], [0, 0, 1, 0]).picks(person, n=2, exclude=[101])
    assert [(pick.movie_id, pick.score) for pick in found] == [(103, 0.5), (105, pytest.approx(0.48))]


def test_the_genres_that_are_not_to_be_used_do_not_speak_through_content():
    data = tastes.checkerboard()
    content = model(ALGORITHMS["content_based"].fit(data, seed=1))
    made = Shelf({"content_based": content, "popular": model(ALGORITHMS["popular"].fit(data, seed=1))})
    person = Person({101: 1.0}, taste=Taste("content_based"))
    assert {pick.algorithm for pick in made.picks(person, n=2, exclude=[101])} == {"content_based"}
    muted = replace(person, adjustments=Adjustments(features={"genre:31": 0.0}))
    assert {pick.algorithm for pick in made.picks(muted, n=2, exclude=[101])} == {"popular"}


def test_a_decade_fills_the_list_with_what_passes_and_nothing_else():
    made = shelf([0, 0.5, 0.4, 0.3], [1, 1, 1, 1])
    nothing = np.zeros(4)
    films = Catalogue(IDS, nothing, nothing, nothing, np.array([1990, 1985, 1993, 1999]), nothing, 0.0)
    found = Shelf(made.models, films).picks(Person({101: 1.0}, taste=Taste(decade="1990s")), n=4, exclude=[101])
    assert [pick.movie_id for pick in found] == [105, 107]


def test_the_same_history_is_scored_once():
    one = shelf([0, 0.5, 0.4, 0.3], [0, 0, 0, 0])
    person = Person({101: 1.0}, times={101: 20_000.0})
    one.picks(person, n=2)
    one.picks(person, n=3, exclude=[103])
    assert len(one.models["collaborative"].remembered) == 1
