"""The picture of a film in a mail: its poster where the site shows posters, otherwise a coloured cell with the title.

Mail programs draw no SVG, so of a title tile only its inks are left, as static/css/tiles.css has them for the genre:
three bars, and the title on the paper.
"""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings

from notify import mime
from notify.digest.films import Film

POSTERS = "https://image.tmdb.org/t/p/w185"
LONGEST = 60


class Inks(NamedTuple):
    """Paper, three shapes, lettering: --a, --b, --c, --d and --t of the style sheet."""

    paper: str
    first: str
    second: str
    third: str
    lettering: str


INKS: Mapping[str, tuple[Inks, ...]] = {
    "action": (
        Inks("#1a0f14", "#d7321f", "#f06a1e", "#ffd35c", "#fff1d6"),
        Inks("#f5c433", "#e5432b", "#2a2230", "#fff3d0", "#1d1b22"),
        Inks("#14263b", "#1f4468", "#e8542f", "#ffd98a", "#fff1d6"),
    ),
    "adventure": (
        Inks("#0f3b3a", "#1f6f63", "#d98a2b", "#ffdf9a", "#fff0cf"),
        Inks("#f2e3c2", "#7fa58a", "#2f5d55", "#e0762f", "#1e3d38"),
        Inks("#5a2a18", "#a8502a", "#d98f3f", "#ffe1a0", "#fff0d0"),
    ),
    "animation": (
        Inks("#2b1b5a", "#ff5d73", "#2fb8c6", "#ffd84d", "#ffffff"),
        Inks("#ffe3b0", "#ff7a59", "#5a4fcf", "#ffcf2e", "#2b1b5a"),
    ),
    "comedy": (
        Inks("#ffcb3d", "#ffdf86", "#e4432f", "#fff6dd", "#2a1a10"),
        Inks("#b82a22", "#98201f", "#1c2a4a", "#ffd84f", "#fff4dc"),
        Inks("#12414a", "#1d6a70", "#f28a3c", "#ffe9a8", "#fff3d6"),
    ),
    "crime": (
        Inks("#10151f", "#2b4160", "#1a2536", "#f2b33d", "#f7ead0"),
        Inks("#5d1220", "#8d1f2d", "#36080f", "#f4d9a0", "#fbe9c8"),
        Inks("#e6d7b8", "#b9473a", "#6a4a36", "#2b2320", "#2b2018"),
    ),
    "documentary": (
        Inks("#e9e4d8", "#2c4a52", "#b0502e", "#e8b04a", "#1f3338"),
        Inks("#13343b", "#2d7c7a", "#bfd8c2", "#f0904a", "#eef4e6"),
    ),
    "drama": (
        Inks("#1d1a38", "#c2455a", "#3e3a78", "#f4b860", "#f9e8d0"),
        Inks("#efe2cf", "#b9472f", "#274156", "#e9a83c", "#23303d"),
        Inks("#3a1730", "#8c2f56", "#5b1f45", "#f3c9a5", "#fbe6d8"),
    ),
    "family": (
        Inks("#8fd0e8", "#4da35a", "#2f7d4a", "#ffd24a", "#123a4d"),
        Inks("#ffd9a0", "#f08a4b", "#3f8f86", "#fff3cf", "#5a2318"),
    ),
    "fantasy": (
        Inks("#1b1646", "#3a2f86", "#0d0a28", "#ffd98a", "#f8ecd0"),
        Inks("#0f3a4a", "#1e6a78", "#07222e", "#f6c6e0", "#f2ecf8"),
    ),
    "film": (
        Inks("#171226", "#3a2f57", "#7a2447", "#ffc24a", "#fff0d2"),
        Inks("#12303a", "#1f5560", "#d8593a", "#f5d58a", "#f3efdc"),
    ),
    "history": (
        Inks("#3b2414", "#c89a5b", "#7d4a25", "#f3dca8", "#f9ead0"),
        Inks("#e8d8b6", "#a8683a", "#5b3a28", "#c8382c", "#3b2414"),
    ),
    "horror": (
        Inks("#0c0b10", "#8f0f1c", "#3a0910", "#e9e2cf", "#f2e7d2"),
        Inks("#12201a", "#3f6b3c", "#0a120e", "#c8e05a", "#e6f0c8"),
        Inks("#5c0d12", "#8e1a1a", "#2a0508", "#f6e3c0", "#fbeed6"),
    ),
    "music": (
        Inks("#3a0f4d", "#16081f", "#ff4f79", "#ffb43d", "#ffe9d0"),
        Inks("#0f4a57", "#07262e", "#f2a03d", "#f4e3b5", "#f7efd8"),
    ),
    "mystery": (
        Inks("#0f1a28", "#23405a", "#f4cf7a", "#c98a2e", "#f3e6c8"),
        Inks("#2c2340", "#584a7a", "#e8d5f0", "#b3405c", "#f0e6f5"),
    ),
    "romance": (
        Inks("#5a1136", "#e5567a", "#f39a6b", "#ffd9c2", "#ffe8dd"),
        Inks("#fbdcd6", "#e0607a", "#f2a36b", "#a82c55", "#6b1238"),
        Inks("#2a1b4f", "#8d4fa0", "#e77fa0", "#ffd7b0", "#fdeaf0"),
    ),
    "science-fiction": (
        Inks("#0a1030", "#3650c8", "#8f3fd0", "#7ff0e4", "#e6f6ff"),
        Inks("#1b0b2e", "#ff5c39", "#c2246e", "#ffd166", "#ffeccf"),
        Inks("#e9e6dc", "#2f5d8a", "#d9572f", "#17283f", "#17283f"),
    ),
    "thriller": (
        Inks("#14161a", "#2a3038", "#4b5661", "#f4c20d", "#fdf3cf"),
        Inks("#0f2327", "#17464d", "#2c7a80", "#ff6b3d", "#e9f3ee"),
        Inks("#3b0f14", "#6d1b20", "#9c2b2a", "#ffd9a0", "#fdeedd"),
    ),
    "war": (
        Inks("#2a2c1c", "#5d6238", "#444828", "#d8402b", "#f1ead0"),
        Inks("#22302f", "#4a6360", "#35504b", "#e06a3a", "#f5ecd8"),
    ),
    "western": (
        Inks("#4a1c12", "#b5512b", "#7c2e1b", "#ffc15e", "#ffe6bd"),
        Inks("#f3cf8e", "#c8683a", "#7a2f1d", "#fff0c8", "#4a1c12"),
    ),
}


def url(film: Film) -> str:
    """Where the poster lies; nothing where the site shows none."""
    return f"{POSTERS}{film.poster_path}" if settings.TMDB_API_KEY and film.poster_path else ""


def inks(film: Film) -> Inks:
    """As on the site, the title chooses among those of the genre."""
    offered = INKS.get(film.genre, INKS["film"])
    return offered[zlib.crc32(film.title.encode()) % len(offered)]


def lettering(film: Film) -> str:
    """The title as it stands on the coloured cell."""
    return mime.line(film.title, LONGEST)


def size(film: Film) -> str:
    """How large the lettering may be for its longest word to stay in one piece: "l", "m" or "s"."""
    longest = max(map(len, film.title.split()), default=0)
    return "l" if longest <= 6 and len(film.title) <= 24 else "m" if longest <= 8 else "s"
