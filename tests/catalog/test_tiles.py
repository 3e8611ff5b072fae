"""Title tiles: what stands where a film has no poster."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from catalog import tiles
from catalog.cards import MovieCard
from catalog.templatetags import posters

TITLES = [
    "X",
    "Se7en",
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
    "Everything You Always Wanted to Know About Sex *But Were Afraid to Ask, Retold at Twice the Length",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    "千と千尋の神隠し",
    "Сталкер",
    "جدایی نادر از سیمین",
    '<b>Bold & "quoted"</b>',
    " ",
]
SHEET = Path(settings.ROOT) / "static/img/tiles.svg"
INKS = (Path(settings.ROOT) / "static/css/tiles.css").read_text()


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("year", [None, 1927, 1944, 1958, 1974, 1985, 1994, 2003, 2020])
def test_every_title_makes_a_small_well_formed_picture(title, year):
    svg = tiles.draw(title=title, year=year, genre="drama")
    ElementTree.fromstring(svg)
    assert len(svg) < 1536
    assert "style=" not in svg


@pytest.mark.parametrize("title", TITLES)
def test_no_line_is_wider_than_the_tile(title):
    lines, size = tiles.fit(title, width=170, height=88, letter=1.28)
    assert all(tiles.measure(line) * 1.28 * size <= 171 for line in lines)
    assert len(lines) * size <= 89


def test_the_same_film_always_gets_the_same_tile():
    assert tiles.draw(title="Heat", year=1995, genre="crime") == tiles.draw(title="Heat", year=1995, genre="crime")


def test_genre_and_decade_change_the_picture():
    drawn = {tiles.draw(title="Heat", year=y, genre=g) for y in (1935, 1955, 1975, 1995) for g in ("crime", "war")}
    assert len(drawn) == 8


def test_titles_of_one_genre_do_not_all_look_alike():
    looks = {re.sub(r"<text.*", "", tiles.draw(title=f"Film {n}", year=2015, genre="drama")) for n in range(40)}
    assert len(looks) >= 12


def test_a_genre_without_a_scene_gets_the_strip_of_film():
    assert "#film-" in tiles.draw(title="Heat", year=1995, genre="tv-movie")


def test_arabic_titles_are_set_from_the_right():
    assert 'direction="rtl"' in tiles.draw(title="جدایی نادر از سیمین", year=2011, genre="drama")
    assert "direction" not in tiles.draw(title="Heat", year=2011, genre="drama")


def test_every_scene_and_ornament_that_can_be_chosen_is_on_the_sheet():
    symbols = set(re.findall(r'<symbol id="([^"]+)"', SHEET.read_text()))
    wanted = {f"{scene}-{place}" for scene, places in tiles.SCENES.items() for place in places}
    wanted |= {look.ornament for look in (*tiles.LOOKS.values(), tiles.DECO) if look.ornament}
    assert wanted <= symbols


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("name", "paper", "lettering"),
    re.findall(r"\.(g-[\w.-]+) \{ --a: #(\w{6});.*--t: #(\w{6});", INKS),
)
def test_lettering_is_legible_on_its_paper(name, paper, lettering):
    low, high = sorted((luminance(paper), luminance(lettering)))
    assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_every_genre_has_its_inks():
    assert {f"g-{scene}" for scene in tiles.SCENES} <= set(re.findall(r"\.(g-[a-z-]+)", INKS))


CARD = MovieCard(1, "heat-1995", "Heat", 1995, "/heat.jpg", "crime", 1)


def test_a_poster_is_shown_only_where_there_is_a_key_to_tmdb(settings):
    settings.TMDB_API_KEY = ""
    assert posters.poster(CARD).startswith("<svg")
    settings.TMDB_API_KEY = "key"
    assert 'src="https://image.tmdb.org/t/p/w342/heat.jpg"' in posters.poster(CARD)
