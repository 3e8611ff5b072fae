"""/film/<slug>/why/: what speaks for a film and against it, and the buttons that use less of a reason."""

import datetime
import re

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Movie
from recs import home, whys
from recs.algorithms import Terms
from recs.mine import Mine
from recs.models import Adjustment, Assignment, Experiment, Recommendation
from recs.services import interactions, picks, tastes
from recs.shelf import Working
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/film/x/"}
ON_HOME = {**HTMX, "HX-Current-URL": "http://testserver/"}


@pytest.fixture
def westerns(viewer) -> list[Movie]:
    """A trained site; the viewer loved the first four westerns and did not care for a romance."""
    westerns, romances = stage.trained()
    for film in westerns[:4]:
        interactions.rate(user=viewer, movie=film, rating=5)
    interactions.rate(user=viewer, movie=romances[0], rating=1)
    return westerns


def page(client: Client, film: Movie, headers: dict[str, str] | None = None) -> str:
    return client.get(reverse("recs:why", args=[film.slug]), headers=headers or {}).content.decode()


def adjust(client: Client, film: Movie, change: str, headers: dict[str, str] | None = None):
    return client.post(reverse("recs:adjust", args=[film.slug]), {"change": change}, headers=headers or {})


def explained(viewer, film: Movie) -> whys.Explained:
    found = whys.explained(home.person_of(viewer, Mine(viewer)), film.pk)
    assert found
    return found


def test_the_persons_own_films_are_named_with_their_signed_shares(member, westerns):
    html = page(member, westerns[5])
    assert re.search(r"Western [0-3]</bdi>.*?[+−]\d+ %", html, re.DOTALL)


def test_all_lines_add_up_to_the_score(viewer, westerns):
    found = explained(viewer, westerns[5])
    assert sum(line.amount for line in found.lines) == pytest.approx(found.score, abs=1e-6)


def test_shares_are_of_all_that_speaks_for_and_against(viewer, westerns):
    lines = explained(viewer, westerns[5]).lines
    assert sum(abs(line.share) for line in lines) == pytest.approx(100, abs=len(lines))


def working(**parts: list[float]) -> Working:
    terms = Terms(
        films=np.array([[amount] for amount in parts["films"]]),
        features=np.array([[amount] for amount in parts["features"]]),
        feature_names=np.array(["genre:1", "person:2", "word:heist"]),
        popularity=np.array([0.1]),
        other=np.array([0.05]),
    )
    return Working(7, "hybrid", "v1", np.array([11, 12]), np.ones(2), terms)


def test_every_part_of_a_score_has_one_key():
    parts = whys._parts(working(films=[0.5, -0.2], features=[0.2, 0.1, 0.05]))
    assert parts == {
        "film:11": 0.5, "film:12": -0.2, "genre:1": 0.2, "person:2": 0.1, "word:heist": 0.05,
        "popularity:0": 0.1, "other:0": 0.05,
    }  # fmt: skip


def test_the_working_shows_the_sum(member, westerns):
    html = page(member, westerns[5])
    assert "Show the working" in html
    assert re.search(r"<tfoot><tr><th scope=\"row\">Score</th><td>\d+\.\d{4}", html)


@pytest.mark.parametrize(("weight", "said"), [("0", "not used"), ("0.5", "used less")])
def test_a_reason_is_used_less_and_says_so(member, viewer, westerns, weight, said):
    answer = adjust(member, westerns[5], f"film:{westerns[0].pk}:{weight}")
    assert answer.url == reverse("recs:why", args=[westerns[5].slug])
    html = member.get(answer.url).content.decode()
    assert said in html
    assert "Use again" in html
    assert Adjustment.objects.get(user=viewer).weight == float(weight)


def test_what_is_not_used_adds_nothing_and_stays_on_the_list(viewer, westerns):
    before = {line.key: line.amount for line in explained(viewer, westerns[5]).lines}
    key = next(key for key in before if key.startswith("film:"))
    tastes.adjust(user=viewer, kind="film", target=int(key.partition(":")[2]), weight=0)
    after = {line.key: line for line in explained(viewer, westerns[5]).lines}
    assert before[key]
    assert (after[key].amount, after[key].share) == (0, 0)


def test_each_change_is_taken_back_by_its_button(member, viewer, westerns):
    before = explained(viewer, westerns[5]).score
    html = adjust(member, westerns[5], f"film:{westerns[0].pk}:0", HTMX).content.decode()
    undo = re.search(r'id="why-undo"[^>]* value="([^"]+)"', html)
    assert undo
    assert explained(viewer, westerns[5]).score != before
    adjust(member, westerns[5], undo[1], HTMX)
    assert not Adjustment.objects.exists()
    assert explained(viewer, westerns[5]).score == pytest.approx(before)


def test_the_answer_says_where_the_film_went(member, westerns):
    html = adjust(member, westerns[5], f"film:{westerns[0].pk}:0", HTMX).content.decode()
    assert re.search(r"number \d+ (of|to)", html)
    assert 'id="why-rank"' in html
    assert "<html" not in html


