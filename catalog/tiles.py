"""Title tiles: a small poster drawn from a film's title, genre and decade, where there is no picture of it.

The scenes are symbols of `static/img/tiles.svg`, each with its title at the bottom (`-b`) or at the top (`-t`);
the inks are classes in `static/css/tiles.css`. What is left to do here is choosing, and setting the type.
"""

import unicodedata
import zlib
from functools import lru_cache
from typing import NamedTuple

from django.templatetags.static import static
from django.utils.html import escape
from django.utils.safestring import SafeString

# The busiest genres have a third set of inks.
SCENES = {
    **dict.fromkeys(("action", "comedy", "crime", "drama", "romance", "thriller"), "btc"),
    **dict.fromkeys(("adventure", "animation", "documentary", "family", "fantasy", "film", "history"), "bt"),
    **dict.fromkeys(("horror", "music", "mystery", "science-fiction", "war", "western"), "bt"),
}
THREE_INKS = frozenset(
    {*(name for name, places in SCENES.items() if "c" in places), "adventure", "horror", "science-fiction"}
)
MOST_LINES = 5
MOST_LETTERS = 84
NARROW, WIDE = frozenset("iIlj.,'’!|:;()[] -–"), frozenset("mwMW@%&—")


class Face(NamedTuple):
    """How a decade sets its titles: the class, how wide its letters run, capitals or not, centred or not."""

    name: str
    width: float
    capitals: bool = False
    centred: bool = False
    margin: int = 15


class Look(NamedTuple):
    face: Face
    ornament: str


DECO = Look(Face("f-deco", 1.24, capitals=True, centred=True, margin=25), "d20")
LOOKS = {
    1940: Look(Face("f-noir", 1.14), "d40"),
    1950: Look(Face("f-bold", 1.02, capitals=True), "d50"),
    1960: Look(Face("f-bold", 1.02, capitals=True), "d50"),
    1970: Look(Face("f-soft", 1.28), "d70"),
    1980: Look(Face("f-neon", 1.30, capitals=True), "d80"),
    1990: Look(Face("f-bold", 1.02, capitals=True, centred=True), "d90"),
    2000: Look(Face("f-fine", 1.08, centred=True, margin=20), "d00"),
}
LATEST = Look(Face("f-bold", 1.02, capitals=True), "")


class Choice(NamedTuple):
    """What the film's title chose, out of what its genre and decade offer."""

    scene: str
    ink: int
    at_top: bool
    mirrored: bool
    look: Look


def colours(*, title: str, genre: str) -> str:
    """The classes that carry a tile's inks (--a … --t), for a block tinted like the tile."""
    scene = genre if genre in SCENES else "film"
    return _inks(scene, _ink(scene, zlib.crc32(title.encode())))


@lru_cache(maxsize=8192)
def draw(*, title: str, year: int | None, genre: str) -> SafeString:
    """The tile as inline SVG. It is decoration: the title stands beside it as text."""
    choice = _choose(title, year, genre)
    sheet = static("img/tiles.svg")
    flip = ' transform="matrix(-1 0 0 1 200 0)"' if choice.mirrored else ""
    parts = [f'<use href="{sheet}#{choice.scene}"{flip}/>']
    if ornament := choice.look.ornament:
        # The ornament keeps away from the title: a scene with the title on top has it upside down.
        turn = ' transform="matrix(1 0 0 -1 0 300)"' if choice.at_top and ornament == "d70" else ""
        parts.append(f'<use href="{sheet}#{ornament}"{turn}/>')
    parts += _lettering(title, year, choice)
    classes = f"tile {_inks(choice.scene[:-2], choice.ink)} {choice.look.face.name}"
    return SafeString(f'<svg class="{classes}" viewBox="0 0 200 300" aria-hidden="true">{"".join(parts)}</svg>')


def _ink(scene: str, seed: int) -> int:
    return seed % (3 if scene in THREE_INKS else 2)


def _inks(scene: str, ink: int) -> str:
    return f"g-{scene} v-{ink}" if ink else f"g-{scene}"


