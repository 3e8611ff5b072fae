"""/styleguide/: every component on one page, for staff."""

import pytest
from django.test import Client

from tests import factories


@pytest.fixture
def staff(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def test_staff_see_every_component_with_real_films(staff):
    factories.movie(title="Paper Lanterns")
    html = staff.get("/styleguide/").content.decode()
    assert "Paper Lanterns" in html
    assert all(f'id="{part}"' in html for part in ("words", "films", "grid", "list", "wait", "forms", "states"))


def test_members_are_refused(member):
    assert member.get("/styleguide/").status_code == 403


def test_visitors_are_asked_to_log_in(db, client):
    assert client.get("/styleguide/").status_code == 302


def test_the_sample_table_says_how_it_is_sorted(staff):
    html = staff.get("/styleguide/?sort=-year").content.decode()
    assert 'aria-sort="descending"' in html


def test_a_field_in_error_points_at_its_error(staff):
    html = staff.get("/styleguide/").content.decode()
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="wrong_error"' in html
