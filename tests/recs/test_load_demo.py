"""`manage.py load_demo`: everything or nothing, once, in local mode only, and every person marked as simulated."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

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


def test_it_loads_films_people_acts_and_log_ins_and_says_each_step():
    said = load()
    for step in ("catalogue", "simulated", "people", "acts", "log-ins", "films", "done"):
        assert f"{step}:" in said
    assert Movie.objects.count() > 500
    assert simulated().count() == 30
    assert Interaction.objects.ratings().filter(user__is_simulated=True).count() >= 30 * 15


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


def test_simulated_people_say_what_they_are():
    load()
    someone = simulated().earliest("username")
    assert someone.username == "simulated-0001"
    assert someone.email == "simulated-0001@simulated.invalid"
    assert someone.display_name == "Simulated 0001"
    assert simulated().filter(email__endswith="@simulated.invalid", onboarding_completed=True).count() == 30


def test_nobody_can_log_in_as_a_simulated_person():
    load()
    someone = simulated().earliest("username")
    assert not someone.has_usable_password()
    assert not Client().login(email=someone.email, password="")
    assert not someone.emailaddress_set.exists()


def test_simulated_people_joined_before_they_did_anything():
    load()
    first = Interaction.objects.filter(user__is_simulated=True).select_related("user").order_by("user", "timestamp")
    assert all(act.timestamp > act.user.date_joined for act in first.distinct("user"))
    assert simulated().values("date_joined__date").distinct().count() > 10
    assert simulated().values("preferred_language").distinct().count() > 3


def test_everybody_named_genres_in_the_welcome():
    load()
    assert GenrePreference.objects.filter(user__is_simulated=True).count() == 30 * 3


def test_films_know_their_ratings_afterwards():
    load()
    rated = Movie.objects.filter(our_rating_count__gt=0)
    assert rated.count() > 100
    assert all(0 < movie.our_rating <= 10 for movie in rated)


def test_the_viewer_has_a_past_and_the_others_have_some():
    load()
    counts = {login.role: login.user.interactions.ratings().count() for login in demo_logins.ensure()}
    assert counts == {"viewer": 32, "editor": 6, "experimenter": 6, "admin": 6}
    viewer = User.objects.get(email="viewer@marquee.localhost")
    assert viewer.interactions.of_type("watchlist").exists()


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
