"""Reasons are data; the sentence is made for whoever reads it."""

import pytest
from django.utils import translation

from recs import explain
from tests import factories

TITLES = {1: "Heat", 2: "Ronin", 3: "Thief", 4: "Collateral"}
GENRES = {7: "Crime", 8: "Drama"}


def said(reason):
    with translation.override("en"):
        return explain.sentence(reason, titles=TITLES, genres=GENRES)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (explain.because([(1, 0.5)]), "Because you liked <bdi>Heat</bdi>"),
        (explain.because([(1, 0.5), (2, 0.2)]), "Because you liked <bdi>Heat</bdi> and <bdi>Ronin</bdi>"),
        (
            explain.because([(1, 0.5), (2, 0.2), (3, 0.1), (4, 0.1)]),
            "Because you liked <bdi>Heat</bdi>, <bdi>Ronin</bdi> and <bdi>Thief</bdi>",
        ),
        (explain.because([(1, 0.5)], liked=False), "Because you picked <bdi>Heat</bdi>"),
        (explain.similar(1), "Similar to <bdi>Heat</bdi>"),
        (explain.genre([7]), "A favourite in <bdi>Crime</bdi>"),
        (explain.genre([7, 8]), "A favourite in <bdi>Crime</bdi> and <bdi>Drama</bdi>"),
        (explain.popular(), "Popular with many people"),
        (explain.trending(), "Much watched and rated here these days"),
        (explain.gem(), "Little known and well rated"),
        ({}, "Popular with many people"),
    ],
)
def test_each_reason_has_its_sentence(reason, sentence):
    assert said(reason) == sentence


def test_a_film_that_is_gone_is_not_named():
    assert said(explain.because([(99, 0.5), (1, 0.2)])) == "Because you liked <bdi>Heat</bdi>"


def test_a_reason_with_nothing_left_to_name_becomes_the_plain_one():
    assert said(explain.because([(99, 0.5)])) == "Popular with many people"


def test_titles_cannot_bring_markup():
    sentence = explain.sentence(explain.similar(1), titles={1: "<b>x</b>"}, genres={})
    assert "<b>" not in sentence


@pytest.mark.django_db
def test_the_sentences_of_a_page_take_two_queries(django_assert_num_queries):
    films = [factories.movie() for _ in range(5)]
    genre = factories.genre("Noir")
    reasons = {film.pk: explain.because([(films[0].pk, 0.5), (film.pk, 0.4)]) for film in films}
    with django_assert_num_queries(2):
        found = explain.sentences({**reasons, -1: explain.genre([genre.pk])})
    assert len(found) == 6
    assert "Noir" in found[-1]
