"""Every staff address as every role: who comes in, who is refused, and that no address is forgotten."""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from insights.urls import urlpatterns
from tests import factories, roles
from tests.recs import trying

pytestmark = pytest.mark.django_db

REFUSED, POST_ONLY = 403, 405
STAFF = {"staff", "administrator"}
EXPERIMENTERS = {"experimenter", "administrator"}
EDITORS = {"editor"} | STAFF
READERS = {"editor", "experimenter"} | STAFF


def patterns(found=urlpatterns):
    for one in found:
        yield from [one] if isinstance(one, URLPattern) else patterns(one.url_patterns)


NAMES = sorted({pattern.name for pattern in patterns()})
GIVEN = {"name": "searches", "figure": "words"}


@pytest.fixture
def people() -> dict[str, Client]:
    return roles.browsers()


@pytest.fixture
def address(admin):
    experiment, film = trying.draft(actor=admin), factories.movie()

    def of(name: str) -> str:
        pattern = next(one for one in patterns() if one.name == name)
        wanted = set(pattern.pattern.converters) | ({"pk"} if needs_experiment(name) else set())
        given = {**GIVEN, "pk": admin.pk if name == "person" else experiment.pk, "slug": film.slug}
        return reverse(f"insights:{name}", kwargs={key: given[key] for key in wanted})

    return of


def needs_experiment(name: str) -> bool:
    return name.startswith("experiment") and name not in ("experiments", "experiment_new", "experiment_plan")


def readers(name: str) -> set[str]:
    if name.startswith("experiment"):
        return EXPERIMENTERS
    if name.startswith("film"):
        return EDITORS
    if name.startswith("inspection"):
        return {"administrator"}
    return READERS if name.startswith("evaluation") else STAFF


@pytest.mark.parametrize("name", NAMES)
def test_only_those_whose_work_it_is_come_in(people, address, name):
    there = address(name)
    codes = {role: people[role].get(there).status_code for role in roles.ROLES}
    if set(codes.values()) == {POST_ONLY}:
        codes = {role: people[role].post(there).status_code for role in roles.ROLES}
    assert {role for role in roles.ROLES if codes[role] != REFUSED} == readers(name)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_can_post_there(people, address, name):
    there = address(name)
    for role in set(roles.ROLES) - readers(name):
        assert people[role].post(there).status_code in (REFUSED, POST_ONLY)


@pytest.mark.parametrize("name", NAMES)
def test_a_visitor_is_asked_to_log_in(client, address, name):
    there = address(name)
    assert client.get(there).url == f"{reverse('account_login')}?next={there}"
