"""Ratings as a table: its headings are orders, its stars rate, its dates are the reader's own."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from recs.models import Interaction
from tests import factories

pytestmark = pytest.mark.django_db
LATE = datetime.datetime(2026, 3, 1, 23, 30, tzinfo=datetime.UTC)


def table(client, **query) -> str:
    return client.get(reverse("recs:ratings"), {"view": "list", **query}).content.decode()


def titles(html: str) -> list[str]:
    return re.findall(r'class="card__title">([^<]*)<', html)


@pytest.fixture
def rated(viewer):
    films = (("Brazil", 1985, 2.0), ("Alien", 1979, 4.5), ("Casablanca", 1942, 3.0))
    for day, (title, year, stars) in enumerate(films):
        film = factories.movie(title=title, release_date=datetime.date(year, 1, 1))
        factories.rating(viewer, film, stars)
        Interaction.objects.filter(movie=film).update(timestamp=LATE + datetime.timedelta(days=day))


@pytest.mark.parametrize(
    ("sort", "expected", "said"),
    [
        ("", ["Casablanca", "Alien", "Brazil"], ("descending", "rated")),
        ("rated", ["Brazil", "Alien", "Casablanca"], ("ascending", "rated")),
        ("-rating", ["Alien", "Casablanca", "Brazil"], ("descending", "rating")),
        ("lowest", ["Brazil", "Casablanca", "Alien"], ("ascending", "rating")),
        ("-title", ["Casablanca", "Brazil", "Alien"], ("descending", "title")),
        ("-year", ["Brazil", "Alien", "Casablanca"], ("descending", "year")),
    ],
)
def test_a_heading_is_an_order_and_says_so(member, rated, sort, expected, said):
    html = table(member, sort=sort)
    assert titles(html) == expected
    assert re.findall(r'aria-sort="(\w+)"[^>]*><a id="by-(\w+)"', html) == [said]


def test_a_heading_leads_to_its_order_from_the_first_page(member, rated):
    (address,) = re.findall(r'id="by-year" href="([^"]*)"', table(member, page="1"))
    assert "sort=-year" in address
    assert "view=list" in address
    assert "page=" not in address


def test_each_line_can_be_rated_again(member, rated):
    assert len(re.findall(r'<td[^>]*><article class="card".*?type="range"', table(member))) == 3


def test_the_day_of_a_rating_is_that_of_the_readers_zone(member, rated):
    member.cookies["timezone"] = "Asia/Tokyo"
    with timezone.override("Asia/Tokyo"):
        assert "2 Mar 2026" in table(member)


def test_a_long_table_comes_in_pages_that_keep_the_order(member, viewer):
    for number in range(50):
        factories.rating(viewer, factories.movie(title=f"Film {number:02}"), 4)
    second = table(member, sort="-title", page="2")
    assert titles(second) == ["Film 01", "Film 00"]
    assert re.search(r'href="[^"]*sort=-title[^"]*page=1"', second)


def test_the_cost_of_the_table_does_not_grow(member, viewer, django_assert_max_num_queries):
    for number in range(40):
        factories.rating(viewer, factories.movie(title=f"Film {number}"), 3)
    table(member)
    with django_assert_max_num_queries(7):
        table(member)
