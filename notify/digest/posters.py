"""The picture of a film in a mail: its poster where the site shows posters, otherwise a coloured cell with the title.

Mail programs draw no SVG, so of a title tile only its inks are left: paper and lettering, as static/css/tiles.css has
them for the genre.
"""

from typing import NamedTuple

from django.conf import settings

from notify.digest.films import Film

POSTERS = "https://image.tmdb.org/t/p/w185"
LONGEST = 60


class Inks(NamedTuple):
    paper: str
    shape: str
    lettering: str


INKS = {
    "action": Inks("#1a0f14", "#d7321f", "#fff1d6"),
    "adventure": Inks("#0f3b3a", "#1f6f63", "#fff0cf"),
    "animation": Inks("#2b1b5a", "#ff5d73", "#ffffff"),
    "comedy": Inks("#ffcb3d", "#ffdf86", "#2a1a10"),
    "crime": Inks("#10151f", "#2b4160", "#f7ead0"),
    "documentary": Inks("#e9e4d8", "#2c4a52", "#1f3338"),
    "drama": Inks("#1d1a38", "#c2455a", "#f9e8d0"),
    "family": Inks("#8fd0e8", "#4da35a", "#123a4d"),
    "fantasy": Inks("#1b1646", "#3a2f86", "#f8ecd0"),
    "history": Inks("#3b2414", "#c89a5b", "#f9ead0"),
    "horror": Inks("#0c0b10", "#8f0f1c", "#f2e7d2"),
    "music": Inks("#3a0f4d", "#16081f", "#ffe9d0"),
    "mystery": Inks("#0f1a28", "#23405a", "#f3e6c8"),
    "romance": Inks("#5a1136", "#e5567a", "#ffe8dd"),
    "science-fiction": Inks("#0a1030", "#3650c8", "#e6f6ff"),
    "thriller": Inks("#14161a", "#2a3038", "#fdf3cf"),
    "war": Inks("#2a2c1c", "#5d6238", "#f1ead0"),
    "western": Inks("#4a1c12", "#b5512b", "#ffe6bd"),
    "film": Inks("#171226", "#3a2f57", "#fff0d2"),
}


def url(film: Film) -> str:
    """Where the poster lies; nothing where the site shows none."""
    return f"{POSTERS}{film.poster_path}" if settings.TMDB_API_KEY and film.poster_path else ""


def inks(film: Film) -> Inks:
    return INKS.get(film.genre, INKS["film"])


def lettering(film: Film) -> str:
    """The title as it stands on the coloured cell."""
    return film.title if len(film.title) <= LONGEST else film.title[: LONGEST - 1].rstrip() + "…"
