"""Drawing arms: published vectors, and what must hold for any seed and any people."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from insights.statistics import srm
from recs.experiments import bucketing
from tests.needs import SHARED

FOLDER = SHARED / "experiment-cases"
PEOPLE, PARTS = {"hashAttribute", "namespace", "filters"}, {"variations", "weights", "coverage", "ranges"}
OURS = {"key", "seed", "hashVersion"} | PEOPLE | PARTS


def vectors(name, file="hash_growthbook.json"):
    path = FOLDER / file
    return json.loads(path.read_text())[name] if path.exists() else []


@pytest.mark.parametrize(("seed", "unit", "version", "expected"), vectors("hash"))
def test_the_hash_agrees_with_the_vector(seed, unit, version, expected):
    if expected is None:
        with pytest.raises(ValueError, match="not known"):
            bucketing.bucket(seed, unit, version=version)
    else:
        assert bucketing.bucket(seed, unit, version=version) == expected


@pytest.mark.parametrize(("name", "asked", "expected"), vectors("getBucketRange"))
def test_the_ranges_agree_with_the_vector(name, asked, expected):
    found = bucketing.ranges(asked[0], coverage=asked[1], weights=asked[2])
    assert [list(part) for part in found] == [pytest.approx(part) for part in expected]


@pytest.mark.parametrize(("name", "place", "parts", "expected"), vectors("chooseVariation"))
def test_the_chosen_arm_agrees_with_the_vector(name, place, parts, expected):
    assert bucketing.choose(place, parts) == expected


@pytest.mark.parametrize(("name", "unit", "namespace", "expected"), vectors("inNamespace"))
def test_the_namespace_agrees_with_the_vector(name, unit, namespace, expected):
    assert bucketing.in_namespace(unit, namespace[0], tuple(namespace[1:])) is expected


@pytest.mark.parametrize(("arms", "expected"), vectors("getEqualWeights"))
def test_equal_weights_agree_with_the_vector(arms, expected):
    assert bucketing.equal_weights(arms) == pytest.approx(expected, abs=1e-8)


def drawn(case, attributes):
    """The arm by our functions alone; conditions, forcing and features are a vendor's, and not part of ours."""
    unit = attributes.get(case.get("hashAttribute", "id"), "")
    seed = case.get("seed", case["key"])
    for one in case.get("filters", []):
        place = bucketing.bucket(one["seed"], attributes[one.get("attribute", "id")], version=one.get("hashVersion", 2))
        if bucketing.choose(place, one["ranges"]) < 0:
            return -1
    if "filters" not in case and "namespace" in case:
        name, *part = case["namespace"]
        if not bucketing.in_namespace(unit, name, tuple(part)):
            return -1
    parts = case.get("ranges") or bucketing.ranges(
        len(case["variations"]), coverage=case.get("coverage", 1), weights=case.get("weights")
    )
    return bucketing.choose(bucketing.bucket(seed, unit, version=case.get("hashVersion", 1)), parts) if unit else -1


RUNS = [one for one in vectors("run") if set(one[1]) == {"attributes"} and set(one[2]) <= OURS]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run[0])
def test_who_takes_part_and_in_which_arm_agrees_with_the_vector(run):
    _name, context, case, value, taken, _hashed = run
    arm = drawn(case, context["attributes"])
    allowed = len(case["variations"]) > 1
    assert (arm >= 0 and allowed) is taken
    if taken:
        assert case["variations"][arm] == value


@pytest.mark.parametrize("case", vectors("normalized", "hash_unleash.json"))
def test_murmur_buckets_agree_with_the_vector(case):
    assert bucketing.murmur_bucket(case["id"], case["group"]) == case["expected"]


def test_another_alphabet_is_refused_instead_of_hashed_in_one_of_three_ways():
    with pytest.raises(UnicodeEncodeError):
        bucketing.bucket("seed", "Zoë")


def test_a_person_has_one_place_however_often_they_are_asked_about():
    assert len({bucketing.bucket("9f3a6c1b20d4e587", "42") for _ in range(10_000)}) == 1


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_hundred_thousand_people_split_as_promised(share):
    parts = bucketing.ranges(2, weights=[share, 1 - share])
    arms = Counter(bucketing.choose(bucketing.bucket("9f3a6c1b20d4e587", str(n)), parts) for n in range(100_000))
    assert srm.p_value([arms[0], arms[1]], [share, 1 - share]) > srm.ALARM


def test_two_experiments_with_like_seeds_are_independent():
    table = Counter(
        (bucketing.bucket("exp-1", str(n)) < 0.5, bucketing.bucket("exp-2", str(n)) < 0.5) for n in range(40_000)
    )
    both = [[table[first, second] for second in (False, True)] for first in (False, True)]
    assert chi2_contingency(both).pvalue > 0.001


@given(st.text("0123456789abcdef", min_size=16, max_size=16), st.integers(1, 10**9), st.floats(0.1, 0.9))
def test_everybody_falls_into_exactly_one_arm(seed, person, share):
    place = bucketing.bucket(seed, str(person))
    first, second = bucketing.ranges(2, weights=[share, 1 - share])
    assert bucketing.within(place, first) != bucketing.within(place, (second[0], 1.0))


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_letting_more_people_in_moves_nobody(person, one, other):
    fewer, more = sorted([one, other])
    place = bucketing.bucket("a1b2c3d4e5f60718", str(person))
    before = bucketing.choose(place, bucketing.ranges(2, coverage=fewer))
    assert before in (-1, bucketing.choose(place, bucketing.ranges(2, coverage=more)))
