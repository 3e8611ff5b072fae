"""A page stood open for so long that its person is no longer logged in."""

import pytest
from django.test import Client
from django.urls import reverse

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/me/ratings/?page=2"}
HERE = "/accounts/login/?next=/me/ratings/%3Fpage%3D2"


@pytest.mark.parametrize("path", [reverse("accounts:settings"), reverse("recs:ratings"), reverse("recs:welcome_films")])
def test_htmx_sends_the_whole_page_to_the_log_in_and_back_to_where_it_was(db, client, path):
    answer = client.get(path, headers=HTMX)
    assert (answer.status_code, answer.content, answer["HX-Redirect"]) == (200, b"", HERE)


def test_a_form_that_htmx_sends_is_answered_likewise(db, client):
    assert client.post(reverse("accounts:settings"), {"first_name": "A"}, headers=HTMX)["HX-Redirect"] == HERE


def test_a_plain_page_is_come_back_to_after_the_log_in(db, client):
    assert client.get(reverse("recs:ratings"), {"page": "2"}).url == HERE


def test_after_a_plain_form_the_way_leads_back_to_its_page_and_not_to_an_address_that_only_takes_forms(db, client):
    path = reverse("recs:welcome_finish")
    assert client.post(path, {"next": "/me/ratings/?page=2"}).url == HERE
    assert client.post(path, headers={"Referer": "http://testserver/settings/"}).url.endswith("/settings/")
    assert client.post(path, headers={"Referer": "http://evil.example/"}).url == "/accounts/login/?next=/"
    assert client.post(path).url == "/accounts/login/?next=/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "http://[::1", "//evil.example", "javascript:alert(1)", "", "\x7f"]
)
def test_a_forged_address_leads_home(db, elsewhere):
    answer = Client().get(reverse("recs:ratings"), headers={"HX-Request": "true", "HX-Current-URL": elsewhere})
    assert answer["HX-Redirect"] == "/accounts/login/?next=/"
