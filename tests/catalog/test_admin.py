"""Editors keep the catalogue in the admin; nobody else does."""

import pytest
from django.test import Client

from accounts.services import groups
from catalog.models import EditorsPick, Movie
from tests import factories


@pytest.fixture
def editor(db) -> Client:
    user = factories.user(email="editor@example.org", is_staff=True)
    user.groups.add(groups.ensure()[groups.EDITORS])
    client = Client()
    client.force_login(user)
    return client


def form(**fields: str) -> dict[str, str]:
    inlines = {
        f"{name}-{part}": "0" for name in ("moviegenre_set", "credits") for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    plain = {"title": "By hand", "original_title": "By hand", "slug": "by-hand-2020", "main_cast": "[]", "status": ""}
    return {**inlines, **plain, "tmdb_vote_count": "0", "countries": "", **fields}


def test_an_editor_adds_a_film_without_a_tmdb_id(editor):
    response = editor.post("/admin/catalog/movie/add/", form(runtime="95"))
    assert response.status_code == 302, response.content.decode()[:3000]
    assert Movie.objects.get(slug="by-hand-2020").tmdb_id is None


def test_a_rating_above_ten_is_refused_at_its_field_and_nothing_is_written(editor):
    response = editor.post("/admin/catalog/movie/add/", form(tmdb_rating="11"))
    assert response.status_code == 200
    assert not Movie.objects.exists()


def test_the_list_of_films_is_found_and_searched(editor):
    factories.movie(title="A lantern in the fog")
    assert b"lantern" in editor.get("/admin/catalog/movie/?q=lantern").content


def test_an_editor_may_not_delete_a_film(editor):
    film = factories.movie()
    assert editor.post(f"/admin/catalog/movie/{film.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_viewer_is_sent_away_from_the_admin(member):
    assert member.get("/admin/catalog/movie/").status_code == 302


def test_an_editor_stands_up_for_a_film_and_is_named(editor):
    film = factories.movie(title="Playtime")
    said = {"movie": film.pk, "note": "Watch the corners.", "starts_on": "2026-11-02", "ends_on": "2026-11-09"}
    assert editor.post("/admin/catalog/editorspick/add/", said).status_code == 302
    pick = EditorsPick.objects.get()
    assert (pick.movie, pick.created_by.email) == (film, "editor@example.org")


def test_a_pick_that_ends_before_it_begins_is_refused(editor):
    film = factories.movie()
    said = {"movie": film.pk, "note": "", "starts_on": "2026-11-09", "ends_on": "2026-11-02"}
    assert "The last day is before the first." in editor.post("/admin/catalog/editorspick/add/", said).content.decode()


def test_an_editor_takes_a_pick_of_theirs_away(editor):
    pick = EditorsPick.objects.create(movie=factories.movie(), starts_on="2026-11-02", ends_on="2026-11-09")
    editor.post(f"/admin/catalog/editorspick/{pick.pk}/delete/", {"post": "yes"})
    assert not EditorsPick.objects.exists()
