"""Addresses of films and people."""

from catalog import slugs


def test_a_film_shows_its_title_and_year():
    assert slugs.film("Amélie", 2001, number=194, taken=()) == "amelie-2001"


def test_a_title_without_latin_letters_shows_the_number():
    assert slugs.film("七人の侍", 1954, number=346, taken=()) == "film-346-1954"


def test_a_film_without_a_year_shows_its_title():
    assert slugs.film("Babylon 5", None, number=1, taken=()) == "babylon-5"


def test_the_second_film_of_one_title_and_year_shows_its_number():
    assert slugs.film("Emma", 1996, number=7, taken={"emma-1996"}) == "emma-1996-7"
    assert slugs.film("Emma", 1996, number=7, taken={"emma-1996", "emma-1996-7"}) == "emma-1996-8"


def test_an_endless_title_fits_its_column():
    assert len(slugs.film("word " * 100, 1996, number=7, taken=())) <= 280


def test_namesakes_get_different_addresses():
    assert slugs.person("Ana Example", number=1, taken={"ana-example"}) == "ana-example-2"
    assert slugs.person("黒澤明", number=3, taken=()) == "person-3"
