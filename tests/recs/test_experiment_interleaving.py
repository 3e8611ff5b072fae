"""Mixing two rankings: published vectors, and fairness for any two lists."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recs.experiments import interleaving
from tests.needs import SHARED

PATH = SHARED / "experiment-cases" / "interleaving.json"
CASES = json.loads(PATH.read_text())["cases"] if PATH.exists() else []
DRAWS = 300


def of(*methods):
    return [pytest.param(case, id=case["id"]) for case in CASES if case["method"] in methods]


def lists(make):
    return sorted({tuple(make(random.Random(number))) for number in range(DRAWS)})


def expected(case):
    return sorted(tuple(one) for one in case["expected_set_of_possible_lists"])


@pytest.mark.parametrize("case", of("team-draft", "team-draft multileaving"))
def test_the_possible_lists_agree_with_the_vector(case):
    rankings, n = case["rankings"], case["max_length"]
    assert lists(lambda draw: interleaving.team_draft(rankings, n=n, draw=draw).items) == expected(case)


@pytest.mark.parametrize("case", of("balanced"))
def test_the_possible_balanced_lists_agree_with_the_vector(case):
    n = case["max_length"]
    assert lists(lambda draw: interleaving.balanced(*case["rankings"], n=n, draw=draw)) == expected(case)


@pytest.mark.parametrize("case", of("team-draft credit"))
def test_the_credit_agrees_with_the_vector(case):
    clicked = [case["shown"][place] for place in case["clicked_positions"]]
    score = interleaving.credit([case["teams"]["A"], case["teams"]["B"]], clicked)
    assert {0: "A", 1: "B", None: "tie"}[interleaving.winner(score)] == case["expected"]["winner"]


rankings = st.permutations(list(range(12)))


@given(rankings, rankings, st.integers(0, 12), st.integers(0, 10**6))
def test_a_mixed_list_is_n_different_films_each_with_the_team_that_brought_it(first, second, n, seed):
    found = interleaving.team_draft([first, second], n=n, draw=random.Random(seed))
    assert len(found.items) == len(set(found.items)) == len(found.teams) == n
    assert abs(found.teams.count(0) - found.teams.count(1)) <= 1


@given(rankings, st.integers(0, 10**6))
def test_a_ranking_against_itself_stays_as_it_is(ranking, seed):
    assert interleaving.team_draft([ranking, ranking], n=12, draw=random.Random(seed)).items == list(ranking)


def test_the_same_seed_gives_the_same_list():
    one, other = ([interleaving.team_draft([[1, 2, 3], [3, 4, 5]], n=4, draw=random.Random(7))] for _ in range(2))
    assert one == other


def test_with_the_same_films_on_top_nothing_can_be_told():
    assert interleaving.competitive_share([1, 2, 3], [3, 1, 2], n=3) == 0
    assert interleaving.competitive_share([1, 2], [3, 4], n=2) == 1


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [([1], [1], 0), ([1, 2], [2, 1], 0), ([], [], 0), ([1, 2], [2, 3], 2 / 3), ([], [4], 1)],
)
def test_of_short_lists_only_the_places_that_there_are_count(first, second, share):
    assert interleaving.competitive_share(first, second, n=10) == pytest.approx(share)
