"""The demo's traffic: marked as made up wherever it stands, the same for the same seed, and of no effect on anybody."""

import datetime as dt
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from accounts.services.demo_logins import LocalOnly
from insights.dashboards import picks
from insights.dashboards.spans import Span
from insights.demo import traffic
from insights.models import ActivityLog, ExperimentSnapshot
from insights.services import demo, snapshots
from recs import experiment_checks, trials
from recs.models import Assignment, Experiment, Interaction, Recommendation
from recs.services import enrolment, experiments
from tests import factories

NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC)
START, END = int((NOW - timedelta(days=56)).timestamp()), int(NOW.timestamp())
PEOPLE, FILMS = 60, 45


def crowd(people=PEOPLE):
    order = np.arange(1, 41)
    return traffic.Crowd(
        ids=np.arange(people) + 1_000,
        since=np.full(people, START),
        until=np.full(people, END),
        picks=np.tile(order, (people, 1)),
        popular=order[::-1],
        titles=[("solaris", 1)],
    )


def trial(effect=0.0, **said):
    return traffic.Trial(1, ("popular", "hybrid"), START, END, (0.0, 1.0), effect, **said)


def simulated(seed=1, *, people=PEOPLE, trials=()):
    return traffic.simulate(crowd(people), trials, seed=seed, start=START, end=END)


@pytest.fixture
def town(db, settings, tmp_path):
    """A community with picks, as it stands after `load_demo` and `train`."""
    settings.LOCAL, settings.VAR = True, tmp_path
    films = [factories.movie(popularity_score=number).pk for number in range(FILMS)]
    people = User.objects.bulk_create(
        User(
            username=f"s{number}",
            email=f"s{number}@simulated.invalid",
            is_simulated=True,
            data_usage_consent=True,
            date_joined=NOW - timedelta(days=100),
        )
        for number in range(PEOPLE)
    )
    Interaction.objects.bulk_create(
        Interaction(
            user=user, movie_id=films[0], interaction_type="rating", rating=4, timestamp=NOW - timedelta(days=9)
        )
        for user in people
    )
    Recommendation.objects.bulk_create(
        Recommendation(user=user, movie_id=film, score=1, algorithm="hybrid", rank=rank, model_version="1")
        for user in people
        for rank, film in enumerate(films[:40], 1)
    )


def load():
    return demo.load(now=NOW)


def counts():
    return [model.objects.count() for model in (ActivityLog, Experiment, Assignment, ExperimentSnapshot)]


def test_the_same_seed_makes_the_same_traffic():
    assert simulated(1, trials=[trial()]) == simulated(1, trials=[trial()])


def test_another_seed_makes_other_traffic():
    assert simulated(1).rows != simulated(2).rows


def test_nobody_comes_before_they_joined_or_after_they_left():
    one = crowd()
    late = traffic.Crowd(one.ids, one.since + 10 * traffic.DAY, one.until - 9 * traffic.DAY, one.picks, one.popular, [])
    _, at = traffic.visits(np.random.default_rng(3), late, start=START, end=END)
    assert at.min() >= START + 10 * traffic.DAY
    assert at.max() < END - 9 * traffic.DAY


def test_nothing_happens_in_the_future():
    assert max(at for *_, at in simulated().rows) < END


def test_people_follow_what_b_shows_as_much_more_as_the_simulator_was_told():
    made = simulated(people=600, trials=[trial(0.5)])
    arms = {one.user: one.variant for one in made.exposures}
    rates = {}
    for variant in "ab":
        mine = [row for row in made.rows if arms.get(row[0]) == variant and '"experiment"' in row[4]]
        clicks = sum(row[2] == "recommendation_click" for row in mine)
        rates[variant] = clicks / (len(mine) - clicks)
    assert 1.3 < rates["b"] / rates["a"] < 1.7


def test_everything_in_the_log_is_marked_as_of_simulated_people(town):
    loaded = load()
    assert loaded.rows == ActivityLog.objects.filter(metadata__crowd="simulated", user__is_simulated=True).count()
    assert loaded.rows == ActivityLog.objects.count() > PEOPLE


@pytest.mark.parametrize(
    "action", ["movie_view", "movie_search", "recommendation_impression", "recommendation_click", "rating_submit"]
)
def test_the_log_has_all_that_people_do(town, action):
    load()
    assert ActivityLog.objects.filter(action_type=action).exists()


