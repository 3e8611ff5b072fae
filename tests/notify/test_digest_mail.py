"""How a digest looks: in every language, with hostile titles, without pictures, in the dark."""

import dataclasses
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as site

from accounts.models import Language, User
from catalog.models import Genre
from notify.digest import inspection, posters, render, words
from notify.digest.content import DigestContent
from notify.digest.films import Film, Told
from notify.digest.links import Links
from notify.models import Preference
from notify.services import digests
from tests.notify import readers

pytestmark = pytest.mark.django_db
FILM = Film(1, "playtime-1967", "Playtime", 1967, "", "comedy", 124, "Jacques Tati")
TITLES = ["Playtime", "Stalker", "Solaris", "Mirror", "Heat", "Alien"]


def told(*titles: str, **fields) -> tuple[Told, ...]:
    made = [
        dataclasses.replace(FILM, id=n, slug=f"film-{n}", title=title, **fields) for n, title in enumerate(titles, 1)
    ]
    return tuple(Told(film, {"kind": "popular"}) for film in made)


def full(*titles: str, **fields) -> DigestContent:
    picks = told(*(titles or TITLES), **fields)
    films = [one.film for one in picks]
    return DigestContent(picks, editors=films[0], note="Watch the corners. " * 20, watchlist=tuple(films[:5]))


def mail(content: DigestContent | None = None, *, language: str = "en", **person) -> render.Words:
    user = User(**{"pk": 7, "email": "viewer@example.org", "username": "v", "preferred_language": language, **person})
    preference = Preference(user=user, timezone="Europe/Paris")
    links = Links(user, "digest:7:2026-W47")
    with render.speaking_to(user, "Europe/Paris"):
        return render.digest(content or full(), preference=preference, links=links)


def preheader(html: str) -> str:
    return unescape(re.search(r'class="preheader"[^>]*>([^<]*?)(?:\u034f|&#847;|<)', html)[1].strip())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Tags()
    reader.feed(html)
    return reader.found


@pytest.mark.parametrize("language", Language.values)
def test_in_every_language_it_is_sound(language):
    made = mail(language=language)
    assert len(made.html.encode()) < inspection.CLIPPED_AT
    assert [link for link in map(inspection.checked, inspection.links(made.html)) if link.problem] == []
    attributes = dict(tags(made.html)[0][1])
    assert attributes["lang"] == ("zh-hans" if language == "zh" else language)
    assert attributes["dir"] == ("rtl" if language == "ar" else "ltr")


