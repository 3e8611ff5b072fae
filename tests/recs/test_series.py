"""Titles that look like parts of one series, and titles that do not."""

import pytest

from recs import series


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Star Wars", "Star Wars: The Last Jedi"),
        ("Toy Story", "Toy Story 2"),
        ("Alien", "Alien 3"),
        ("Rocky", "Rocky IV"),
        ("Back to the Future", "Back to the Future Part II"),
        ("Kill Bill: Vol. 1", "Kill Bill: Vol. 2"),
        ("Harry Potter and the Goblet of Fire", "Harry Potter and the Prisoner of Azkaban"),
        ("The Matrix", "The Matrix Reloaded"),
        ("The Godfather", "The Godfather Part III"),
    ],
)
def test_parts_of_a_series_are_known_by_their_titles(one, other):
    assert series.same(one, other)
    assert series.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It", "It Follows"),
        ("Alien", "Arrival"),
        ("2001: A Space Odyssey", "2012"),
        ("The Thing", "The Fly"),
        ("Up", "Up in the Air"),
        ("Heat", "Ran"),
        ("Seven Samurai", "Seven Psychopaths"),
    ],
)
def test_films_that_only_begin_alike_are_strangers(one, other):
    assert not series.same(one, other)
