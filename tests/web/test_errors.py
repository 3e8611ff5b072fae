"""Our own error pages."""

import pytest
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.parametrize("code", ["400", "500", "503"])
def test_a_page_for_a_broken_site_needs_neither_request_nor_database(code):
    html = render_to_string(f"errors/{code}.html")
    assert "css/tokens.css" in html
    assert "<h1" in html


def test_a_page_that_is_not_there_offers_a_search(db, client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert 'name="q"' in answer.content.decode().split("<main")[1]


def test_a_form_that_is_too_old_says_that_nothing_was_saved(db):
    answer = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()
