"""/insights/people/: one person looked up, nothing changed, every look written down."""

import datetime

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from insights import people
from insights.models import ActivityLog, Inspection
from recs import serving
from recs.models import Assignment, Interaction, Recommendation
from recs.services import experiments, training
from tests import factories
from tests.insights.dashboards import Action
from tests.recs import trying

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    """Somebody of the staff who is no administrator."""
    client = Client()
    client.force_login(factories.user(is_staff=True, first_name="Sam", last_name="Staff"))
    return client


@pytest.fixture
def ana() -> User:
    return factories.user(
        email="ana.lovelace@films.example.org", first_name="Ana", last_name="Lovelace", data_usage_consent=True
    )


def body(client: Client, path: str, **said: str) -> str:
    answer = client.get(path, said)
    assert answer.status_code == 200
    return answer.content.decode()


def of(user: User) -> str:
    return reverse("insights:person", args=[user.pk])


def log(user: User | None, action: str, **fields: object) -> None:
    ActivityLog.objects.create(user=user, action_type=action, timestamp=timezone.now(), **fields)


SEARCH = "/insights/people/"


def test_nobody_is_listed_before_somebody_is_asked_for(staff, ana):
    assert "Lovelace" not in body(staff, SEARCH)
    assert "Lovelace" not in body(staff, SEARCH, q="  ")


@pytest.mark.parametrize("words", ["love", "ana lovel", "LOVELACE ana", "ana.lovelace@FILMS.example.org"])
def test_a_person_is_found_by_name_and_by_the_whole_address(staff, ana, words):
    assert f'href="{of(ana)}"' in body(staff, SEARCH, q=words)


def test_a_person_is_found_by_number(staff, ana):
    assert f'href="{of(ana)}"' in body(staff, SEARCH, q=str(ana.pk))


@pytest.mark.parametrize("words", ["films.example", "ana.love", "@", "%", "9" * 30, "\x00", "ana%lovelace"])
def test_a_part_of_an_address_finds_nobody_for_staff(staff, ana, words):
    assert f'href="{of(ana)}"' not in body(staff, SEARCH, q=words)


def test_an_administrator_finds_by_a_part_and_reads_the_address(admin, ana):
    client = Client()
    client.force_login(admin)
    assert ana.email in body(client, SEARCH, q="films.example")
    assert ana.email in body(client, of(ana))


def test_staff_see_enough_of_an_address_to_tell_people_apart(staff, ana):
    for path, said in ((SEARCH, {"q": "lovelace"}), (of(ana), {})):
        found = body(staff, path, **said)
        assert ana.email not in found
        assert "a•••@f•••.org" in found


@pytest.mark.parametrize(
    ("email", "told"),
    [("x@y.org", "x•••@y•••.org"), ("x@host", "x•••@h•••"), ("", "•••"), ("odd", "•••"), ("a@b@c.de", "a•••@c•••.de")],
)
def test_masking_never_shows_more_than_the_first_letters(email, told):
    assert people.masked(email) == told


def test_every_look_is_written_down_and_shown(staff, ana):
    body(staff, of(ana), algorithm="popular")
    look = Inspection.objects.get()
    assert (look.person, look.actor.last_name, look.algorithm) == (ana, "Staff", "popular")
    assert "Sam Staff" in body(staff, of(ana))


def test_a_look_of_somebody_who_is_refused_is_not_one(member, ana):
    assert member.get(of(ana)).status_code == 403
    assert not Inspection.objects.exists()


@pytest.mark.parametrize("change", [{"algorithm": "other"}, {"at": timezone.now()}])
def test_a_look_cannot_be_changed(staff, ana, change):
    body(staff, of(ana))
    with pytest.raises(IntegrityError):
        Inspection.objects.update(**change)


def test_a_look_outlives_the_account_of_who_looked_and_goes_with_who_was_looked_at(staff, ana):
    body(staff, of(ana))
    User.objects.get(last_name="Staff").delete()
    assert Inspection.objects.get().actor is None
    ana.delete()
    assert not Inspection.objects.exists()


def test_what_they_did_stands_beside_what_they_would_be_shown(staff, ana):
    film, other = factories.movie(title="Rated by Ana"), factories.movie(title="Not yet seen")
    factories.rating(ana, film, 4.5)
    page = body(staff, of(ana), algorithm="popular")
    assert "Rated by Ana" in page.split('id="shown"')[0]
    assert "Not yet seen" in page.split('id="shown"')[1]
    assert "Rated by Ana" not in page.split('id="shown"')[1]
    assert other.get_absolute_url() in page


