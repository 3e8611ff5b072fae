"""Who is drawn into an experiment, into which arm, and what makes that stand or end."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from insights.statistics import srm
from recs.models import Assignment, Experiment, ExperimentOptOut
from recs.services import defaults, enrolment, tastes
from recs.taste import Taste
from tests import factories
from tests.recs import trials

pytestmark = pytest.mark.django_db


def test_nobody_is_asked_about_while_nothing_runs(django_assert_num_queries):
    user = trials.person()
    enrolment.arm_for(user)
    with django_assert_num_queries(0):
        assert enrolment.arm_for(user) is None


def test_a_person_keeps_their_arm():
    trial, user = trials.experiment(), trials.person()
    arms = {enrolment.arm_for(user).variant for _ in range(50)}
    assert len(arms) == 1
    assert Assignment.objects.filter(experiment=trial, user=user).count() == 1


def test_a_drawn_arm_costs_one_query(django_assert_num_queries):
    trials.experiment()
    user = trials.person()
    enrolment.arm_for(user)
    with django_assert_num_queries(1):
        enrolment.arm_for(user)


def test_the_arm_names_its_algorithm():
    trial = trials.experiment()
    for variant, algorithm in [("a", "hybrid"), ("b", "popular")]:
        user = trials.person()
        trials.drawn(trial, user, variant)
        assert enrolment.arm_for(user).algorithm == algorithm


@pytest.mark.parametrize("split", [0.1, 0.5, 0.9])
def test_the_split_is_the_share_of_the_control(split):
    trial = trials.experiment(traffic_split=split)
    people = User.objects.bulk_create(
        User(username=f"p{n}", email=f"p{n}@example.org", data_usage_consent=True) for n in range(400)
    )
    variants = [enrolment.arm_for(user).variant for user in people]
    assert Assignment.objects.filter(experiment=trial, variant="a").count() == variants.count("a")
    assert srm.p_value([variants.count("a"), variants.count("b")], [split, 1 - split]) > 0.001


def test_a_changed_split_moves_nobody():
    trial, people = trials.experiment(traffic_split=0.5), [trials.person() for _ in range(40)]
    before = [enrolment.arm_for(user).variant for user in people]
    trial.traffic_split = 0.9
    trial.save()
    assert [enrolment.arm_for(user).variant for user in people] == before


def test_a_new_phase_draws_anew_and_keeps_the_old_rows():
    trial, people = trials.experiment(), [trials.person() for _ in range(40)]
    before = [enrolment.arm_for(user).variant for user in people]
    trial.phase, trial.seed = 2, "f" * 16
    trial.save()
    assert [enrolment.arm_for(user).variant for user in people] != before
    assert Assignment.objects.filter(experiment=trial).count() == 80


@pytest.mark.parametrize(
    "fields",
    [
        {"is_staff": True},
        {"is_superuser": True},
        {"is_simulated": True},
        {"is_active": False},
        {"data_usage_consent": False},
        {"algorithm_preference": "content_based"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_who_is_not_to_be_counted_is_not_drawn(fields):
    trials.experiment()
    assert enrolment.arm_for(trials.person(**fields)) is None
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("agent", ["", "Googlebot/2.1", "python-requests/2.32"])
def test_programs_are_not_drawn(agent):
    trials.experiment()
    assert enrolment.arm_for(trials.person(), agent=agent) is None
    assert not Assignment.objects.exists()


def test_an_algorithm_that_nobody_offers_any_more_is_no_choice():
    trials.experiment()
    assert enrolment.arm_for(trials.person(algorithm_preference="astrology"))


def test_whoever_takes_what_everybody_has_chose_nothing():
    trials.experiment()
    user = trials.person()
    tastes.save(user=user, taste=Taste(novelty=0.9))
    assert enrolment.arm_for(user)


def test_a_reset_leaves_the_choice_to_us_whatever_everybody_has():
    defaults.choose(algorithm="content_based", actor=None)
    user = trials.person(algorithm_preference="trending")
    trials.browser(user).post("/me/taste/", {"reset": "1"})
    user.refresh_from_db()
    assert user.algorithm_preference is None


def test_whoever_chooses_an_algorithm_is_served_that_one_from_then_on():
    trial, user = trials.experiment(), trials.person()
    trials.drawn(trial, user, "b")
    tastes.save(user=user, taste=Taste(algorithm="trending"))
    assert enrolment.arm_for(user) is None


def test_leaving_counts_at_once_and_coming_back_leads_to_the_same_arm():
    trials.experiment()
    user = trials.person()
    before = enrolment.arm_for(user)
    enrolment.leave(user=user)
    assert enrolment.arm_for(user) is None
    enrolment.leave(user=user)
    assert ExperimentOptOut.objects.count() == 1
    enrolment.rejoin(user=user)
    assert enrolment.arm_for(user) == before


def test_whoever_leaves_may_be_taken_out_of_the_figures():
    running, over, user = trials.experiment(), trials.experiment(status="concluded"), trials.person()
    for trial in (running, over):
        trials.drawn(trial, user, "a")
    enrolment.leave(user=user, forget=True)
    assert list(Assignment.objects.values_list("experiment", flat=True)) == [over.pk]


@pytest.mark.parametrize("status", ["draft", "stopped", "concluded", "shipped"])
def test_what_does_not_run_has_no_arms(status):
    trial, user = trials.experiment(status=status), trials.person()
    trials.drawn(trial, user, "b")
    assert enrolment.arm_for(user) is None


def test_a_stop_counts_at_the_next_question():
    trial, user = trials.experiment(), trials.person()
    assert enrolment.arm_for(user)
    trial.status = "stopped"
    trial.save()
    assert enrolment.arm_for(user) is None


def test_an_experiment_that_was_stopped_elsewhere_lets_nobody_in():
    trial = trials.experiment()
    enrolment.running()  # this process remembers it
    Experiment.objects.filter(pk=trial.pk).update(status="stopped")
    assert enrolment.arm_for(trials.person()) is None
    assert not Assignment.objects.exists()


def test_nobody_is_let_in_before_the_start_or_after_the_end_but_who_is_in_stays():
    now, day = timezone.now(), timedelta(days=1)
    later = trials.experiment(start_date=now + day)
    assert enrolment.arm_for(trials.person()) is None
    later.delete()
    ended, inside = trials.experiment(start_date=now - 2 * day, end_date=now - day), trials.person()
    trials.drawn(ended, inside, "b")
    assert enrolment.arm_for(trials.person()) is None
    assert enrolment.arm_for(inside).variant == "b"


def test_a_person_is_in_one_experiment_only():
    first, second = trials.experiment(), trials.experiment()
    people = [trials.person() for _ in range(20)]
    trials.drawn(second, people[0], "a")
    found = [enrolment.arm_for(user).experiment_id for user in people]
    assert found == [second.pk] + [first.pk] * 19
    assert Assignment.objects.count() == 20


def test_disjoint_parts_of_the_line_share_nobody_and_leave_nobody_out():
    halves = [trials.experiment(namespace_end=0.5), trials.experiment(namespace_start=0.5)]
    found = {enrolment.arm_for(trials.person()).experiment_id for _ in range(40)}
    assert found == {half.pk for half in halves}


def test_without_a_seed_nobody_is_drawn():
    trials.experiment(seed="")
    assert enrolment.arm_for(trials.person()) is None


def test_somebody_who_was_deleted_meanwhile_is_not_drawn():
    trials.experiment()
    user = trials.person()
    User.objects.filter(pk=user.pk).delete()
    assert enrolment.arm_for(user) is None


def test_an_account_that_was_closed_takes_its_rows_along():
    trials.experiment()
    user = trials.person()
    enrolment.arm_for(user)
    user.delete()
    assert not Assignment.objects.exists()


def test_whoever_comes_back_with_a_new_account_is_a_new_person():
    trials.experiment()
    user = trials.person(email="again@example.org")
    enrolment.expose(user=user, arm=enrolment.arm_for(user))
    user.delete()
    again = trials.person(email="again@example.org")
    enrolment.arm_for(again)
    assert list(Assignment.objects.values_list("user", "first_exposed_at")) == [(again.pk, None)]


def test_the_first_exposure_stands():
    trials.experiment()
    user = trials.person()
    arm, first = enrolment.arm_for(user), timezone.now() - timedelta(hours=3)
    assert enrolment.expose(user=user, arm=arm, now=first)
    assert enrolment.expose(user=user, arm=arm)
    assert Assignment.objects.get().first_exposed_at == first
    assert enrolment.arm_for(user).exposed


def test_nobody_is_exposed_to_what_was_stopped_in_between():
    trial, user = trials.experiment(), trials.person()
    arm = enrolment.arm_for(user)
    Experiment.objects.filter(pk=trial.pk).update(is_active=False)
    assert not enrolment.expose(user=user, arm=arm)
    assert Assignment.objects.get().first_exposed_at is None


def test_a_preview_leaves_no_trace():
    trial = trials.experiment()
    arm = enrolment.preview(experiment=trial, variant="b")
    assert (arm.algorithm, enrolment.expose(user=trials.person(), arm=arm)) == ("popular", False)
    assert not Assignment.objects.exists()


def test_the_arms_of_many_are_read_at_once_and_nobody_is_drawn(django_assert_num_queries):
    trial, people = trials.experiment(), [trials.person() for _ in range(5)]
    trials.drawn(trial, people[0], "b")
    trials.drawn(trial, people[1], "a")
    enrolment.running()
    with django_assert_num_queries(1):
        assert enrolment.algorithms_for(people) == {people[0].pk: "popular", people[1].pk: "hybrid"}
    assert Assignment.objects.count() == 2


def test_interleaving_leaves_the_stored_picks_alone():
    trial, user = trials.experiment(kind="interleaving"), trials.person()
    trials.drawn(trial, user, "b")
    arm = enrolment.arm_for(user)
    assert (arm.mixes, arm.algorithm, arm.rival) == (True, "hybrid", "popular")
    assert enrolment.algorithms_for([user]) == {}


def test_what_is_shipped_is_everybodys_at_once():
    trial = trials.experiment(status="concluded", winner_algorithm="trending")
    assert defaults.algorithm() == "hybrid"
    assert defaults.ship(experiment=trial, actor=factories.user(is_staff=True)) == "hybrid"
    assert defaults.algorithm() == "trending"


def test_without_a_winner_there_is_nothing_to_ship():
    with pytest.raises(ValueError, match="no winner"):
        defaults.ship(experiment=trials.experiment(status="concluded"), actor=factories.user())


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_first_row_stands_for_both():
    trials.experiment()
    user, found, start = trials.person(), [], threading.Barrier(6)

    def ask() -> None:
        start.wait()
        found.append(enrolment.arm_for(user))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(threads)
    assert len(set(found)) == 1
    assert found[0] is not None
    assert Assignment.objects.count() == 1
