"""The tastes that a made-up community is mixed from: fourteen ways to love films, each written down as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class G(IntEnum):
    """TMDB's numbers of the genres."""

    ACTION = 28
    ADVENTURE = 12
    ANIMATION = 16
    COMEDY = 35
    CRIME = 80
    DOCUMENTARY = 99
    DRAMA = 18
    FAMILY = 10751
    FANTASY = 14
    HISTORY = 36
    HORROR = 27
    MUSIC = 10402
    MYSTERY = 9648
    ROMANCE = 10749
    SF = 878
    THRILLER = 53
    WAR = 10752
    WESTERN = 37


@dataclass(frozen=True, slots=True)
class Taste:
    """`share`: how common it is, relative to the others. `genres`: what it is drawn to (up to 2) and put off by
    (down to -1.5). `period` and `reach`: the year its films cluster round, and how many years off still feel at home.
    `abroad`: 0 keeps to the home language, 1 watches anything. `adventure`: 0 sees what everybody sees, 1 digs.
    """

    name: str
    share: float
    genres: Mapping[G, float]
    period: int
    reach: int
    abroad: float
    adventure: float


TASTES = (
    Taste("spectacle", 1.5, {G.ACTION: 1.6, G.ADVENTURE: 1.4, G.SF: 0.9, G.ROMANCE: -0.8}, 2009, 14, 0.1, 0.0),
    Taste("big ideas", 1.1, {G.SF: 2.0, G.MYSTERY: 0.9, G.THRILLER: 0.5, G.FAMILY: -0.9}, 1996, 24, 0.3, 0.4),
    Taste("crime", 1.1, {G.CRIME: 1.9, G.THRILLER: 1.0, G.MYSTERY: 0.6, G.FAMILY: -1.2}, 1994, 20, 0.3, 0.3),
    Taste("horror nights", 0.8, {G.HORROR: 2.0, G.THRILLER: 0.9, G.MYSTERY: 0.7, G.FAMILY: -1.0}, 1990, 24, 0.4, 0.4),
    Taste(
        "with the children", 1.0, {G.FAMILY: 1.8, G.ANIMATION: 1.5, G.FANTASY: 0.7, G.HORROR: -1.5}, 2004, 16, 0.1, 0.0
    ),
    Taste(
        "drawn worlds", 0.6, {G.ANIMATION: 2.0, G.FANTASY: 1.3, G.ADVENTURE: 0.4, G.WESTERN: -0.8}, 2000, 16, 1.0, 0.5
    ),
    Taste("laughs", 1.2, {G.COMEDY: 1.9, G.ROMANCE: 0.6, G.WAR: -0.9, G.HORROR: -0.8}, 1999, 18, 0.1, 0.1),
    Taste("hearts", 0.9, {G.ROMANCE: 2.0, G.DRAMA: 0.7, G.MUSIC: 0.9, G.SF: -0.9}, 1998, 22, 0.3, 0.2),
    Taste("old Hollywood", 0.6, {G.ROMANCE: 0.7, G.MYSTERY: 0.9, G.WESTERN: 0.7, G.ACTION: -1.1}, 1952, 16, 0.4, 0.7),
    Taste("new Hollywood", 0.7, {G.DRAMA: 1.2, G.CRIME: 1.0, G.WAR: 0.8, G.FANTASY: -1.0}, 1975, 10, 0.4, 0.6),
    Taste("world cinema", 0.7, {G.DRAMA: 1.5, G.ROMANCE: 0.4, G.ACTION: -1.2, G.ADVENTURE: -0.8}, 1985, 32, 1.0, 0.9),
    Taste("war and history", 0.7, {G.WAR: 2.0, G.HISTORY: 1.7, G.DRAMA: 0.5, G.FANTASY: -0.9}, 1988, 26, 0.4, 0.4),
    Taste("spells", 1.0, {G.FANTASY: 1.9, G.ADVENTURE: 1.3, G.FAMILY: 0.3, G.CRIME: -0.8}, 2004, 13, 0.2, 0.1),
    Taste("serious", 1.0, {G.DRAMA: 1.7, G.HISTORY: 0.7, G.CRIME: 0.3, G.SF: -0.7}, 2001, 18, 0.5, 0.4),
)

# Home languages and how common they are among the people.
LANGUAGES: Mapping[str, float] = {
    "en": 0.46,
    "es": 0.10,
    "fr": 0.08,
    "de": 0.08,
    "zh": 0.05,
    "ja": 0.05,
    "it": 0.04,
    "pt": 0.04,
    "ru": 0.03,
    "hi": 0.03,
    "ko": 0.03,
    "ar": 0.01,
}
