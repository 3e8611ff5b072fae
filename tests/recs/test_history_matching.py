"""Which film is meant: right rather than many."""

import csv
from collections.abc import Iterator

import pytest

from recs.history import titles, values
from recs.history.matching import BY_NUMBER, Entry, match_all
from recs.history.records import Film
from tests import needs
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


@pytest.mark.parametrize(
    ("title", "year", "number"),
    [("The Raid: Redemption", 2011, 1), ("Zathura", 2005, 2), ("Lee Daniels' The Butler", 2013, 3)],
)
def test_titles_that_hold_one_another_are_asked(title, year, number):
    films = [entry(1, "The Raid", 2011), entry(2, "Zathura: A Space Adventure", 2005), entry(3, "The Butler", 2013)]
    match = index(films).match(Film(title, year=year))
    assert (match.movie, match.candidates) == (None, (number,))


def labelled() -> tuple[list[Entry], list[tuple[int, Film]]]:
    """Films of TMDB, and MovieLens' titles with TMDB's number as the answer."""
    films: dict[int, Entry] = {}
    for row in rows("tmdb-5000/tmdb_5000_movies.csv"):
        year = values.year(row["release_date"])
        films[int(row["id"])] = entry(int(row["id"]), row["title"], year, original=row["original_title"])
    answers = {row["movieId"]: int(row["tmdbId"]) for row in rows("ml-latest-small/links.csv") if row["tmdbId"]}
    asked = []
    for row in rows("ml-latest-small/movies.csv"):
        title, original, year = values.split_title(row["title"])
        if row["movieId"] in answers:
            asked.append((answers[row["movieId"]], Film(title, original, year)))
    return list(films.values()), asked


def rows(name: str) -> Iterator[dict[str, str]]:
    with (needs.SHARED / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@needs.shared("tmdb-5000")
@needs.shared("ml-latest-small")
def test_of_ten_thousand_titles_nearly_every_one_is_found_and_hardly_any_wrongly():
    films, asked = labelled()
    found = match_all(index(films), [film for _answer, film in asked])
    here = {film.id for film in films}
    sure = [(answer, match.movie) for (answer, _film), match in zip(asked, found, strict=True) if match.movie]
    right = sum(answer == movie for answer, movie in sure)
    assert right / len(sure) > 0.998
    assert right / sum(answer in here for answer, _film in asked) > 0.98
