"""Picks that were shown and followed, as they stand in the log: what every click-through rate is made of."""

import re

import pytest

from accounts.models import User
from insights.models import ActivityLog
from insights.services import activity
from recs.models import Experiment
from recs.services import interactions, picks
from tests import factories
from tests.recs import stage, trials

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="(/film/[^/"]+/\?pick=[^"]+)"')


@pytest.fixture
def town(db) -> list:
    westerns, romances = stage.trained()
    return [*westerns, *romances]


@pytest.fixture
def reader(town) -> User:
    user = trials.person()
    for film in town[:3]:
        interactions.rate(user=user, movie=film, rating=5)
    picks.refresh(user=user)
    return user


def visit(user: User, path: str = "/", **headers: str) -> str:
    return trials.browser(user).get(path, headers=headers).content.decode()


def logged(action: str) -> list[ActivityLog]:
    activity.flush()
    return list(ActivityLog.objects.filter(action_type=f"recommendation_{action}").order_by("id"))


def top() -> dict:
    return next(row.metadata for row in logged("impression") if row.metadata["row"] == "top")


def test_a_page_leaves_one_row_of_the_log_for_each_row_with_films(reader):
    html = visit(reader)
    rows = logged("impression")
    assert len({row.metadata["page"] for row in rows}) == 1
    filled = [
        key for key, films in re.findall(r'id="row-([\w-]+)-list">(.*?)</ul>', html, re.DOTALL) if "card-" in films
    ]
    assert [row.metadata["row"] for row in rows] == filled


def test_the_films_are_logged_as_they_stand(reader):
    html = visit(reader).split('id="row-top-list"')[1].split("</ul>")[0]
    assert top()["films"] == [int(pk) for pk in re.findall(r'id="card-(\d+)"', html)]


def test_the_row_says_who_was_to_make_it_who_did_and_how_long_it_took(reader):
    visit(reader)
    said = top()
    assert (said["algorithm"], said["served"]) == ("hybrid", "hybrid")
    assert said["took_ms"] > 0


def test_without_an_experiment_nothing_is_tagged(reader):
    visit(reader)
    assert not {"experiment", "phase", "arm", "teams"} & set(top())


def test_only_the_first_row_carries_the_experiment(reader):
    trial = trials.experiment(phase=3)
    trials.drawn(trial, reader, "a")
    visit(reader)
    tagged = [row.metadata for row in logged("impression") if "experiment" in row.metadata]
    assert [(one["row"], one["experiment"], one["phase"], one["arm"]) for one in tagged] == [("top", trial.pk, 3, "a")]


def test_a_click_is_logged_once_with_the_page_view_that_it_came_from(reader):
    trial = trials.experiment()
    trials.drawn(trial, reader, "a")
    address = LINK.search(visit(reader))[1]
    for _ in range(3):
        visit(reader, address)
    (click,) = logged("click")
    assert click.metadata == {
        "row": "top",
        "rank": 1,
        "page": top()["page"],
        "algorithm": "hybrid",
        "experiment": trial.pk,
        "phase": 1,
        "arm": "a",
    }
    assert click.movie_id in top()["films"]


def test_a_mixed_row_says_whose_each_film_is_and_so_does_its_click(reader):
    trials.experiment(kind=Experiment.Kind.INTERLEAVING, algorithm_b="content_based")
    address = LINK.search(visit(reader))[1]
    visit(reader, address)
    said, (click,) = top(), logged("click")
    assert said["teams"][said["films"].index(click.movie_id)] == click.metadata["team"]
    assert said["algorithm"] == "hybrid+content_based"
    assert 0 <= said["competitive"] <= 1


def test_the_rows_that_an_act_brings_back_are_a_page_view_of_their_own(reader, town):
    client = trials.browser(reader)
    client.get("/")
    there = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
    client.post(f"/film/{town[12].slug}/rate/", {f"{town[12].pk}-rating": "4"}, headers=there)
    assert len({row.metadata["page"] for row in logged("impression")}) == 2


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"is_simulated": True}], ids=["staff", "simulated"])
def test_only_people_count(town, fields):
    visit(trials.person(**fields))
    assert logged("impression") == []


def test_programs_do_not_count(reader):
    visit(reader, **{"user-agent": "Googlebot/2.1"})
    assert logged("impression") == []


def test_without_consent_the_rows_name_nobody(town):
    user = factories.user(data_usage_consent=False)
    visit(user)
    assert {row.user_id for row in logged("impression")} == {None}
