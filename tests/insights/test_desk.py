"""The menu leads everybody who looks after something to their numbers, and nobody else."""

import pytest
from django.core.cache import caches
from django.test import Client

from accounts.services import groups
from tests import factories

pytestmark = pytest.mark.django_db


def menu(**fields: object) -> str:
    client = Client()
    client.force_login(fields.pop("user", None) or factories.user(**fields))
    return client.get("/browse/").content.decode().split("menu__list--end")[1].split("</details>")[0]


@pytest.mark.parametrize(
    ("group", "address"), [(groups.EXPERIMENTERS, "/insights/experiments/"), (groups.EDITORS, "/insights/films/")]
)
def test_a_group_is_led_to_its_work(group, address):
    somebody = factories.user()
    somebody.groups.add(groups.ensure()[group])
    found = menu(user=somebody)
    assert f'href="{address}"' in found
    assert "Administration" not in found


def test_staff_are_led_to_the_overview():
    assert 'href="/insights/"' in menu(is_staff=True)


def test_a_member_is_led_nowhere():
    assert "Insights" not in menu()


def test_two_people_of_one_name_each_have_their_own_menu():
    experimenter, member = factories.user(first_name="Kim"), factories.user(first_name="Kim")
    experimenter.groups.add(groups.ensure()[groups.EXPERIMENTERS])
    assert "Insights" in menu(user=experimenter)
    assert "Insights" not in menu(user=member)


def test_the_question_is_asked_once_a_minute(django_assert_num_queries):
    somebody = factories.user()
    menu(user=somebody)
    client = Client()
    client.force_login(somebody)
    client.get("/browse/")
    with django_assert_num_queries(0):
        assert caches["local"].get(f"insights:desk:{somebody.pk}") is not None