def test_a_second_load_adds_nothing(town):
    load()
    before = counts()
    assert load() == demo.Loaded(rows=0, snapshots=0)
    assert counts() == before


@pytest.mark.parametrize("looks", [0, 2, 6])
def test_a_load_that_dies_between_snapshots_is_finished_by_the_next(town, monkeypatch, looks):
    take, taken = snapshots.take, []

    def dying(experiment, *, at):
        if len(taken) == looks:
            raise KeyboardInterrupt
        taken.append(take(experiment, at=at))

    monkeypatch.setattr(snapshots, "take", dying)
    with pytest.raises(KeyboardInterrupt):
        load()
    monkeypatch.setattr(snapshots, "take", take)
    assert load().snapshots + looks == 10 == ExperimentSnapshot.objects.count()
    assert Experiment.objects.filter(status="concluded").count() == 1


def test_without_a_community_there_is_no_traffic(db, settings):
    settings.LOCAL = True
    assert (load(), *counts()) == (demo.Loaded(rows=0, snapshots=0), 0, 0, 0, 0)


def test_outside_local_mode_it_refuses(db, settings):
    settings.LOCAL = False
    with pytest.raises(LocalOnly):
        load()
    with pytest.raises(CommandError):
        call_command("load_demo_traffic")


def test_its_experiments_say_that_they_are_simulated(town):
    load()
    for experiment in Experiment.objects.all():
        assert experiment.name.startswith("Simulated:")
        assert "made-up people" in experiment.description
        findings = snapshots.latest(experiment).results["health"]
        assert "simulated" in [finding["code"] for finding in findings]


def test_its_experiments_let_nobody_in(town):
    load()
    enrolment.changed()
    member = factories.user(data_usage_consent=True, onboarding_completed=True)
    assert enrolment.running() == []
    assert enrolment.arm_for(member) is None


def test_members_are_not_told_of_them(town):
    load()
    enrolment.changed()
    assert (trials.running(None), trials.learnt()) == ([], [])


def test_one_of_them_never_becomes_what_people_see(town, admin):
    load()
    running = Experiment.objects.filter(status="running", kind="ab").get()
    experiments.conclude(experiment_id=running.pk, actor=admin, outcome="b", note="to see what happens", by_rule=False)
    with pytest.raises(experiments.Refused, match="made up by the demo"):
        experiments.ship(experiment_id=running.pk, actor=admin)


def test_one_of_them_never_gets_a_phase_with_real_people(town, admin):
    load()
    running = Experiment.objects.filter(status="running", kind="ab").get()
    said = {"algorithm_a": "popular", "algorithm_b": "hybrid", "traffic_split": 0.5}
    with pytest.raises(experiments.Refused, match="made up by the demo"):
        experiments.new_phase(experiment_id=running.pk, phase=1, actor=admin, **said)
    mixed = Experiment.objects.get(kind="interleaving")
    with pytest.raises(experiments.Refused, match="made up by the demo"):
        experiments.promote(experiment_id=mixed.pk, actor=admin, name="Real")


def test_real_experiments_can_run_beside_them(town):
    load()
    real = Experiment(algorithm_a="popular", algorithm_b="hybrid", start_date=NOW, end_date=NOW + timedelta(days=14))
    free = next(check for check in experiment_checks.checklist(real, now=NOW) if "free" in str(check.what))
    assert free.ok


@pytest.mark.parametrize(("asked", "alive"), [(True, True), (False, False)])
def test_dashboards_count_it_only_where_simulated_people_are_asked_for(town, asked, alive):
    load()
    span = Span(NOW.date() - timedelta(days=27), NOW.date(), dt.UTC, simulated=asked)
    assert any(shown for _, shown, _, _ in picks.rates(span)) is alive


def test_pages_of_experiments_show_it(town, client, admin):
    load()
    client.force_login(admin)
    page = client.get("/insights/experiments/").content.decode()
    assert all(made.name in page for made in demo.EXPERIMENTS)
    for experiment in Experiment.objects.all():
        assert "made up by the demo" in client.get(f"/insights/experiments/{experiment.pk}/").content.decode()
