"""Lists of films, ready for a page: made from the models in use, and checked against the films that exist.

Before the first training, or when no model on disk is sound, everything still answers: the catalogue's own
popularity stands in, and the picks say so. A page that reads all its films in one query anyway asks with
`checked=False`: then a few more than n come, and some of their films may just have been deleted.
"""

from collections.abc import Collection, Mapping, Sequence

from recs.shelf import Person, Pick, Working
from recs.similar import similar
from recs.stock import SPARE, existing, shelf
from recs.taste import NONE, Adjustments, Taste
from recs.themes import alike, because, different, hidden_gems, trending

__all__ = [
    "Person",
    "Pick",
    "Working",
    "alike",
    "because",
    "different",
    "hidden_gems",
    "picks",
    "picks_for",
    "rank_of",
    "shelf",
    "similar",
    "terms_of",
    "trending",
]

NEUTRAL_TASTE = Taste()


def picks(
    history: Mapping[int, float],
    *,
    n: int,
    exclude: Collection[int] = (),
    genres: Sequence[int] = (),
    taste: Taste = NEUTRAL_TASTE,
    adjustments: Adjustments = NONE,
    groups: Sequence[str] = (),
    times: Mapping[int, float] | None = None,
    checked: bool = True,
) -> list[Pick]:
    """The best n films for somebody with this history (see `recs.feedback`); the excluded ones never come.

    `times`: when each film of the history was judged, in days since 1970. `groups`: `recs.dataset.groups_of` the
    person. Where the taste's filters leave fewer than n films, fewer come.
    """
    person = Person(history, genres, groups, times, taste, adjustments)
    return picks_for(person, n=n, exclude=exclude, checked=checked)


def picks_for(person: Person, *, n: int, exclude: Collection[int] = (), checked: bool = True) -> list[Pick]:
    """The same for all that is known of somebody in one piece."""
    found = shelf().picks(person, n=n + SPARE, exclude=exclude)
    return existing(found, n) if checked else found


def rank_of(
    movie_id: int,
    history: Mapping[int, float],
    *,
    exclude: Collection[int] = (),
    taste: Taste = NEUTRAL_TASTE,
    adjustments: Adjustments = NONE,
    groups: Sequence[str] = (),
    times: Mapping[int, float] | None = None,
) -> int | None:
    """The film's place in this person's whole list, counted from 1; None where the engine does not speak for it."""
    person = Person(history, (), groups, times, taste, adjustments)
    return shelf().rank_of(movie_id, person, exclude=exclude)


def terms_of(
    movie_id: int,
    history: Mapping[int, float],
    *,
    taste: Taste = NEUTRAL_TASTE,
    adjustments: Adjustments = NONE,
    groups: Sequence[str] = (),
    times: Mapping[int, float] | None = None,
) -> Working | None:
    """The working behind the film's score, by the engine that `picks` would ask; what the person did with the film
    itself is left out. None when no engine knows both the film and the person."""
    return shelf().working(movie_id, Person(history, (), groups, times, taste, adjustments))
