"""The home page of somebody in an experiment: their arm's picks, told once, and links that count."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError
from django.utils import timezone

from catalog.models import Movie
from recs import clicks, mixing
from recs.clicks import Stamp
from recs.models import Assignment, Experiment, Recommendation
from recs.services import defaults, enrolment, interactions, picks
from recs.signals import pick_clicked, picks_shown
from tests.recs import stage, trials

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="(/film/([^/"]+)/\?pick=([^"]+))"')


@pytest.fixture
def town(db) -> list[Movie]:
    return stage.town()


@pytest.fixture
def person(town):
    """Somebody with a taste, and picks of what everybody has."""
    user = trials.person()
    for film in town[60:74:2]:
        interactions.rate(user=user, movie=film, rating=5)
    picks.refresh(user=user)
    Recommendation.objects.update(generated_at=timezone.now() - timedelta(hours=1))
    return user


class Heard:
    """What a signal said while somebody listened."""

    def __init__(self, signal) -> None:
        self.signal, self.said = signal, []

    def __enter__(self) -> "Heard":
        self.signal.connect(self._hear)
        return self

    def _hear(self, **said) -> None:
        self.said.append(said)

    def __exit__(self, *_problem) -> None:
        self.signal.disconnect(self._hear)


def row(html: str, key: str = "top") -> str:
    return html.split(f'id="row-{key}-list"')[1].split("</ul>", maxsplit=1)[0]


def home(user, path: str = "/", **headers) -> str:
    return trials.browser(user).get(path, headers=headers).content.decode()


def engines(user) -> set[str]:
    return set(Recommendation.objects.filter(user=user).values_list("algorithm", flat=True))


def test_the_arm_makes_the_picks_from_the_first_page_on(person):
    trials.drawn(trials.experiment(algorithm_b="content_based"), person, "b")
    assert "content_based" not in engines(person)
    home(person)
    assert engines(person) == {"content_based"}


def test_an_act_keeps_the_arms_picks(person, town):
    trials.drawn(trials.experiment(algorithm_b="content_based"), person, "b")
    home(person)
    interactions.rate(user=person, movie=town[80], rating=5)
    picks.refresh(user=person)
    assert engines(person) == {"content_based"}


def test_a_training_gives_everybody_their_arms_picks(person):
    trials.drawn(trials.experiment(algorithm_b="content_based"), person, "b")
    picks.refresh_all()
    assert engines(person) == {"content_based"}


@pytest.mark.parametrize("end", ["stop", "leave", "switch off"])
def test_the_page_after_the_end_has_everybodys_picks_again(person, end):
    trial = trials.experiment(algorithm_b="content_based")
    trials.drawn(trial, person, "b")
    home(person)
    if end == "leave":
        enrolment.leave(user=person)
    else:
        trial.status, trial.is_active = ("stopped", True) if end == "stop" else ("stopped", False)
        trial.save()
    home(person)
    assert engines(person) == {"hybrid"}


def test_whoever_comes_back_gets_their_arms_picks_again(person):
    trial = trials.experiment(algorithm_b="content_based")
    trials.drawn(trial, person, "b")
    client = trials.browser(person)
    found = []
    for part in ("0", "1"):
        client.post("/experiments/part/", {"part": part})
        client.get("/")
        found.append(engines(person))
    assert found == [{"hybrid"}, {"content_based"}]


def allow(client, django_capture_on_commit_callbacks, **said):
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/settings/privacy/", said)


def test_whoever_takes_their_consent_back_and_gives_it_again_has_their_arms_picks_again(
    person, django_capture_on_commit_callbacks
):
    trials.drawn(trials.experiment(algorithm_b="content_based"), person, "b")
    client = trials.browser(person)
    client.get("/")
    found = [engines(person)]
    for said in ({}, {"data_usage_consent": "on"}):
        allow(client, django_capture_on_commit_callbacks, **said)
        found.append(engines(person))
    assert found == [{"content_based"}, {"hybrid"}, {"content_based"}]


def test_an_engine_that_stumbles_does_not_undo_what_somebody_allows(
    person, monkeypatch, django_capture_on_commit_callbacks
):
    def stumble(**_said):
        raise RuntimeError

    monkeypatch.setattr(picks, "refresh", stumble)
    allow(trials.browser(person), django_capture_on_commit_callbacks)
    person.refresh_from_db()
    assert not person.data_usage_consent


def test_what_was_shipped_makes_the_next_pages_picks(person):
    defaults.choose(algorithm="content_based", actor=None)
    home(person)
    assert engines(person) == {"content_based"}


def test_the_minute_of_memory_is_not_shared_between_arms(person):
    trial = trials.experiment(algorithm_b="content_based")
    trials.drawn(trial, person, "a")
    with Heard(picks_shown) as control:
        home(person)
    Assignment.objects.update(variant="b", assigned_at=timezone.now())
    with Heard(picks_shown) as treatment:
        home(person)
    assert [said["served"] for heard in (control, treatment) for said in heard.said if said["row"] == "top"] == [
        "hybrid",
        "content_based",
    ]


def test_what_was_remembered_before_a_mixture_is_not_shown_in_its_place(person):
    home(person)
    trials.experiment(kind="interleaving", algorithm_b="content_based")
    with Heard(picks_shown) as heard:
        home(person)
    assert next(said for said in heard.said if said["row"] == "top")["teams"]


def test_a_page_exposes_once_and_only_the_first_row_is_the_experiments(person):
    trial = trials.experiment()
    with Heard(picks_shown) as heard:
        home(person)
        first = Assignment.objects.get().first_exposed_at
        home(person)
    assert first == Assignment.objects.get().first_exposed_at is not None
    assert {said["row"] for said in heard.said if said["arm"]} == {"top"}
    assert {said["arm"].experiment_id for said in heard.said if said["arm"]} == {trial.pk}
    assert len({said["page_view"] for said in heard.said}) == 2


@pytest.mark.parametrize("headers", [{"sec-purpose": "prefetch"}, {"user-agent": "Googlebot/2.1"}, {"user-agent": ""}])
def test_what_nobody_looks_at_draws_and_exposes_nobody(person, headers):
    trials.experiment()
    home(person, **headers)
    assert not Assignment.objects.exists()


def test_head_draws_nobody(person):
    trials.experiment()
    trials.browser(person).head("/")
    assert not Assignment.objects.exists()


def test_a_stop_between_the_draw_and_the_page_exposes_nobody(person):
    trial = trials.experiment()
    enrolment.arm_for(person)
    Experiment.objects.filter(pk=trial.pk).update(is_active=False)  # this process has not heard of it
    with Heard(picks_shown) as heard:
        home(person)
    assert Assignment.objects.get().first_exposed_at is None
    assert not any(said["arm"] for said in heard.said)


def test_the_algorithm_that_stood_in_is_told_beside_the_arm(person):
    trials.drawn(trials.experiment(algorithm_b="gone"), person, "b")
    with Heard(picks_shown) as heard:
        home(person)
    top = next(said for said in heard.said if said["row"] == "top")
    assert (top["arm"].algorithm, top["served"]) == ("gone", "hybrid")


def test_nobody_is_told_that_an_engine_stood_in_for_one_that_they_did_not_choose(person):
    trials.drawn(trials.experiment(algorithm_b="gone"), person, "b")
    assert "cannot choose for you" not in home(person)


def test_the_page_comes_when_experiments_cannot_be_read(person, monkeypatch):
    def fail(*_args, **_said):
        raise DatabaseError("away")

    trials.experiment()
    monkeypatch.setattr(enrolment, "standing", fail)
    monkeypatch.setattr(picks.enrolment, "standing", fail)
    assert LINK.search(home(person))


def test_experimenters_see_either_arm_and_leave_no_trace(person):
    trials.experiment(algorithm_b="content_based")
    person.user_permissions.add(Permission.objects.get(codename="view_experiment"))
    stored = engines(person)
    with Heard(picks_shown) as heard:
        one, other = (row(home(person, f"/?force_variant={variant}")) for variant in "ab")
    assert re.findall(r'id="card-\d+"', one) != re.findall(r'id="card-\d+"', other)
    assert (heard.said, engines(person), Assignment.objects.count()) == ([], stored, 0)


@pytest.mark.parametrize(
    "query", ["force_variant=c", "force_variant=b&experiment=999999999999999999999", "force_variant"]
)
def test_a_preview_that_cannot_be_is_a_page_as_usual(person, query):
    person.user_permissions.add(Permission.objects.get(codename="view_experiment"))
    assert LINK.search(home(person, f"/?{query}"))


def test_viewers_cannot_force_an_arm(person):
    trials.drawn(trials.experiment(algorithm_b="content_based"), person, "a")
    home(person, "/?force_variant=b")
    assert engines(person) == {"hybrid"}


def test_two_algorithms_share_the_first_row_and_a_reload_changes_nothing(person):
    trials.experiment(kind="interleaving", algorithm_b="content_based")
    with Heard(picks_shown) as heard:
        pages = [re.findall(r'id="card-\d+"', row(home(person))) for _ in range(2)]
    top = next(said for said in heard.said if said["row"] == "top")
    assert pages[0] == pages[1]
    assert abs(top["teams"].count("a") - top["teams"].count("b")) <= 1
    assert len(top["teams"]) == len(top["items"])
    assert 0 <= top["competitive"] <= 1


def test_a_mixture_that_fails_is_stood_in_for(person, monkeypatch):
    monkeypatch.setattr(mixing, "mixed", lambda *_args, **_said: 1 / 0)
    trials.experiment(kind="interleaving", algorithm_b="content_based")
    with Heard(picks_shown) as heard:
        home(person)
    assert next(said for said in heard.said if said["row"] == "top")["teams"] == ""


def test_why_a_mixed_row_has_a_film_is_told_by_the_algorithm_that_brought_it(person):
    trials.experiment(kind="interleaving", algorithm_a="popular", algorithm_b="content_based")
    with Heard(picks_shown) as heard:
        home(person)
    top = next(said for said in heard.said if said["row"] == "top")
    film = next(film for film, engine, _ in top["items"] if engine == "content_based")
    page = trials.browser(person).get(f"/film/{Movie.objects.get(pk=film).slug}/why/")
    assert page.context["explained"].algorithm == "content_based"


def followed(person, html: str | None = None) -> tuple[str, list]:
    """Follow the first pick; returns its address, and what was told."""
    address = LINK.search(row(html or home(person)))[1]
    with Heard(pick_clicked) as heard:
        trials.browser(person).get(address)
    return address, heard.said


def test_a_followed_pick_is_told_with_its_place_and_arm(person):
    trial = trials.experiment()
    trials.drawn(trial, person, "a")
    _, (said,) = followed(person)
    assert (said["row"], said["rank"], said["algorithm"]) == ("top", 1, "hybrid")
    assert said["arm"] == clicks.ArmSeen(trial.pk, 1, "a")


def test_a_followed_pick_is_remembered_beside_it(person):
    _, (said,) = followed(person)
    pick = Recommendation.objects.get(user=person, movie=said["movie"])
    assert pick.clicked
    assert pick.clicked_at is not None


def test_coming_back_to_the_page_does_not_count_again(person):
    address, _ = followed(person)
    with Heard(pick_clicked) as heard:
        trials.browser(person).get(address)
    assert heard.said == []


def test_the_same_film_on_another_page_view_counts_again(person):
    followed(person)
    assert len(followed(person)[1]) == 1


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: f"{t}x", lambda t: t.replace(".top.1.", ".top.2.")])
def test_a_token_that_was_tampered_with_is_ignored(person, change):
    _, slug, token = LINK.search(row(home(person))).groups()
    with Heard(pick_clicked) as heard:
        answer = trials.browser(person).get(f"/film/{slug}/", {"pick": change(token)})
    assert (answer.status_code, heard.said) == (200, [])


def test_another_person_cannot_use_a_token(person):
    address = LINK.search(row(home(person)))[1]
    with Heard(pick_clicked) as heard:
        trials.browser(trials.person()).get(address)
    assert heard.said == []


def test_a_prefetch_is_no_click(person):
    address = LINK.search(row(home(person)))[1]
    with Heard(pick_clicked) as heard:
        trials.browser(person).get(address, headers={"sec-purpose": "prefetch"})
    assert heard.said == []


def test_the_film_keeps_its_own_address_for_others(person):
    address, _ = followed(person)
    html = trials.browser(person).get(address).content.decode()
    assert f'rel="canonical" href="http://testserver{address.partition("?")[0]}"' in html


STAMP = Stamp(7, "k3J9x2LmQ0aB", 1_000_000)


def test_a_token_holds_for_a_day_and_for_one_film():
    token = STAMP.token(movie_id=3, row="because-1", rank=4, algorithm="content_based", team="b")
    found = clicks.read(token, user_id=7, movie_id=3, now=1_000_000 + 86_000)
    assert (found.row, found.rank, found.algorithm, found.team, found.arm) == (
        "because-1",
        4,
        "content_based",
        "b",
        None,
    )
    for other in ({"now": 1_000_000 + 86_500}, {"now": 999_000}, {"user_id": 8}, {"movie_id": 4}):
        assert clicks.read(token, **{"user_id": 7, "movie_id": 3, "now": 1_000_000, **other}) is None


@pytest.mark.parametrize("token", ["", ".", "é" * 40, "a" * 10_000, "\x00", "a.b.c.d.e.f.g.h", "٣.1.top.1.x...sig"])
def test_what_is_no_token_is_nothing(token):
    assert clicks.read(token, user_id=7, movie_id=3) is None