HOSTILE = [
    "x" * 500,
    "🎬🏳️‍🌈" * 100,
    "فيلم " * 100,
    "映画" * 250,
    "<script>alert(1)</script>",
    "a\nBcc: b@c.d\n" * 40,
    " ",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_any_title_makes_a_sound_mail(title):
    made = mail(full(*[title] * 6))
    assert len(made.html.encode()) < inspection.CLIPPED_AT
    assert "<script" not in made.html
    assert "\nBcc:" not in made.subject + made.text
    assert 40 <= len(preheader(made.html)) <= 90
    assert len(made.subject) < 100


def test_the_preheader_names_what_the_subject_does_not():
    made = mail()
    assert made.subject == "Playtime and 5 more films for your week"
    assert preheader(made.html).startswith("Stalker · Solaris · Mirror · Heat · Alien")


@pytest.mark.parametrize("titles", [["A"] * 3, ["A" * 300] * 3, ["映画"] * 3, TITLES * 1])
def test_the_preheader_has_40_to_90_characters(titles):
    assert 40 <= len(words.preheader(told(*titles))) <= 90


def test_the_dark_scheme_survives_and_everything_else_is_inline():
    html = mail().html
    assert "@media (prefers-color-scheme: dark)" in re.sub(r"\s+", " ", html)
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "<link" not in html
    button = next(attrs for tag, attrs in tags(html) if attrs.get("class") == "act act--first")
    assert "background-color" in button["style"]


def test_it_is_laid_out_in_tables_of_600_pixels():
    html = mail().html
    assert next(attrs for tag, attrs in tags(html) if attrs.get("class") == "sheet")["width"] == "600"
    assert all(attrs.get("role") == "presentation" for tag, attrs in tags(html) if tag == "table")
    assert not re.search(r"display: ?(flex|grid)|position:", html)


def test_without_a_picture_service_no_picture_is_asked_for():
    assert "<img" not in mail().html


def test_posters_have_absolute_addresses_a_size_and_a_text(settings):
    settings.TMDB_API_KEY = "key"
    pictures = [attrs for tag, attrs in tags(mail(full(poster_path="/p.jpg")).html) if tag == "img"]
    assert len(pictures) == 7
    assert pictures[0]["src"] == "https://image.tmdb.org/t/p/w185/p.jpg"
    assert (pictures[0]["alt"], pictures[0]["width"]) == ("Playtime", "92")


def test_it_says_why_one_gets_it_how_to_stop_it_and_who_sends_it(settings):
    settings.POSTAL_ADDRESS = "Marquee, 1 Main Street, Springfield"
    made = mail()
    for form in (made.html, made.text):
        assert "You get this because you asked for a weekly digest: Monday, 9 a.m. (Europe/Paris)." in form
        assert "/u/7.digest." in form
        assert "/u/7.all." in form
        assert "Marquee, 1 Main Street, Springfield" in form


def test_the_text_is_written_and_not_stripped():
    made = mail()
    assert not re.search(r"<[a-z/]|&(amp|lt|#39);", made.text)
    for title in TITLES:
        assert f"* {title} (1967" in made.text
    assert "Want to see: http://localhost:8000/m/" in made.text


def test_what_it_says_of_ampersands_is_plain_in_the_text_and_escaped_in_the_html():
    made = mail(full("Fast & <Furious>", *TITLES))
    assert "Fast & <Furious>" in made.text
    assert "Fast &amp; &lt;Furious&gt;" in made.html


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = {
    "light": [("#1c1428", "#ffffff"), ("#5b5068", "#ffffff"), ("#5b5068", "#f6f4f7"), ("#ffffff", "#b01031")]
    + [("#b01031", "#ffffff"), ("#7a4a00", "#fbf3e0"), ("#1c1428", "#fbf3e0"), ("#5b5068", "#fbf3e0")]
    + [("#f8f2e4", "#171226"), ("#cbc0da", "#171226"), ("#1c1428", "#fff6df")],
    "dark": [("#f5f0e6", "#1c182b"), ("#b9b0c8", "#1c182b"), ("#b9b0c8", "#120f1d"), ("#221600", "#ffc24a")]
    + [("#ffc24a", "#1c182b"), ("#ffd98c", "#3a2d1c"), ("#f5f0e6", "#3a2d1c"), ("#b9b0c8", "#3a2d1c")],
}


@pytest.mark.parametrize("scheme", PAIRS)
def test_every_pair_of_colours_has_enough_contrast(scheme):
    style = (Path(site.ROOT) / "templates/notify/email/_style.html").read_text()
    for ink, paper in PAIRS[scheme]:
        assert ink in style
        assert paper in style
        assert contrast(ink, paper) >= 4.5, (ink, paper)


def test_titles_on_coloured_cells_have_enough_contrast():
    for genre, offered in posters.INKS.items():
        for inks in offered:
            assert contrast(inks.paper, inks.lettering) >= 4.5, genre


def test_coloured_cells_have_the_inks_of_the_site():
    css = (Path(site.ROOT) / "static/css/tiles.css").read_text()
    for genre, offered in posters.INKS.items():
        for number, inks in enumerate(offered):
            name = f".g-{genre}.v-{number}" if number else f".g-{genre}"
            a, b, c, d, t = inks
            assert f"{name} {{ --a: {a}; --b: {b}; --c: {c}; --d: {d}; --t: {t};" in css


def test_facts_leave_out_what_is_not_known():
    Genre.objects.get_or_create(slug="comedy", defaults={"name": "Comedy", "tmdb_id": 35})
    assert words.facts(FILM) == "1967 · Comedy · 124 min"
    assert words.facts(dataclasses.replace(FILM, year=None, runtime=None, genre="")) == ""


def test_a_preview_is_what_would_be_sent():
    user = readers.reader()
    seen, row = digests.preview(user), digests.compose(user, digests.content(user), "digest:x")
    sent = inspection.read(bytes(row.message))
    assert seen.subject == sent.subject
    assert (
        re.sub(r"/(u|m|m/go)/[^/\"]+/", "", seen.html)[:2000] == re.sub(r"/(u|m|m/go)/[^/\"]+/", "", sent.html)[:2000]
    )
    assert not seen.is_too_large
