"""A person's own lists: which films are on each, in which order, and what the page says about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import F
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie
from recs import home
from recs.mine import Mine
from recs.models import Interaction

Kind = Interaction.Type
Text = str | Promise


@dataclass(frozen=True, slots=True)
class MyList:
    """One list and its page. The first of `sorts` is the one it opens with."""

    name: str
    title: Text
    kinds: tuple[str, ...]
    sorts: tuple[str, ...]
    empty: Text
    has_stars: bool = False
    has_minutes: bool = False
    note: Text = ""


RATINGS = MyList(
    "ratings",
    _("My ratings"),
    (Kind.RATING,),
    ("newest", "oldest", "highest", "lowest", "title", "-title", "-year", "year"),
    _("Rate a film with the stars on its card, and it appears here."),
    has_stars=True,
)
WATCHLIST = MyList(
    "watchlist",
    _("My watchlist"),
    (Kind.WATCHLIST,),
    ("best", "newest", "oldest", "shortest", "title"),
    _("Press the bookmark on a film's card, and it waits for you here."),
    has_minutes=True,
)
FAVORITES = MyList(
    "favorites",
    _("My favourites"),
    (Kind.FAVORITE,),
    ("newest", "oldest", "title"),
    _("Choose “Favourite” in a card's menu for the films you would watch again and again."),
)
SEEN = MyList(
    "seen",
    _("Films I have seen"),
    (Kind.VIEW, Kind.RATING),
    ("newest", "oldest", "title"),
    _("Films that you rate or mark as seen are collected here."),
    note=_("The films you rated, and those you marked as seen."),
)
NOT_INTERESTED = MyList(
    "not_interested",
    _("Not interested"),
    (Kind.NOT_INTERESTED,),
    ("newest", "oldest", "title"),
    _("Films that you hide from your picks are kept here, so that you can bring them back."),
    note=_("These are never recommended to you."),
)
ALL = (RATINGS, WATCHLIST, FAVORITES, SEEN, NOT_INTERESTED)

SORTS: Mapping[str, Text] = {
    "best": _("Best for me"),
    "newest": _("Added last"),
    "oldest": _("Added first"),
    "highest": _("Highest rating"),
    "lowest": _("Lowest rating"),
    "shortest": _("Shortest"),
    "title": _("Title"),
    "-title": _("Title, Z to A"),
    "-year": _("Year, newest first"),
    "year": _("Year, oldest first"),
}
# What the headings of the table call the orders that have names of their own.
BY_HEADING: Mapping[str, str] = {"-rated": "newest", "rated": "oldest", "-rating": "highest", "rating": "lowest"}


def films(mine: Mine, shown: MyList, *, sort: str, stars: float | None, minutes: int | None) -> list[int]:
    """The ids of the list in order. The newest deed comes first in `mine`, so most orders need no query."""
    ids = list(dict.fromkeys(deed.movie_id for deed in mine.deeds if deed.interaction_type in shown.kinds))
    if stars is not None:
        ids = [pk for pk in ids if mine.ratings.get(pk) == stars]
    if minutes is not None:
        fitting = set(Movie.objects.filter(pk__in=ids, runtime__lte=minutes).values_list("pk", flat=True))
        ids = [pk for pk in ids if pk in fitting]
    return ORDERS[sort](mine, ids)


def _best(mine: Mine, ids: list[int]) -> list[int]:
    """Equally good ones stay newest first."""
    return home.best_first(home.person_of(mine.user, mine), ids)


def _by(*columns: str | Lower | OrderBy) -> Callable[[Mine, list[int]], list[int]]:
    def order(_mine: Mine, ids: list[int]) -> list[int]:
        return list(Movie.objects.filter(pk__in=ids).order_by(*columns, "pk").values_list("pk", flat=True))

    return order


ORDERS: Mapping[str, Callable[[Mine, list[int]], list[int]]] = {
    "best": _best,
    "newest": lambda _mine, ids: ids,
    "oldest": lambda _mine, ids: ids[::-1],
    "highest": lambda mine, ids: sorted(ids, key=lambda pk: -mine.ratings[pk]),
    "lowest": lambda mine, ids: sorted(ids, key=lambda pk: mine.ratings[pk]),
    "shortest": _by("runtime"),
    "title": _by(Lower("title")),
    "-title": _by(Lower("title").desc()),
    "-year": _by(F("release_date").desc(nulls_last=True)),
    "year": _by(F("release_date").asc(nulls_last=True)),
}
