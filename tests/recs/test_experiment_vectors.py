"""Drawing arms against whole specifications of others: Unleash's rollouts and variants, GrowthBook's sticky buckets."""

from itertools import accumulate

import pytest

from recs.experiments import bucketing
from tests.needs import shared
from tests.recs.test_experiment_bucketing import vectors

pytestmark = shared("experiment-cases")
VARIANT_SEED = 86028157
ROLLOUTS = {"gradualRolloutUserId": "percentage", "flexibleRollout": "rollout"}
FILES = dict(vectors("files", "hash_unleash.json"))


def specified(kind):
    """Each question of the specifications with the feature that it is about."""
    return [
        pytest.param(asked, feature, id=asked["description"])
        for file in FILES.values()
        for asked in file.get(kind, [])
        for feature in file["state"]["features"]
        if feature["name"] == asked["toggleName"]
    ]


def unit_of(context, stickiness="default"):
    if stickiness == "default":
        return context.get("userId") or context.get("sessionId")
    return context.get(stickiness) or context.get("properties", {}).get(stickiness)


def let_in(strategy, context):
    """Whether the strategy's part of a hundred buckets holds this person; without anybody to draw, only the whole."""
    if strategy["name"] not in ROLLOUTS:
        return True
    said = strategy["parameters"]
    stickiness = said.get("stickiness", "userId")
    unit, share = unit_of(context, stickiness), int(said[ROLLOUTS[strategy["name"]]])
    if not unit:
        return stickiness == "default" and share == 100
    return bucketing.murmur_bucket(unit, said["groupId"]) <= share


@pytest.mark.parametrize(("asked", "feature"), specified("tests"))
def test_who_is_let_in_agrees_with_the_specification(asked, feature):
    found = any(let_in(strategy, asked["context"]) for strategy in feature["strategies"])
    assert found is asked["expectedResult"]


def forced(feature, context):
    names = [one for variant in feature["variants"] for one in variant.get("overrides", [])]
    return any(context.get(one["contextName"]) in one["values"] for one in names)


@pytest.mark.parametrize(("asked", "feature"), specified("variantTests"))
def test_the_variant_agrees_with_the_specification(asked, feature):
    variants, context, expected = feature["variants"], asked["context"], asked["expectedResult"]
    open_to = all(let_in(strategy, context) for strategy in feature["strategies"])
    if not (feature["enabled"] and variants and open_to):
        assert not expected["enabled"]
    elif forced(feature, context):  # by name: nobody is drawn
        assert expected["enabled"]
    else:
        unit = unit_of(context, variants[0].get("stickiness", "default"))
        ends = list(accumulate(variant["weight"] for variant in variants))
        place = bucketing.murmur_bucket(unit, feature["name"], buckets=ends[-1], seed=VARIANT_SEED)
        assert variants[next(n for n, end in enumerate(ends) if place <= end)]["name"] == expected["name"]


STUCK = [one for one in vectors("stickyBucket") if one[4]]


@pytest.mark.parametrize("case", STUCK, ids=lambda case: case[0])
def test_a_bucket_that_may_stick_agrees_with_the_vector(case):
    """What was drawn before stands (tests/recs/test_enrolment.py); what is drawn now must be the same as theirs."""
    _name, context, _docs, key, expected, _kept = case
    rule = context["features"][key]["rules"][0]
    place = bucketing.bucket(rule.get("seed", key), expected["hashValue"], version=rule.get("hashVersion", 1))
    assert place == expected["bucket"]
    if not expected["stickyBucketUsed"]:
        parts = bucketing.ranges(len(rule["variations"]), coverage=rule.get("coverage", 1), weights=rule.get("weights"))
        assert bucketing.choose(place, parts) == expected["variationId"]
