"""One number says what a person did with a film; of several acts the strongest explicit one stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recs import feedback
from recs.models import Interaction

KINDS = [kind for kind in Interaction.Type.values if kind != "rating"]
STARS = [half / 2 for half in range(1, 11)]
acts = st.one_of(
    st.tuples(st.integers(1, 5), st.just("rating"), st.sampled_from(STARS), st.none()),
    st.tuples(st.integers(1, 5), st.sampled_from(KINDS), st.none(), st.sampled_from([None, {}, {"from": "group"}])),
)


def weight(kind, rating=None, metadata=None):
    return feedback.weights([(1, kind, rating, metadata)]).get(1, 0.0)


def test_more_stars_never_weigh_less():
    weights = [weight("rating", stars) for stars in STARS]
    assert weights == sorted(weights)
    assert len(set(weights)) == len(weights)


@pytest.mark.parametrize(
    ("kind", "rating", "metadata", "expected"),
    [
        ("rating", 5.0, None, 1.0),
        ("rating", 3.0, None, 0.1),
        ("rating", 0.5, None, -0.5),
        ("favorite", None, None, 1.0),
        ("like", None, None, 0.8),
        ("watchlist", None, None, 0.25),
        ("dislike", None, None, -0.5),
        ("not_interested", None, None, -0.6),
        ("click", None, {"from": "group"}, 0.3),
        ("click", None, None, 0.0),
    ],
)
def test_each_act_has_its_weight(kind, rating, metadata, expected):
    assert weight(kind, rating, metadata) == pytest.approx(expected)


def test_every_kind_of_act_is_known():
    for kind in Interaction.Type.values:
        assert feedback.code(kind, 4.0 if kind == "rating" else None, None) > 0


def test_a_rating_stands_against_a_watchlist_hint():
    rows = [(7, "watchlist", None, None), (7, "rating", 3.0, None)]
    assert feedback.weights(rows) == {7: pytest.approx(0.1)}


def test_the_stronger_of_two_statements_stands():
    rows = [(7, "rating", 3.0, None), (7, "not_interested", None, None)]
    assert feedback.weights(rows) == {7: pytest.approx(-0.6)}


def test_an_ordinary_click_leaves_no_trace():
    assert feedback.weights([(7, "click", None, {})]) == {}


def test_a_clicked_film_may_still_be_suggested_and_a_judged_one_may_not():
    rows = [(1, "click", None, {"from": "group"}), (2, "rating", 4.0, None), (3, "watchlist", None, None)]
    assert feedback.settled(rows) == {2, 3}


@given(st.lists(acts, max_size=20))
def test_the_order_of_the_acts_does_not_matter(rows):
    assert feedback.weights(rows) == feedback.weights(rows[::-1])


@given(st.lists(acts, max_size=20))
def test_weights_stay_between_minus_one_and_one_and_are_never_zero(rows):
    assert all(-1 <= value <= 1 and value for value in feedback.weights(rows).values())
