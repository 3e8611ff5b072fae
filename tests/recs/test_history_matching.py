"""Which film is meant: right rather than many."""

import pytest

from recs.history import titles
from recs.history.matching import BY_NUMBER, match_all
from recs.history.records import Film
from tests.recs.histories import entry, index

CATALOGUE = [
    entry(1, "Heat", 1995, imdb="tt0113277", tmdb=949),
    entry(2, "The Host", 2006, original="괴물"),
    entry(3, "The Host", 2013),
    entry(4, "Amélie", 2001, original="Le Fabuleux Destin d'Amélie Poulain"),
    entry(5, "Die Hard", 1988),
    entry(6, "Columbus", 2017, imdb="tt5990474"),
    entry(7, "Columbus", 2017),
    entry(8, "Fast & Furious", 2009),
    entry(9, "L'Avventura", 1960),
    entry(10, "Se7en", 1995),
    entry(11, "Alien", 1979),
    entry(12, "The Matrix", 1999),
]
INDEX = index(CATALOGUE)


def sure(title: str, year: int | None = None, **fields) -> int | None:
    return INDEX.match(Film(title, year=year, **fields)).movie


@pytest.mark.parametrize(
    ("title", "year", "number"),
    [
        ("heat", 1995, 1),
        ("HEAT", 1996, 1),
        ("The Host", 2006, 2),
        ("Host, The", 2013, 3),
        ("괴물", 2006, 2),
        ("Amelie", 2001, 4),
        ("Le fabuleux destin d’Amelie Poulain", 2001, 4),
        ("Fabuleux destin d'Amélie Poulain, Le", 2001, 4),
        ("Fast and Furious", 2009, 8),
        ("Avventura, L'", 1960, 9),
        ("Matrix", 1999, 12),
    ],
)
def test_a_title_and_a_year_name_a_film_however_they_are_written(title, year, number):
    assert sure(title, year) == number


def test_a_number_of_imdb_or_tmdb_decides_whatever_the_title_says():
    assert sure("Another Name", 2020, imdb="tt0113277") == 1
    assert sure("", None, tmdb=949) == 1


def test_a_film_with_another_number_is_another_film():
    assert sure("Heat", 1995, imdb="tt9999999") is None
    assert sure("Heat", 1995, tmdb=123) is None


def test_numbers_that_lead_to_two_films_are_asked():
    other = index([entry(1, "Heat", 1995, imdb="tt0113277"), entry(2, "Heat", 1986, tmdb=5)])
    assert other.match(Film("Heat", year=1995, imdb="tt0113277", tmdb=5)).candidates == (1, 2)


@pytest.mark.parametrize(
    ("title", "year", "candidates"),
    [
        ("Columbus", 2017, {6, 7}),
        ("The Host", None, {2, 3}),
        ("Heat", None, {1}),
        ("Alien", 1992, {11}),
        ("The Matrx", 1999, {12}),
        ("Matrix", 2000, {12}),
    ],
)
def test_whatever_leaves_a_doubt_is_asked(title, year, candidates):
    match = INDEX.match(Film(title, year=year))
    assert match.movie is None
    assert set(match.candidates) == candidates


@pytest.mark.parametrize("title", ["Hard", "Completely Different", "", "()"])
def test_a_title_that_is_not_there_finds_nothing(title):
    match = INDEX.match(Film(title, year=1988))
    assert match.movie is None
    assert 11 not in match.candidates


def test_one_film_cannot_be_two_lines_of_a_file():
    found = match_all(INDEX, [Film("Heat", year=1995), Film("Heat", year=1996), Film("Alien", year=1979)])
    assert [match.movie for match in found] == [1, None, 11]
    assert found[1].candidates == (1,)


def test_two_lines_with_the_number_of_one_film_are_both_it():
    found = match_all(INDEX, [Film("Heat", imdb="tt0113277"), Film("Heat", tmdb=949)])
    assert [(match.movie, match.sure) for match in found] == [(1, BY_NUMBER), (1, BY_NUMBER)]


@pytest.mark.parametrize("title", ["I, Robot", "O Brother, Where Art Thou?", "As Good as It Gets", "Die Hard"])
def test_words_that_are_articles_elsewhere_stay(title):
    key = titles.full(title)
    assert titles.short(key) == key


@pytest.mark.parametrize("title", ["...", "!!!", "The", "", "   ", "é", "+1", "$"])
def test_every_title_has_a_key(title):
    assert titles.short(titles.full(title)) == titles.full(title).strip()
