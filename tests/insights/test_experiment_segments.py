"""The goal in parts of the people: who is in which part, what is shown of it, and that it decides nothing."""

import numpy as np
import pytest

from insights import experiment_reports as reports
from insights.experiments import analysis, segments
from insights.services import snapshots
from insights.statistics import multiplicity
from tests.insights import made_sums, trials
from tests.insights.trials import DAY, HOUR, START

END = START + 28 * DAY


def of_goal(**columns):
    made = made_sums.arm(40, impressions=10, **columns)
    return {name: made[name] for name in made if set(name.split("*")) <= {"n", *analysis_parts()}}


def analysis_parts():
    return ("clicks", "impressions", "clicks_before", "impressions_before")


def parts(**of):
    """Parts of forty people an arm, by the clicks of arm B."""
    random = np.random.default_rng(1)
    return {
        name: {"a": of_goal(clicks=random.poisson(2, 40)), "b": of_goal(clicks=random.poisson(mean, 40))}
        for name, mean in of.items()
    }


def analysed(**by):
    sums = made_sums.sums(made_sums.readers(700, 0.1, seed=1), made_sums.readers(700, 0.1, seed=2))
    return analysis.analyse({**sums, "segments": by})


def test_each_part_is_compared_as_the_goal_is():
    found = analysed(language=parts(en=3, fr=2))["segments"]
    alone = analysis.compared("ctr", made_sums.DESIGN, parts(en=3, fr=2)["en"])
    assert [(one["by"], one["of"]) for one in found] == [("language", "en"), ("language", "fr")]
    assert (found[0]["effect"], found[0]["p"]) == (alone["effect"], alone["p"])


def test_p_values_are_corrected_over_all_parts_together():
    found = analysed(language=parts(en=5, fr=4), joined=parts(new=3, old=4))["segments"]
    assert [one["p_adjusted"] for one in found] == pytest.approx(multiplicity.holm([one["p"] for one in found]))


def test_parts_decide_nothing():
    without, found = analysed(), analysed(language=parts(en=9, fr=9), joined=parts(new=9))
    assert min(one["p_adjusted"] for one in found["segments"]) < 0.001
    assert (found["verdict"], found["goal"]) == (without["verdict"], without["goal"])


def test_parts_of_few_people_are_left_out_and_small_languages_taken_together():
    small = {"n": segments.FEWEST // 2, **{name: 1.0 for name in ("clicks", "impressions")}}
    few = {arm: {**of_goal(), **small} for arm in "ab"}
    found = segments._large("language", {"en": parts(en=2)["en"], "fr": few, "de": few})
    assert list(found) == ["en", segments.OTHERS]
    assert found[segments.OTHERS]["a"]["n"] == segments.FEWEST
    assert segments._large("joined", {"new": few, "old": few}) == {}


def test_snapshots_from_before_there_were_parts_are_read_as_ever():
    sums = made_sums.sums(made_sums.readers(700, 0.1, seed=1), made_sums.readers(700, 0.1, seed=2))
    assert analysis.analyse(sums)["segments"] == []


@pytest.fixture
def trial(db):
    return trials.experiment()


def measured(trial):
    return snapshots.measure(trial, at=END)["segments"]


def people_of(found, by):
    return {of: int(arms["a"]["n"]) for of, arms in found[by].items()}


def test_people_are_told_apart_by_what_was_so_before(trial):
    trials.people(trial, "a", 2, date_joined=START - DAY, preferred_language="fr")
    trials.people(trial, "a", 3, date_joined=START - 29 * DAY, preferred_language="en")
    found = measured(trial)
    assert people_of(found, "language") == {"fr": 2, "en": 3}
    assert people_of(found, "joined") == {"new": 2, "old": 3}


def test_thirds_go_by_what_people_did_in_the_28_days_before(trial):
    for number, user in enumerate(trials.people(trial, "a", 6)):
        for hour in range(number):
            trials.log(user, "movie_view", at=START - DAY + hour * HOUR)
        trials.log(user, "movie_view", at=START + (9 - number) * HOUR)
    assert people_of(measured(trial), "activity") == {"least": 2, "middle": 2, "most": 2}


def test_who_keeps_their_language_to_themselves_counts_in_the_whole_only(trial):
    trials.people(trial, "a", 2, preferred_language="fr", allow_demographic_targeting=False)
    trials.people(trial, "a", 1, preferred_language="fr")
    assert people_of(measured(trial), "language") == {"fr": 1}
    assert snapshots.measure(trial, at=END)["arms"]["a"]["n"] == 3


def test_who_does_not_consent_is_in_no_part(trial):
    trials.people(trial, "a", 2, data_usage_consent=False)
    assert measured(trial) == {"language": {}, "joined": {}, "activity": {}}


def test_the_parts_of_a_kind_add_up_to_the_arm(trial):
    for variant in "ab":
        for number, user in enumerate(trials.people(trial, variant, 4)):
            trials.visit(trial, user, variant, films=5, clicks=number % 3)
    sums = snapshots.measure(trial, at=END)
    for arms in sums["segments"].values():
        assert sum(part["b"]["clicks*clicks"] for part in arms.values()) == sums["arms"]["b"]["clicks*clicks"]


def test_mixed_lists_have_no_parts(trial):
    trial.kind = "interleaving"
    assert measured(trial) == {}


def test_the_page_says_that_they_are_exploratory(trial, client, admin):
    for variant in "ab":
        for number, user in enumerate(trials.people(trial, variant, 25, preferred_language="de")):
            trials.visit(trial, user, variant, clicks=1 + number % 3)
    snapshots.take(trial, at=END)
    client.force_login(admin)
    html = client.get(f"/insights/experiments/{trial.pk}/").content.decode()
    assert "Exploratory" in html
    assert "Deutsch" in html or "German" in html
    found = reports.report(trial, snapshots.latest(trial)).parts
    assert [part.by for part in found] == ["Language", "How long here", "How active before"]
