"""What a person did with a film, as one number from -0.6 to 1: the only place that says what an act is worth.

Three stars are the middle of the scale, and people mean more by a high rating than by a low one: they choose what
they watch, so even a film they found weak says something about their taste. Therefore ratings above three climb
quickly to 1, and ratings below it are only slightly negative. A mark without stars says less than a rating: a
favourite is as good as five stars, a like lies between four and four and a half. Dislike and "not interested" are
spoken on purpose and often without having watched, so they push harder than a low rating. Watchlist, a group picked
in the welcome and "seen" are hints; an ordinary click is none.

Of several acts on one film the strongest explicit statement stands; hints count only where nothing was stated.
Everything above zero trains the models; the negative weights are used only when a person's own list is made.

Each act has a small number (`code`), so that a Python loop over one person and numpy over everybody share one table.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

# Film, kind, rating, metadata, and for `told` when: in days since 1970.
Act = tuple[int, str, float | None, Mapping[str, Any] | None]
Dated = tuple[int, str, float | None, Mapping[str, Any] | None, float]

RATING_WEIGHTS = (-0.5, -0.4, -0.3, -0.2, -0.1, 0.1, 0.45, 0.75, 0.9, 1.0)  # half a star … five stars
FIRST_MARK = len(RATING_WEIGHTS) + 1
MARK_WEIGHTS = {"favorite": 1.0, "like": 0.8, "dislike": -0.5, "not_interested": -0.6}
HINT_WEIGHTS = {"group": 0.3, "watchlist": 0.25, "view": 0.15, "click": 0.0}
CODES: Mapping[str, int] = {name: FIRST_MARK + place for place, name in enumerate([*MARK_WEIGHTS, *HINT_WEIGHTS])}
FIRST_HINT = CODES["group"]

# By code; code 0 is no act.
WEIGHTS = np.array([0.0, *RATING_WEIGHTS, *MARK_WEIGHTS.values(), *HINT_WEIGHTS.values()])
# Which of two acts stands: an explicit one before a hint, then the stronger, then the kinder.
PRIORITY = np.abs(WEIGHTS) + np.where(np.arange(len(WEIGHTS)) < FIRST_HINT, 10.0, 0.0) + WEIGHTS / 1_000
PRIORITY[0] = -1.0
# A film with one of these is not suggested any more; a click or a picked group does not mean that it was watched.
SETTLES = np.ones(len(WEIGHTS), dtype=bool)
SETTLES[[0, CODES["click"], CODES["group"]]] = False

# The same as plain numbers: a loop over one person's acts is several times faster with these.
_WORTH, _RANK, _SETTLES = WEIGHTS.tolist(), PRIORITY.tolist(), SETTLES.tolist()

LIKED = 0.45  # from three and a half stars on we may say "you liked"


def code(kind: str, rating: float | None, metadata: Mapping[str, Any] | None) -> int:
    if kind == "rating":
        return round(2 * (rating or 0.0))
    if kind == "click" and (metadata or {}).get("from") == "group":
        return CODES["group"]
    return CODES[kind]


def weights(rows: Iterable[Act] | Iterable[Dated]) -> dict[int, float]:
    """Film → weight from rows of (film, kind, rating, metadata); films with nothing to say are left out."""
    standing: dict[int, int] = {}
    for movie_id, kind, rating, metadata, *_when in rows:
        new = code(kind, rating, metadata)
        if _RANK[new] > _RANK[standing.get(movie_id, 0)]:
            standing[movie_id] = new
    return {movie_id: _WORTH[act] for movie_id, act in standing.items() if _WORTH[act]}


def times(rows: Iterable[Dated]) -> dict[int, float]:
    """Film → when the act was done that stands for it, in days since 1970; for the films of `weights`."""
    standing: dict[int, tuple[int, float]] = {}
    for movie_id, kind, rating, metadata, when in rows:
        new = code(kind, rating, metadata)
        if _RANK[new] > _RANK[standing.get(movie_id, (0, 0.0))[0]]:
            standing[movie_id] = (new, when)
    return {movie_id: when for movie_id, (act, when) in standing.items() if _WORTH[act]}


def settled(rows: Iterable[Act] | Iterable[Dated]) -> frozenset[int]:
    """The films that this person has judged, seen or put on the watchlist: never to be suggested."""
    return frozenset(movie_id for movie_id, kind, rating, said, *_ in rows if _SETTLES[code(kind, rating, said)])
