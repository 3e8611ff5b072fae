"""What a visitor pressed is done once they are logged in."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from recs.mine import Mine
from tests import factories
from tests.browsers import CommittingClient

pytestmark = pytest.mark.django_db
PASSWORD = "open sesame 42"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/browse/?page=2"}


@pytest.fixture
def film(db):
    return factories.movie(title="Heat", year=1995)


def mark(client: Client, movie, kind: str = "watchlist", **extra):
    return client.post(reverse("recs:mark", args=[movie.slug, kind]), {"on": "1", "next": "/browse/"}, **extra)


def log_in(client: Client, user: User):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)


@pytest.fixture
def known(viewer):
    viewer.emailaddress_set.create(email=viewer.email, verified=True, primary=True)
    return viewer


def test_a_visitor_is_sent_to_log_in_and_back(client, film):
    response = mark(client, film)
    assert response.url == f"{reverse('account_login')}?next=/browse/"
    assert "remember that about" in client.get(response.url).content.decode()


def test_htmx_is_sent_there_as_a_whole_page(client, film):
    response = mark(client, film, headers=HTMX)
    assert response.headers["HX-Redirect"] == f"{reverse('account_login')}?next=/browse/%3Fpage%3D2"
    assert response.content == b""


def test_the_act_is_done_after_log_in_and_said(client, film, known):
    mark(client, film)
    page = log_in(client, known)
    assert Mine(known).has(film.pk, "watchlist")
    assert "is on your watchlist." in page.content.decode()


def test_a_rating_waits_too(client, film, known):
    client.post(reverse("recs:rate", args=[film.slug]), {f"{film.pk}-rating": "4.5"})
    log_in(client, known)
    assert Mine(known).ratings == {film.pk: 4.5}


def test_only_the_last_act_waits(client, film, known):
    other = factories.movie()
    mark(client, film)
    mark(client, other, "favorite")
    log_in(client, known)
    assert list(known.interactions.values_list("movie_id", "interaction_type")) == [(other.pk, "favorite")]


def test_it_is_done_once(client, film, known):
    mark(client, film)
    log_in(client, known)
    known.interactions.all().delete()
    client.post(reverse("account_logout"))
    log_in(client, known)
    assert not known.interactions.exists()


def test_a_film_that_has_gone_is_forgotten(client, film, known):
    mark(client, film)
    film.delete()
    assert log_in(client, known).status_code == 200
    assert not known.interactions.exists()


def test_a_bad_act_is_refused_before_any_log_in(client, film):
    response = client.post(reverse("recs:rate", args=[film.slug]), {f"{film.pk}-rating": "7"})
    assert response.status_code == 400
    assert "pending_act" not in client.session


def test_the_act_is_done_after_sign_up(film):
    client = CommittingClient()
    mark(client, film)
    form = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), form)
    link = re.search(r"http://\S+(/accounts/confirm-email/\S+/)", mail.outbox[0].body)[1]
    page = client.post(link, follow=True)
    assert Mine(User.objects.get(email="new@example.org")).has(film.pk, "watchlist")
    assert "is on your watchlist." in page.content.decode()


def test_undo_without_a_person_leads_to_log_in(client, film):
    response = client.post(reverse("recs:undo", args=[film.slug]), {"token": "x"})
    assert response.url.startswith(reverse("account_login"))
