"""The one card: what it shows, and that it is drawn once for everybody."""

import re
import time

import pytest
from django.template import Context, Template
from django.utils import translation

from catalog.cards import by_ids
from catalog.models import Movie
from recs import cards
from recs.mine import FLAGS, UNTOUCHED, CardState, Mine
from tests import factories


@pytest.fixture(autouse=True)
def _nothing_drawn() -> None:
    cards.clear()


@pytest.fixture
def card(db):
    factories.movie(title="Heat", year=1995, genres=["Crime"])
    return Movie.objects.cards()[0]


def test_a_list_of_cards_is_one_query(db, django_assert_num_queries):
    for _ in range(3):
        factories.movie(genres=["Crime", "Drama"])
    with django_assert_num_queries(1):
        found = Movie.objects.order_by("pk").cards()
    assert [film.genre for film in found] == ["crime"] * 3


def test_saving_a_film_makes_a_new_version_of_its_card(card):
    Movie.objects.get().save()
    assert Movie.objects.cards()[0].version > card.version


def test_a_card_holds_no_token_and_fits_in_four_kilobytes(card):
    html = cards.render(card, UNTOUCHED, language="en")
    assert "csrf" not in html
    assert len(html) < 4096


def test_the_second_time_the_template_is_not_asked(card, monkeypatch):
    first = cards.render(card, UNTOUCHED, language="en")
    monkeypatch.setattr(cards, "_draw", lambda *_: pytest.fail("drawn twice"))
    assert cards.render(card, UNTOUCHED, language="en") is first


def test_a_remembered_card_takes_microseconds(card):
    cards.render(card, UNTOUCHED, language="en")
    started = time.perf_counter()
    for _ in range(20_000):
        cards.render(card, UNTOUCHED, language="en")
    assert (time.perf_counter() - started) / 20_000 < 10e-6


def test_the_memory_is_bounded(card, monkeypatch):
    monkeypatch.setattr(cards, "MOST", 20)
    for rating in range(60):
        cards.render(card, CardState(rating / 2), language="en")
    assert len(cards._drawn) <= 20


def test_each_language_has_its_own_card(card):
    english = cards.render(card, UNTOUCHED, language="en")
    with translation.override("fr"):
        assert cards.render(card, UNTOUCHED, language="fr") is not english


@pytest.mark.parametrize(
    ("rating", "spoken"), [(None, "Not rated"), (0.5, "0.5 stars"), (1, "1 star"), (3.5, "3.5 stars"), (4, "4 stars")]
)
def test_the_rating_is_said_in_words(card, rating, spoken):
    assert f'aria-valuetext="{spoken}"' in cards.render(card, CardState(rating), language="en")


@pytest.mark.parametrize("kind", list(FLAGS))
def test_a_mark_shows_as_pressed_and_offers_to_be_taken_back(card, kind):
    html = cards.render(card, CardState(None, FLAGS[kind]), language="en")
    button = re.search(rf'<button[^>]*formaction="/film/[^"]+/mark/{kind}/"[^>]*>', html)
    assert button
    assert 'aria-pressed="true"' in button[0]
    assert 'value="0"' in button[0]


def test_every_button_says_the_same_to_a_script_and_to_a_browser_without(card):
    html = cards.render(card, UNTOUCHED, language="en")
    pairs = re.findall(r'formaction="([^"]+)"[^>]*hx-post="([^"]+)"', html)
    assert len(pairs) == 6
    assert all(plain == htmx for plain, htmx in pairs)


def test_a_title_is_escaped(db):
    factories.movie(title="<i>Heat</i>", slug="heat")
    assert "<i>Heat" not in cards.render(Movie.objects.cards()[0], UNTOUCHED, language="en")


def test_the_tags_show_each_film_as_its_reader_left_it(card, viewer):
    factories.rating(viewer, Movie.objects.get(), 4.5)
    template = Template("{% load cards %}{% movie_cards films %}{% movie_card film %}")
    html = template.render(Context({"mine": Mine(viewer), "films": [card], "film": card}))
    assert html.count('data-value="4.5"') == 2


def test_a_page_without_a_reader_shows_untouched_cards(card):
    html = Template("{% load cards %}{% movie_card film %}").render(Context({"film": card}))
    assert 'data-value="0.0"' in html


def test_cards_by_number_are_those_of_the_films(db):
    factories.movie(title="Heat", year=1995, genres=["Crime"])
    factories.movie(title="Undated", release_date=None)
    wanted = {card.id: card for card in Movie.objects.all().cards()}
    assert by_ids(list(wanted)) == wanted
