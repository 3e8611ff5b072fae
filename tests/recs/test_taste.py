"""A person's settings, read from columns that may hold anything, and what they let through."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from recs import taste
from recs.films import UNKNOWN, Catalogue
from recs.taste import NONE, Adjustments, Taste

pytestmark = pytest.mark.django_db


def person(**columns) -> User:
    return User(**columns)


def test_somebody_who_set_nothing_has_the_neutral_taste():
    assert taste.of(person()) == Taste() == Taste("hybrid", 0.5, 0.5, "", "")


def test_what_was_set_is_read():
    user = person(
        algorithm_preference="content_based",
        novelty_preference=0.8,
        diversity_preference=0.1,
        preferred_decade="1990s",
        content_rating_preference="PG-13",
    )
    assert taste.of(user) == Taste("content_based", 0.8, 0.1, "1990s", "PG-13")


@given(st.text(max_size=50), st.text(max_size=10), st.text(max_size=10), st.floats())
def test_any_old_value_counts_as_not_set(engine, decade, certificate, share):
    found = taste.of(
        person(
            algorithm_preference=engine,
            preferred_decade=decade,
            content_rating_preference=certificate,
            novelty_preference=share,
        )
    )
    assert found.algorithm in taste.CHOICES
    assert 0 <= found.novelty <= 1
    assert found.certificate in ("", *taste.CERTIFICATES)
    assert found.decade == "" or found.decade[3:] == "0s"


@pytest.mark.parametrize(
    ("said", "meant"), [("1990", "1990s"), ("1990s", "1990s"), ("1994", ""), ("90s", ""), (None, "")]
)
def test_a_decade_is_written_with_or_without_its_s(said, meant):
    assert taste.decade(said) == meant


def test_the_engine_that_goes_by_who_people_are_needs_their_permission():
    asked = {"algorithm_preference": "demographic"}
    assert taste.of(person(**asked, allow_demographic_targeting=True)).algorithm == "demographic"
    assert taste.of(person(**asked, allow_demographic_targeting=False)).algorithm == "hybrid"
    assert "demographic" not in taste.choices(person(allow_demographic_targeting=False))


def test_dropped_films_leave_the_history_and_halved_ones_count_half():
    changed = Adjustments(films={1: 0.0, 2: 0.5}).applied({1: 1.0, 2: 0.8, 3: -0.5})
    assert changed == {2: 0.4, 3: -0.5}
    assert NONE.applied({1: 1.0}) == {1: 1.0}


def catalogue(**columns) -> Catalogue:
    count = len(next(iter(columns.values())))
    side = {name: np.zeros(count) for name in ("popularity", "rating", "votes", "year", "certificate")}
    return Catalogue(movie_ids=np.arange(count), read_at=0.0, **{**side, **columns})


def test_a_decade_lets_its_ten_years_through():
    films = catalogue(year=np.array([1989, 1990, 1999, 2000, 0]))
    assert films.fitting(Taste(decade="1990s")).tolist() == [False, True, True, False, False]


def test_a_certificate_lets_the_milder_ones_through_and_nothing_unrated():
    films = catalogue(certificate=np.array([0, 1, 2, 3, UNKNOWN]))
    assert films.fitting(Taste(certificate="PG")).tolist() == [True, True, False, False, False]


def test_familiarity_is_a_percentile_that_equal_films_share():
    assert catalogue(popularity=np.array([5.0, 1.0, 5.0, 9.0, 0.0])).familiarity.tolist() == [
        0.625,
        0.25,
        0.625,
        1.0,
        0.0,
    ]