def test_on_the_home_page_the_rows_behind_come_along(member, westerns):
    html = adjust(member, westerns[5], f"film:{westerns[0].pk}:0", ON_HOME).content.decode()
    assert 'id="row-top-list" hx-swap-oob="true"' in html
    assert 'id="home-state" hx-swap-oob="innerHTML"' in html


@pytest.mark.parametrize(
    "change",
    ["", "film", "film:1", "film:x:0", "film:-1:0", "film:1:2", "film:1:-0.5", "film:1:nan", "film:1:0\n", "genre:0:0",
     "popularity:5:0", "user:1:0", "film:999999999:0", "person:999999999:0.5", "film:" + "9" * 30 + ":0", "film:١:0"],
)  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_no_reason_is_refused(member, westerns, change, headers):
    answer = adjust(member, westerns[5], change, headers)
    assert answer.status_code == 400
    assert "We do not know that reason." in answer.content.decode()
    assert not Adjustment.objects.exists()


def test_popularity_and_genres_can_be_used_less(member, viewer, westerns):
    adjust(member, westerns[5], "popularity:0:0.5")
    adjust(member, westerns[5], f"genre:{westerns[0].genres.get().pk}:0")
    assert {(row.kind, row.weight) for row in viewer.adjustments.all()} == {("popularity", 0.5), ("genre", 0.0)}


def test_a_pressed_button_turns_into_its_opposite_and_keeps_its_name():
    def values(weight: float) -> list[str]:
        return [value for _label, value in whys.Line("film:3", "Heat", 1.0, 10, weight).acts]

    assert values(1.0) == ["film:3:0.5", "film:3:0"]
    assert values(0.5) == ["film:3:1", "film:3:0"]
    assert values(0.0) == ["film:3:0.5", "film:3:1"]


def test_it_is_a_dialog_for_htmx(member, westerns):
    html = page(member, westerns[5], HTMX)
    assert "<html" not in html
    assert 'method="dialog"' in html


def test_a_film_that_nothing_speaks_for_says_so(member, viewer):
    film = factories.movie()
    assert "Nothing that you rated leads" in page(member, film)


def test_a_film_that_was_rated_is_explained_as_if_it_were_not(viewer, member, westerns):
    html = page(member, westerns[0])
    assert "You have been through this film" in html
    assert f"film:{westerns[0].pk}:" not in html


def test_the_engine_is_named_in_words_with_its_version_and_date(member, viewer, westerns):
    picks.refresh(user=viewer)
    pick = Recommendation.objects.filter(user=viewer).order_by("rank").first()
    html = page(member, pick.movie)
    assert "Chosen by" in html
    assert "Picked on" in html
    assert pick.model_version in html


def experiment(algorithm: str) -> Experiment:
    return Experiment.objects.create(
        name="Which is <better>?", algorithm_a=algorithm, algorithm_b="popular", target_metric="ctr", status="running",
        start_date=timezone.now(), end_date=timezone.now() + datetime.timedelta(days=9),
    )  # fmt: skip


@pytest.mark.parametrize(("drawn", "told"), [(("a", True), True), (("b", True), False), (("a", False), False)])
def test_the_arm_of_a_test_is_shown_only_where_it_made_the_pick(member, viewer, westerns, drawn, told):
    variant, seen = drawn
    pick = Recommendation.objects.filter(user=viewer).order_by("rank").first()
    when = timezone.now() if seen else None
    Assignment.objects.create(
        experiment=experiment(pick.algorithm), user=viewer, variant=variant, bucket=1, first_exposed_at=when
    )
    assert ("Which is &lt;better&gt;?" in page(member, pick.movie)) is told


def cost(client: Client, film: Movie) -> int:
    with CaptureQueriesContext(connection) as queries:
        page(client, film)
    return len(queries)


def test_the_page_costs_no_more_with_more_ratings_and_adjustments(member, viewer, westerns):
    tastes.adjust(user=viewer, kind="film", target=westerns[0].pk, weight=0.5)
    page(member, westerns[7])
    few = cost(member, westerns[7])
    for film in westerns[4:7]:
        interactions.rate(user=viewer, movie=film, rating=4)
        tastes.adjust(user=viewer, kind="film", target=film.pk, weight=0.5)
    page(member, westerns[7])
    assert cost(member, westerns[7]) <= few


def test_a_visitor_is_asked_to_log_in(client):
    film = factories.movie()
    assert client.get(reverse("recs:why", args=[film.slug])).status_code == 302
    assert adjust(client, film, "popularity:0:0").status_code == 302
    assert not Adjustment.objects.exists()


def test_one_person_s_reasons_are_not_another_s(member, stranger, viewer, westerns):
    adjust(member, westerns[5], f"film:{westerns[0].pk}:0")
    assert not stranger.adjustments.exists()
