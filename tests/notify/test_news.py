"""What the inbox tells by itself: once, to whom it concerns, and never twice however often it is asked."""

import datetime

import pytest

from notify import kinds
from notify.models import Channel, InboxNotification
from notify.services import news, preferences
from recs.models import Assignment, Experiment, ExperimentEvent, HistoryImport, Recommendation
from recs.services import experiments, history
from recs.signals import everybodys_picks_made
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 5, 8)


def pick(user, films) -> None:
    Recommendation.objects.filter(user=user).delete()
    rows = [
        Recommendation(user=user, movie=film, score=1, algorithm="hybrid", rank=rank)
        for rank, film in enumerate(films, start=1)
    ]
    Recommendation.objects.bulk_create(rows)


def line(user, kind: str) -> InboxNotification:
    return user.inbox.get(kind=kind)


@pytest.fixture
def films():
    return [factories.movie() for _ in range(30)]


def test_new_picks_are_told_and_the_same_are_not_told_again(viewer, films):
    pick(viewer, films[:10])
    assert news.new_picks(day=TODAY) == 1
    assert line(viewer, kinds.PICKS).action_data["films"] == [film.pk for film in films[:10]]
    assert news.new_picks(day=TODAY + datetime.timedelta(days=1)) == 0


@pytest.mark.parametrize(("others", "told"), [(4, 0), (5, 1)])
def test_picks_that_changed_little_are_not_worth_a_line(viewer, films, others, told):
    pick(viewer, films[:10])
    news.new_picks(day=TODAY)
    pick(viewer, [*films[: 10 - others], *films[20 : 20 + others]])
    assert news.new_picks(day=TODAY + datetime.timedelta(days=1)) == told


def test_an_unread_line_gives_way_and_a_read_one_stays(viewer, films):
    for day in range(3):
        pick(viewer, films[10 * day : 10 * day + 10])
        news.new_picks(day=TODAY + datetime.timedelta(days=day))
        if day == 0:
            viewer.inbox.update(is_read=True)
    assert list(viewer.inbox.order_by("pk").values_list("is_read", "key")) == [
        (True, "picks:2026-05-08"),
        (False, "picks:2026-05-10"),
    ]


def test_a_read_line_is_the_only_one_of_its_day(viewer, films):
    pick(viewer, films[:10])
    news.new_picks(day=TODAY)
    viewer.inbox.update(is_read=True)
    pick(viewer, films[10:20])
    assert news.new_picks(day=TODAY) == 0
    assert viewer.inbox.count() == 1


def test_a_training_tells_of_its_picks(viewer, films):
    pick(viewer, films[:10])
    everybodys_picks_made.send(sender=None)
    assert line(viewer, kinds.PICKS)


@pytest.mark.parametrize("why", ["inactive", "simulated", "unwanted"])
def test_nobody_is_told_who_should_not_be(viewer, films, why):
    if why == "unwanted":
        preferences.choose(user=viewer, kind=kinds.PICKS, channel=Channel.IN_APP, enabled=False)
    else:
        setattr(viewer, "is_active" if why == "inactive" else "is_simulated", why == "simulated")
        viewer.save()
    pick(viewer, films[:10])
    assert news.new_picks(day=TODAY) == 0


def wish(user, release: datetime.date, marked: datetime.date, **fields):
    film = factories.movie(release_date=release, **fields)
    at = datetime.datetime.combine(marked, datetime.time(12), datetime.UTC)
    factories.mark(user, film, "watchlist", timestamp=at)
    return film


def days(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


def test_a_film_that_came_out_is_told_to_whoever_waited_for_it(viewer, stranger):
    film = wish(viewer, TODAY, days(-30))
    assert news.releases(today=TODAY) == 1
    told = line(viewer, kinds.WATCHLIST_RELEASE)
    assert (told.action_data, told.action_url) == ({"films": [film.pk]}, film.get_absolute_url())
    assert not stranger.inbox.exists()
    assert news.releases(today=days(1)) == 0


@pytest.mark.parametrize(
    ("release", "marked", "told"),
    [(-7, -30, 1), (-8, -30, 0), (1, -30, 0), (-1, 0, 0), (0, 0, 0), (0, -1, 1)],
    ids=["slept through", "too old", "tomorrow", "marked when it was out", "marked that day", "marked the day before"],
)
def test_what_comes_out_is_told_for_a_week_and_what_was_out_is_not(viewer, release, marked, told):
    wish(viewer, days(release), days(marked))
    assert news.releases(today=TODAY) == told


def test_films_of_one_day_are_one_line_of_the_page_that_leads_to_the_watchlist(member, viewer):
    for _ in range(3):
        wish(viewer, TODAY, days(-3))
    news.releases(today=TODAY)
    html = member.get("/inbox/").content.decode()
    assert "3 films on your watchlist are out" in html


def test_an_import_tells_its_owner_once(viewer, django_capture_on_commit_callbacks):
    run = HistoryImport.objects.create(
        user=viewer, status=HistoryImport.Status.RUNNING, filename="x", digest="x", format="csv", counts={"films": 7}
    )
    with django_capture_on_commit_callbacks(execute=True):
        history.carry_on(run.pk)
    history.carry_on(run.pk)
    told = line(viewer, kinds.FINISHED)
    assert (told.action_data, told.action_url) == ({"count": 7}, f"/me/import/{run.pk}/")


@pytest.fixture
def experiment(admin) -> Experiment:
    now = datetime.datetime.now(datetime.UTC)
    return Experiment.objects.create(
        name="Hybrid or not",
        algorithm_a="popular",
        algorithm_b="hybrid",
        start_date=now - datetime.timedelta(days=20),
        end_date=now + datetime.timedelta(days=1),
        target_metric="ctr",
        status=Experiment.Status.RUNNING,
        created_by=admin,
    )


def take_part(user, experiment, *, saw: bool = True) -> None:
    seen = datetime.datetime.now(datetime.UTC) if saw else None
    Assignment.objects.create(experiment=experiment, user=user, variant="a", bucket=1, first_exposed_at=seen)


def conclude(experiment, admin) -> None:
    experiments.conclude(experiment_id=experiment.pk, actor=admin, outcome="none", by_rule=True)


def test_whoever_saw_an_experiment_hears_of_its_end(
    viewer, stranger, admin, experiment, django_capture_on_commit_callbacks
):
    take_part(viewer, experiment)
    take_part(stranger, experiment, saw=False)
    with django_capture_on_commit_callbacks(execute=True):
        conclude(experiment, admin)
    assert line(viewer, kinds.EXPERIMENT_ENDED).action_data == {"name": "Hybrid or not"}
    assert not stranger.inbox.exists()


def test_an_end_that_no_task_told_of_is_found_and_told_once(viewer, admin, experiment):
    take_part(viewer, experiment)
    conclude(experiment, admin)
    assert not viewer.inbox.exists()
    news.experiments_ended()
    news.experiments_ended()
    assert viewer.inbox.count() == 1
    assert ExperimentEvent.objects.filter(action="conclude").count() == 1


def test_an_experiment_that_still_runs_tells_nobody(viewer, experiment):
    take_part(viewer, experiment)
    assert news.experiment_ended(experiment_id=experiment.pk) == 0
