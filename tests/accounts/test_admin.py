from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories


def test_the_list_shows_and_filters_simulated_people(client: Client, admin: User, viewer: User) -> None:
    factories.user(email="made-up@example.org", is_simulated=True)
    client.force_login(admin)
    page = client.get(reverse("admin:accounts_user_changelist"), {"is_simulated__exact": "1"}).content.decode()
    assert "made-up@example.org" in page
    assert "viewer@example.org" not in page


def test_what_people_say_about_themselves_can_only_be_read(client: Client, admin: User, viewer: User) -> None:
    client.force_login(admin)
    page = client.get(reverse("admin:accounts_user_change", args=[viewer.pk])).content.decode()
    assert 'name="is_active"' in page
    assert 'name="bio"' not in page
    assert 'name="is_simulated"' not in page


def test_a_member_does_not_get_in(member: Client) -> None:
    assert member.get(reverse("admin:accounts_user_changelist")).status_code == 302
