"""What people of the same age, country or language like; nothing shows through of groups of a few."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recs.algorithms.demographic import FEWEST_PEOPLE, STRENGTHS, Demographic, strength
from recs.algorithms.popular import Popular
from tests.recs import tastes

PEOPLE, FILMS = 200, 12


def two_countries(seed: int = 2, likeness: float = 0.0):
    """Half the people are of each country and like its half of the films far more; a third group is too small."""
    random = np.random.default_rng(seed)
    home = np.arange(PEOPLE) % 2
    of_home = home[:, None] == (np.arange(FILMS) % 2)[None, :]
    liked = random.random((PEOPLE, FILMS)) < np.where(of_home, 0.6, 0.1 + 0.5 * likeness)
    groups = np.column_stack([home == 0, home == 1, np.arange(PEOPLE) < FEWEST_PEOPLE - 1]).astype(float)
    names = np.array(["country:north", "country:south", "age:65+"])
    return replace(tastes.dataset(liked.astype(float)), groups=csr_matrix(groups), group_names=names)


def test_a_country_gets_its_own_films():
    scorer = Demographic().fit(two_countries(), seed=1)
    north, south = scorer.scores_for(["country:north"]), scorer.scores_for(["country:south"])
    assert north[::2].min() > north[1::2].max()
    assert south[1::2].min() > south[::2].max()


def test_people_without_known_groups_get_what_everybody_likes():
    data = two_countries()
    scorer = Demographic().fit(data, seed=1)
    for names in ([], ["age:65+"], ["country:nowhere"]):
        assert scorer.scores_for(names) == pytest.approx(Popular().fit(data, seed=1).baseline)


def test_groups_under_twenty_people_are_nowhere_in_the_model():
    assert "age:65+" not in Demographic().fit(two_countries(), seed=1).arrays()["group_names"]


@settings(max_examples=30, deadline=None)
@given(person=st.integers(0, PEOPLE - 1))
def test_who_is_in_a_group_of_nineteen_changes_nothing(person):
    data = two_countries()
    groups = data.groups.toarray()
    groups[person, 2] = 0 if groups[person, 2] or groups[:, 2].sum() >= FEWEST_PEOPLE - 1 else 1
    changed = replace(data, groups=csr_matrix(groups))
    before, after = (Demographic().fit(one, seed=1).arrays() for one in (data, changed))
    assert {key: array.tobytes() for key, array in before.items()} == {
        key: array.tobytes() for key, array in after.items()
    }


def test_the_twentieth_person_makes_a_group():
    data = two_countries()
    groups = data.groups.toarray()
    groups[FEWEST_PEOPLE - 1, 2] = 1
    scorer = Demographic().fit(replace(data, groups=csr_matrix(groups)), seed=1)
    assert "age:65+" in scorer.group_names


def test_the_more_alike_the_groups_the_stronger_the_pull():
    def pull(likeness: float) -> float:
        data = two_countries(likeness=likeness)
        likes, groups = data.positives.toarray(), data.groups.toarray()[:, :2]
        return strength(groups.T @ likes, groups.sum(axis=0), likes.mean(axis=0))

    assert pull(0.0) < pull(0.6) < pull(1.0) <= STRENGTHS[1]


def test_a_rate_is_never_pulled_past_everybodys():
    data = two_countries()
    scorer = Demographic().fit(data, seed=1)
    everybody = data.positives.toarray().mean(axis=0)
    own = data.positives.toarray()[data.groups.toarray()[:, 0] > 0].mean(axis=0)
    pulled = everybody * np.exp(scorer.lifts[scorer.group_names.tolist().index("country:north")])
    assert (pulled <= np.maximum(own, everybody) + 1e-6).all()
    assert (pulled >= np.minimum(own, everybody) - 1e-6).all()


def test_a_group_told_twice_counts_once():
    scorer = Demographic().fit(two_countries(), seed=1)
    assert (scorer.scores_for(["country:north"] * 2) == scorer.scores_for(["country:north"])).all()


def test_films_that_nobody_liked_are_finite_for_every_group():
    data = two_countries()
    table = data.feedback.toarray()
    table[:, 3] = 0
    scorer = Demographic().fit(replace(data, feedback=csr_matrix(table)), seed=1)
    assert np.isfinite(scorer.scores_for(["country:north", "country:south"])).all()