def _choose(title: str, year: int | None, genre: str) -> Choice:
    scene = genre if genre in SCENES else "film"
    seed = zlib.crc32(title.encode())
    scenes = SCENES[scene]
    place = scenes[(seed >> 8) % len(scenes)]
    decade = year // 10 * 10 if year else 2020
    look = DECO if decade < 1940 else LOOKS.get(decade, LATEST)
    return Choice(f"{scene}-{place}", _ink(scene, seed), place == "t", bool(seed >> 16 & 1), look)


def _lettering(title: str, year: int | None, choice: Choice) -> list[str]:
    face = choice.look.face
    text = title.upper() if face.capitals else title
    room = 200 - 2 * face.margin
    lines, size = fit(text, width=room, height=88, letter=face.width)
    step = size * 1.0
    rtl = is_rtl(text)
    edge = 100 if face.centred else 200 - face.margin if rtl else face.margin
    anchor = ' text-anchor="middle"' if face.centred else ""
    direction = ' direction="rtl"' if rtl else ""
    bottom = (
        267 if face.name == "f-deco" or choice.look.ornament == "d90" else 274 if face.capitals else 274 - size * 0.15
    )
    first = 36 + size * 0.72 if choice.at_top else bottom - step * (len(lines) - 1)
    year_at = 27 if choice.at_top else 288
    if choice.look.ornament == "d90" and not choice.at_top:
        year_at = 281
    drawn = []
    for number, line in enumerate(lines):
        length = min(measure(line) * face.width * size, room)
        squeeze = f' textLength="{length:.0f}" lengthAdjust="spacingAndGlyphs"' if length > room * 0.6 else ""
        at = f'x="{edge}" y="{first + step * number:.0f}" font-size="{size:.0f}"'
        drawn.append(f"<text {at}{anchor}{direction}{squeeze}>{escape(line)}</text>")
    if year:
        drawn.append(f'<text class="tile__year" x="{edge}" y="{year_at}"{anchor}{direction}>{year}</text>')
    return drawn


def fit(text: str, *, width: float, height: float, letter: float) -> tuple[list[str], float]:
    """The lines and the size of type that fill the room best."""
    if len(text) > MOST_LETTERS:
        text = text[: MOST_LETTERS - 1].rstrip() + "…"
    pieces = _pieces(text)
    best: tuple[list[str], float] = ([text], 0)
    for count in range(1, min(MOST_LINES, len(pieces)) + 1):
        lines = _balance(pieces, count)
        widest = max(measure(line) for line in lines) * letter
        size = min(width / widest, height / len(lines), 54)
        if size > best[1] * 1.04:  # another line must be worth it
            best = (lines, size)
    return best


def measure(text: str) -> float:
    """The width of a line in a condensed bold face, in ems; near enough for any script."""
    return sum(_advance(letter) for letter in text) or 0.5


def is_rtl(text: str) -> bool:
    """The first letter with a direction decides, as in the browser."""
    found = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind in {"R", "AL"} for kind in found if kind in {"L", "R", "AL"}), False)


def _advance(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 0.98
    if unicodedata.combining(letter):
        return 0
    if letter in NARROW:
        return 0.25
    if letter in WIDE:
        return 0.72
    return 0.57 if letter.isupper() else 0.47


def _pieces(text: str) -> list[str]:
    """What a line may be broken into: words, or characters where a script sets no spaces."""
    if " " not in text and any(unicodedata.east_asian_width(letter) in "WF" for letter in text):
        return [text[at : at + 2] for at in range(0, len(text), 2)]
    return text.split() or [text]


def _balance(pieces: list[str], count: int) -> list[str]:
    """The pieces in `count` lines or fewer, as even as a greedy hand gets them."""
    glue = "" if len(pieces) > 1 and unicodedata.east_asian_width(pieces[0][0]) in "WF" else " "
    total = measure(glue.join(pieces))
    lines: list[str] = [pieces[0]]
    used = 0.0
    for piece in pieces[1:]:
        longer = lines[-1] + glue + piece
        goal = (total - used) / (count - len(lines) + 1)
        if len(lines) < count and measure(longer) - goal > goal - measure(lines[-1]):
            used += measure(lines[-1] + glue)
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines
