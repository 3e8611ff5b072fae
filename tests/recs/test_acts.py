"""Rating, marking and undoing over HTTP, with and without htmx."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from recs.mine import Mine
from recs.services import interactions
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/browse/?page=2"}
ON_HOME = {**HTMX, "HX-Current-URL": "http://testserver/"}


@pytest.fixture
def film(db):
    return factories.movie(title="Heat <b>", year=1995)


def rate(client: Client, movie, rating, **extra):
    address = reverse("recs:rate", args=[movie.slug])
    return client.post(address, {f"{movie.pk}-rating": rating, **extra.pop("data", {})}, **extra)


def mark(client: Client, movie, kind, on="1", **extra):
    return client.post(reverse("recs:mark", args=[movie.slug, kind]), {"on": on, **extra.pop("data", {})}, **extra)


def test_a_rating_is_kept_and_the_way_leads_back(member, viewer, film):
    response = rate(member, film, "3.5", data={"next": "/browse/?page=2"})
    assert (response.status_code, response.url) == (302, "/browse/?page=2")
    assert Mine(viewer).ratings == {film.pk: 3.5}


def test_zero_stars_take_the_rating_back(member, viewer, film):
    factories.rating(viewer, film, 4)
    rate(member, film, "0")
    assert Mine(viewer).ratings == {}


@pytest.mark.parametrize("rating", ["7", "0.3", "-1", "abc", "NaN", "inf", "1e400", "", "5.5", "3,5"])
def test_a_rating_that_is_none_is_refused_with_a_reason(member, viewer, film, rating):
    response = rate(member, film, rating, headers=HTMX)
    assert response.status_code == 400
    assert re.search(r"rating|stars", response.content.decode())
    assert not viewer.interactions.exists()


def test_a_rating_without_its_field_is_refused_on_a_page_with_a_way_back(member, viewer, film):
    response = member.post(reverse("recs:rate", args=[film.slug]), {"next": "/browse/"})
    assert response.status_code == 400
    assert 'href="/browse/"' in response.content.decode()
    assert not viewer.interactions.exists()


@pytest.mark.parametrize("name", ["rate", "undo"])
def test_an_unknown_film_is_not_found(member, name):
    assert member.post(reverse(f"recs:{name}", args=["no-such-film"])).status_code == 404


@pytest.mark.parametrize("kind", ["rating", "click", "nonsense"])
def test_an_unknown_kind_of_mark_is_not_found(member, viewer, film, kind):
    assert mark(member, film, kind).status_code == 404
    assert not viewer.interactions.exists()


@pytest.mark.parametrize("on", ["", "2", "yes"])
def test_a_mark_must_say_on_or_off(member, viewer, film, on):
    assert mark(member, film, "like", on).status_code == 400
    assert not viewer.interactions.exists()


@pytest.mark.parametrize("kind", ["watchlist", "favorite", "like", "dislike", "not_interested", "view"])
def test_every_mark_can_be_set_and_taken_away(member, viewer, film, kind):
    mark(member, film, kind)
    assert Mine(viewer).has(film.pk, kind)
    mark(member, film, kind, "0")
    assert not viewer.interactions.exists()


def test_acts_are_posted_and_never_got(member, film):
    for name, args in (("rate", []), ("mark", ["like"]), ("undo", [])):
        assert member.get(reverse(f"recs:{name}", args=[film.slug, *args])).status_code == 405


def test_the_way_back_never_leads_to_another_site(member, film):
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert mark(member, film, "like", data={"next": evil}).url == film.get_absolute_url()


def test_htmx_gets_the_changed_card_and_a_toast_with_undo(member, film):
    html = mark(member, film, "watchlist", headers=HTMX).content.decode()
    assert f'id="card-{film.pk}"' in html
    assert 'hx-swap-oob="beforeend:#toasts"' in html
    assert "Heat &lt;b&gt;</bdi> is on your watchlist." in html
    assert reverse("recs:undo", args=[film.slug]) in html


def test_the_toasts_undo_works(member, viewer, film):
    html = mark(member, film, "watchlist", headers=HTMX).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', html)[1]
    response = member.post(
        reverse("recs:undo", args=[film.slug]), {"token": token}, headers={**HTMX, "HX-Target": "toast-1"}
    )
    html = response.content.decode()
    assert f"outerHTML:#card-{film.pk}" in html
    assert '<div id="toast-1" hx-swap-oob="delete">' in html
    assert not viewer.interactions.exists()


def test_without_htmx_the_next_page_says_what_was_done_and_offers_undo(member, viewer, film):
    response = mark(member, film, "not_interested", data={"next": reverse("recs:not_interested")})
    html = member.get(response.url).content.decode()
    assert "is hidden from your picks." in html
    assert 'hx-target="closest .toast"' not in html
    token = re.search(r'name="token" value="([^"]+)"', html)[1]
    member.post(reverse("recs:undo", args=[film.slug]), {"token": token})
    assert not viewer.interactions.exists()


@pytest.mark.parametrize("token", ["", "forged", "a:b:c"])
def test_a_forged_token_undoes_nothing(member, viewer, film, token):
    factories.rating(viewer, film, 4)
    response = member.post(reverse("recs:undo", args=[film.slug]), {"token": token}, headers=HTMX)
    assert response.status_code == 400
    assert "no longer be undone" in response.content.decode()
    assert Mine(viewer).ratings == {film.pk: 4}


def test_somebody_elses_token_undoes_nothing(member, stranger, film):
    token = interactions.rate(user=stranger, movie=film, rating=4).token
    assert member.post(reverse("recs:undo", args=[film.slug]), {"token": token}).status_code == 400
    assert Mine(stranger).ratings == {film.pk: 4}


def test_on_the_home_page_the_rows_come_along_and_no_card_is_swapped(member, film):
    response = mark(member, film, "not_interested", headers=ON_HOME)
    html = response.content.decode()
    assert response.headers["HX-Retarget"] == "#home-state"
    assert 'id="row-top-list" hx-swap-oob="true">' in html
    assert f'id="card-{film.pk}"' not in html
