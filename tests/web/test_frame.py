"""The frame round every page: language, theme, tokens, the parts that scripts rely on."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories


def page(client: Client, path: str = "/browse/") -> str:
    return client.get(path).content.decode()


def test_the_theme_of_the_cookie_is_there_before_the_first_paint(db, client):
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in page(client)


def test_without_a_choice_the_theme_follows_the_system(db, client):
    assert 'data-theme="system"' in page(client)


def test_choosing_a_theme_needs_no_script_and_leads_back(db, client):
    answer = client.post(reverse("theme"), {"theme": "light", "next": "/browse/?sort=new"})
    assert (answer.url, answer.cookies["theme"].value) == ("/browse/?sort=new", "light")


def test_an_unknown_theme_is_not_kept(db, client):
    assert "theme" not in client.post(reverse("theme"), {"theme": "<script>"}).cookies


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)", ""])
def test_choosing_a_theme_never_leads_off_the_site(db, client, elsewhere):
    assert client.post(reverse("theme"), {"theme": "dark", "next": elsewhere}).url == "/"


def test_arabic_pages_run_from_right_to_left(db, client):
    client.cookies["django_language"] = "ar"
    assert '<html lang="ar" dir="rtl"' in page(client)


def test_one_form_with_a_token_serves_every_button_of_the_page(db, client):
    factories.movie()
    html = page(client)
    assert html.count('id="act"') == 1
    assert html.count("csrfmiddlewaretoken") == 1


def test_nothing_cached_carries_one_person_to_another(member, stranger):
    other = Client()
    other.force_login(stranger)
    stranger.first_name = "Somebody"
    stranger.save()
    assert "Somebody" in page(other)
    assert "Somebody" not in page(member)


def test_the_shown_page_is_marked_in_the_navigation(db, client):
    marked = re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', page(client))
    assert set(marked) == {"/browse/"}


def test_a_search_keeps_its_words_in_the_box(db, client):
    assert 'value="blue &quot;velvet"' in page(client, "/search/?q=blue+%22velvet")


def test_pages_hold_no_inline_script_or_style(db, client):
    html = page(client)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


def test_the_notice_that_tmdb_asks_for_is_on_every_page(db, client):
    assert "uses the TMDB API but is not endorsed or certified by TMDB" in page(client)


def test_shortcuts_can_be_off(db, client):
    client.cookies["shortcuts"] = "off"
    assert 'data-shortcuts="off"' in page(client)


@pytest.mark.parametrize(
    ("theme", "colours"), [("light", ["#ffffff"]), ("dark", ["#1c182b"]), ("", ["#ffffff", "#1c182b"])]
)
def test_the_browsers_own_frame_has_the_colour_of_the_theme(db, client, theme, colours):
    client.cookies["theme"] = theme
    assert re.findall(r'name="theme-color" content="([^"]+)"', page(client)) == colours
