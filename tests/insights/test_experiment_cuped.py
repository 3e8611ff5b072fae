"""What the same people did before, taken out of ratios: narrower where it tells something, and never another truth."""

import numpy as np
import pytest

from insights.experiments import analysis
from insights.services import snapshots
from tests.insights import made_sums, trials
from tests.insights.made_sums import sums
from tests.insights.trials import DAY, START

END = START + 28 * DAY


def people(count, *, lift, random, same=1.0):
    """Taste differs from person to person; `same` is how much of it was there before as well."""
    taste = random.beta(2, 14, count)
    earlier = same * taste + (1 - same) * random.beta(2, 14, count)
    shown, before = random.integers(20, 120, count), random.integers(20, 120, count)
    return made_sums.arm(
        count,
        clicks=random.binomial(shown, np.minimum(taste * (1 + lift), 1)),
        impressions=shown,
        clicks_before=random.binomial(before, earlier),
        impressions_before=before,
    )


def goal(seed, *, lift=0.0, same=1.0, count=600, **design):
    random = np.random.default_rng(seed)
    arms = people(count, lift=0, random=random, same=same), people(count, lift=lift, random=random, same=same)
    return analysis.analyse(sums(*arms, final=True, **design))["goal"]


def test_the_variance_falls_with_what_the_time_before_tells():
    explained = [goal(1, same=same)["explained"] for same in (0.0, 0.5, 1.0)]
    assert explained[0] == pytest.approx(0, abs=0.02)
    assert explained[0] < explained[1] < explained[2]
    assert explained[2] > 0.4


def test_the_estimate_without_it_is_kept_beside_it():
    found = goal(1, lift=0.1)
    assert found["plain"]["high"] - found["plain"]["low"] > found["high"] - found["low"]
    assert found["plain"]["effect"] == pytest.approx(found["means"][1] / found["means"][0] - 1)


def test_the_estimate_is_unbiased_and_varies_as_little_as_it_says():
    found = [goal(seed, lift=0.1) for seed in range(200)]
    effects = np.array([one["effect"] for one in found])
    assert effects.mean() == pytest.approx(0.1, abs=4 * effects.std() / np.sqrt(len(effects)))
    assert effects.std() < 0.85 * np.std([one["plain"]["effect"] for one in found])
    covered = np.mean([one["low"] <= 0.1 <= one["high"] for one in found])
    assert 0.9 <= covered <= 0.99


def test_where_there_is_no_difference_none_is_found_more_often_than_promised():
    assert sum(goal(seed, count=300)["p"] < 0.05 for seed in range(200)) <= 20


def test_without_a_time_before_in_both_arms_it_is_the_plain_estimate():
    random = np.random.default_rng(3)
    a, b = people(600, lift=0, random=random), made_sums.readers(600, 0.1, seed=4)
    found = analysis.analyse(sums(a, b, final=True))["goal"]
    assert (found["theta"], found["explained"]) == (0, 0)
    assert (found["effect"], found["p"]) == (found["plain"]["effect"], found["plain"]["p"])


@pytest.fixture
def trial(db):
    return trials.experiment()


def test_what_was_shown_and_clicked_in_the_28_days_before_is_summed(trial):
    user = trials.person(trial, "a")
    for days, films, clicks in ((29, 9, 3), (27, 4, 2), (1, 6, 1)):
        trials.visit(trial, user, "a", films=films, clicks=clicks, at=START - days * DAY, experiment=None, phase=None)
    trials.visit(trial, user, "a", films=5, clicks=1)
    arm = snapshots.measure(trial, at=END)["arms"]["a"]
    assert (arm["clicks_before"], arm["impressions_before"], arm["clicks"], arm["impressions"]) == (3, 10, 1, 5)
    assert (arm["clicks*clicks_before"], arm["impressions*clicks_before"]) == (3, 15)


def test_mean_ratings_stay_as_they_are(trial):
    user, films = trials.person(trial, "b"), trials.catalogue(1)
    trials.log(user, "rating_submit", at=START - DAY, movie_id=films[0], metadata={"rating": 4.5})
    assert "stars_before" not in snapshots.measure(trial, at=END)["arms"]["b"]


def test_the_page_shows_both(trial, client, admin):
    random = np.random.default_rng(5)
    for variant in "ab":
        for user in trials.people(trial, variant, 30):
            taste = int(random.integers(0, 6))
            trials.visit(trial, user, variant, clicks=taste, at=START - DAY, experiment=None)
            trials.visit(trial, user, variant, clicks=taste + int(random.integers(0, 2)))
    snapshots.take(trial, at=END)
    client.force_login(admin)
    html = client.get(f"/insights/experiments/{trial.pk}/").content.decode()
    assert "not adjusted:" in html
    assert "CUPED" in html
