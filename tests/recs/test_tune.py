"""/film/<slug>/tune/: films like this one, with more of some traits and less of others; the address says which."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Movie
from recs.services import interactions
from recs.tuner import Tuner
from tests import factories
from tests.recs import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def westerns(db) -> list[Movie]:
    """A trained site where a few westerns are by one person, and a few are of the seventies."""
    westerns, _romances = stage.two_circles()
    maker = factories.person("Ana <Example>")
    for film in westerns[:4]:
        factories.credit(film, maker, cast_type="crew", job="Director")
    for film in westerns[2:6]:
        film.release_date = film.release_date.replace(year=1975)
        film.save()
    stage.train()
    return westerns


def page(client: Client, film: Movie, question: str = "", **headers: str) -> str:
    address = f"{reverse('recs:tune', args=[film.slug])}?{question}"
    return client.get(address, headers=headers).content.decode()


def key(film: Movie, kind: str) -> str:
    return next(tag.key for tag in Tuner(film, more=(), less=()).tags if tag.key.startswith(kind))


def first(film: Movie, more: list[str], less: list[str]) -> list[str]:
    return [card.slug for card in Tuner(film, more=more, less=less).films(exclude=())]


def test_the_films_traits_are_named_in_peoples_words(client, westerns):
    html = page(client, westerns[2])
    assert all(f'<bdi class="tuned__name">{name}</bdi>' in html for name in ("Ana &lt;Example&gt;", "1970s"))


def test_more_of_a_trait_brings_films_that_have_it_to_the_front(westerns):
    decade, maker = key(westerns[2], "decade"), key(westerns[2], "person")
    assert set(first(westerns[2], [maker], [decade])[:2]) == {westerns[0].slug, westerns[1].slug}
    assert set(first(westerns[2], [decade], [maker])[:2]) == {westerns[4].slug, westerns[5].slug}


def test_the_film_itself_and_what_somebody_is_done_with_are_left_out(member, viewer, westerns):
    interactions.rate(user=viewer, movie=westerns[3], rating=4)
    html = page(member, westerns[2])
    assert f'id="card-{westerns[4].pk}"' in html
    assert not {westerns[2].pk, westerns[3].pk} & {int(pk) for pk in re.findall(r'id="card-(\d+)"', html)}


def links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*/tune/[^"]*)"', html)]


def test_each_step_is_a_link_that_keeps_the_others(client, westerns):
    tag = key(westerns[2], "person")
    moved = page(client, westerns[2], f"more={tag}")
    assert "is-moved" in moved
    assert any(f"more={tag}&less=" in link for link in links(moved))
    assert reverse("recs:tune", args=[westerns[2].slug]) in links(moved)


def test_beyond_the_last_step_there_is_no_link(westerns):
    tag = key(westerns[2], "person")
    (moved,) = [one for one in Tuner(westerns[2], more=[tag], less=()).tags if one.key == tag]
    assert (moved.place, moved.more) == (1, "")
    assert "more=" not in moved.less


@pytest.mark.parametrize("question", ["more=person:99999999", "less=%00", "more=genre:x&less=word:<script>", "more="])
def test_what_is_no_trait_of_the_film_counts_as_not_asked(client, westerns, question):
    html = page(client, westerns[2], question)
    assert "is-moved" not in html
    assert "<script>" not in html.partition("<body")[2]


def test_htmx_gets_the_strip_and_the_address_only_on_the_page_itself(client, westerns):
    path = reverse("recs:tune", args=[westerns[2].slug])
    asked = {"HX-Request": "true", "HX-Target": "tuner-in", "HX-Current-URL": f"http://testserver{path}"}
    answer = client.get(f"{path}?more={key(westerns[2], 'person')}", headers=asked)
    assert answer.headers["HX-Push-Url"].startswith(f"{path}?more=person:")
    assert 'id="tuner-said"' in answer.content.decode()
    elsewhere = client.get(path, headers={**asked, "HX-Current-URL": "http://testserver/film/x/"})
    assert "HX-Push-Url" not in elsewhere.headers


def test_before_the_first_training_it_says_that_too_little_is_known(client):
    assert "We know too little about this film" in page(client, factories.movie())


def test_the_films_page_loads_it_and_links_to_it(client, westerns):
    html = client.get(westerns[2].get_absolute_url()).content.decode()
    assert f'hx-get="{reverse("recs:tune", args=[westerns[2].slug])}"' in html
    assert f'href="{reverse("recs:tune", args=[westerns[2].slug])}"' in html
