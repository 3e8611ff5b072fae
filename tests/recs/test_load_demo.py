"""`manage.py load_demo`: everything or nothing, once, in local mode only, and every person marked as simulated."""

from dataclasses import dataclass
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings

from accounts.models import User
from accounts.services import demo_logins
from catalog.models import Movie
from recs.models import GenrePreference, Interaction
from recs.services import demo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _var(settings, tmp_path) -> None:
    settings.VAR = tmp_path


def load(**options) -> str:
    out = StringIO()
    call_command("load_demo", people=30, stdout=out, **options)
    return out.getvalue()


def simulated():
    return User.objects.filter(is_simulated=True)


@dataclass(frozen=True)
class Loaded:
    """What was said and written. It is read at once: the rows are gone before the first test looks."""

    said: str
    films: list[Movie]
    people: list[User]
    acts: list[Interaction]
    named: int
    pasts: dict[str, int]
    listed: bool
    let_in: bool


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, django_db_setup, django_db_blocker) -> Loaded:
    places = {"VAR": tmp_path_factory.mktemp("var"), "MODELS_DIR": tmp_path_factory.mktemp("models")}
    with override_settings(**places), django_db_blocker.unblock(), transaction.atomic():
        said = load()
        log_ins = demo_logins.ensure()
        found = Loaded(
            said=said,
            films=list(Movie.objects.all()),
            people=list(simulated().order_by("username").prefetch_related("emailaddress_set")),
            acts=list(Interaction.objects.filter(user__is_simulated=True).select_related("user")),
            named=GenrePreference.objects.filter(user__is_simulated=True).count(),
            pasts={login.role: login.user.interactions.ratings().count() for login in log_ins},
            listed=log_ins[0].user.interactions.of_type("watchlist").exists(),
            let_in=Client().login(email="simulated-0001@simulated.invalid", password=""),
        )
        transaction.set_rollback(True)
    return found


def test_it_loads_films_people_acts_and_log_ins_and_says_each_step(loaded):
    for step in ("catalogue", "simulated", "people", "acts", "log-ins", "films", "done"):
        assert f"{step}:" in loaded.said
    assert len(loaded.films) > 500
    assert len(loaded.people) == 30
    assert sum(act.rating is not None for act in loaded.acts) >= 30 * 15


def test_a_second_run_adds_nothing_and_says_so():
    load()
    before = User.objects.count(), Interaction.objects.count(), Movie.objects.count()
    assert "here already" in load()
    assert (User.objects.count(), Interaction.objects.count(), Movie.objects.count()) == before


def test_the_same_seed_loads_the_same_community():
    def what() -> list:
        fields = "user__username", "movie__tmdb_id", "interaction_type", "rating", "timestamp"
        return list(Interaction.objects.filter(user__is_simulated=True).order_by(*fields).values_list(*fields))

    load()
    first = what()
    simulated().delete()
    load()
    assert what() == first


def test_an_interrupted_load_leaves_nothing_behind(monkeypatch):
    def interrupt() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo.popularity, "refresh", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert not Movie.objects.exists()
    assert not User.objects.exists()


def test_it_refuses_outside_local_mode_in_one_line(settings):
    settings.LOCAL = False
    with pytest.raises(CommandError, match=r"^demo data belongs in local mode only \(MARQUEE_MODE=local\)$"):
        load()
    assert not User.objects.exists()


@pytest.mark.parametrize("options", [{"people": 0}, {"people": 10**6}, {"seed": -1}])
def test_nonsense_numbers_are_refused(options):
    with pytest.raises(CommandError):
        call_command("load_demo", **options, stdout=StringIO())


def test_simulated_people_say_what_they_are(loaded):
    someone = loaded.people[0]
    assert someone.username == "simulated-0001"
    assert someone.email == "simulated-0001@simulated.invalid"
    assert someone.display_name == "Simulated 0001"
    assert all(person.email.endswith("@simulated.invalid") and person.onboarding_completed for person in loaded.people)


def test_nobody_can_log_in_as_a_simulated_person(loaded):
    assert not any(person.has_usable_password() for person in loaded.people)
    assert not loaded.let_in
    assert not any(person.emailaddress_set.all() for person in loaded.people)


def test_simulated_people_joined_before_they_did_anything(loaded):
    assert all(act.timestamp > act.user.date_joined for act in loaded.acts)
    assert len({person.date_joined.date() for person in loaded.people}) > 10
    assert len({person.preferred_language for person in loaded.people}) > 3


def test_everybody_named_genres_in_the_welcome(loaded):
    assert loaded.named == 30 * 3


def test_films_know_their_ratings_afterwards(loaded):
    rated = [film for film in loaded.films if film.our_rating_count]
    assert len(rated) > 100
    assert all(0 < film.our_rating <= 10 for film in rated)


def test_the_viewer_has_a_past_and_the_others_have_some(loaded):
    assert loaded.pasts == {"viewer": 32, "editor": 6, "experimenter": 6, "admin": 6}
    assert loaded.listed


def test_a_viewer_who_has_done_something_keeps_it_as_it_is():
    viewer = demo_logins.ensure()[0].user
    film = Movie.objects.create(title="Mine", original_title="Mine", slug="mine")
    Interaction.objects.create(user=viewer, movie=film, interaction_type="watchlist")
    load()
    assert viewer.interactions.count() == 1


def test_people_who_were_here_before_stay_as_they_are(stranger):
    load()
    before = stranger.created_at
    stranger.refresh_from_db()
    assert not stranger.is_simulated
    assert stranger.created_at == before