def test_pages_clicks_and_searches_are_shown_of_who_lets_us_count(staff, ana):
    log(ana, Action.MOVIE_SEARCH, metadata={"query": "<b>heist"})
    log(ana, Action.MOVIE_VIEW, movie=factories.movie(title="A visited page"))
    page = body(staff, of(ana))
    assert "&lt;b&gt;heist" in page
    assert "A visited page" in page


def test_without_consent_nothing_of_the_log_is_shown_whatever_it_holds(staff, ana):
    log(ana, Action.MOVIE_SEARCH, metadata={"query": "a secret"})
    User.objects.update(data_usage_consent=False)
    factories.rating(ana, factories.movie(title="A rated one"), 3)
    page = body(staff, of(ana))
    assert "a secret" not in page
    assert "not let us count" in page
    assert "A rated one" in page


@pytest.mark.parametrize(
    "said", [{"algorithm": "nonsense"}, {"film": "nonsense"}, {"film": "9" * 40}, {"acts-page": "x"}]
)
def test_an_address_that_means_nothing_shows_the_usual_page(staff, ana, said):
    factories.movie()
    assert "What they would be shown" in body(staff, of(ana), **said)


def test_nobody_at_that_number_is_said(staff):
    assert staff.get(reverse("insights:person", args=[0])).status_code == 404
    assert not Inspection.objects.exists()


@pytest.fixture
def community() -> User:
    """People with tastes, trained on; one of them lets us count."""
    films = [factories.movie() for _ in range(12)]
    for number in range(8):
        somebody = factories.user(data_usage_consent=True)
        for film in films[number % 4 : number % 4 + 6]:
            factories.rating(somebody, film, 4 + number % 2)
    training.train()
    return somebody


def test_looking_changes_nothing_but_the_list_of_looks(staff, community):
    def state() -> list[object]:
        return [
            list(table.objects.order_by("pk").values()) for table in (Recommendation, Interaction, Assignment, User)
        ]

    before = state()
    body(staff, of(community), algorithm="collaborative")
    assert state() == before


def test_the_numbers_are_those_of_the_algorithm_that_was_asked_for(staff, community):
    found = people.Inspected(community)
    shown = found.picks("popular")
    wanted = serving.picks_for(found.as_served_by("popular"), n=people.PICKS, exclude=found.mine.done)
    assert [one.card.id for one in shown] == [pick.movie_id for pick in wanted]
    assert {one.algorithm for one in shown} == {"popular"}
    assert shown[0].version in body(staff, of(community), algorithm="popular")


def test_the_working_of_one_film_adds_up_to_its_score(staff, community):
    found = people.Inspected(community)
    first = found.picks("collaborative")[0]
    working = found.working("collaborative", first.card.id)
    assert sum(line.amount for line in working.lines) == pytest.approx(first.score)
    page = body(staff, of(community), algorithm="collaborative", film=str(first.card.id))
    assert page.count("ranked__working") == 1


def test_a_tab_by_htmx_is_the_list_alone_and_is_a_look_too(staff, community):
    answer = staff.get(of(community), {"algorithm": "popular"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<h1" not in page
    assert 'id="shown"' in page
    assert Inspection.objects.count() == 1


def test_only_the_chosen_algorithm_is_asked(staff, community, monkeypatch):
    asked = []
    one = people.Inspected.picks
    monkeypatch.setattr(people.Inspected, "picks", lambda self, name: [asked.append(name), *one(self, name)][1:])
    body(staff, of(community), algorithm="content_based")
    assert asked == ["content_based"]


def test_the_page_takes_no_more_queries_for_somebody_who_did_much(staff, community):
    def queries(user: User) -> int:
        with CaptureQueriesContext(connection) as found:
            body(staff, of(user))
        return len(found)

    few = factories.user(data_usage_consent=True)
    factories.rating(few, factories.movie(), 4)
    body(staff, of(few))
    assert queries(community) <= queries(few) + 4


def test_the_arm_of_a_running_experiment_is_told(staff, ana, admin):
    experiment = trying.draft(actor=admin, name="Popular against new")
    type(experiment).objects.filter(pk=experiment.pk).update(
        status="running", seed="s", start_date=timezone.now() - datetime.timedelta(days=1)
    )
    Assignment.objects.create(experiment=experiment, user=ana, phase=experiment.phase, variant="b", bucket=1)
    page = body(staff, of(ana))
    assert "Popular against new" in page
    assert "arm B" in page
    experiments.stop(experiment_id=experiment.pk, actor=admin)
    assert "In none that runs." in body(staff, of(ana))
