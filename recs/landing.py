"""What a visitor sees before joining: rows of films that need no person, kept for all visitors together."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from catalog.models.movie import MovieQuerySet
from recs import queries
from recs.home import Item, Row
from web.cache import get_or_build

ROW = 16
SECONDS = 10 * 60


def rows(language: str) -> list[Row]:
    return get_or_build(f"landing:{language}", lambda: list(_rows()), seconds=SECONDS)


def _rows() -> Iterator[Row]:
    """No film twice: each row asks for enough to fill up what the rows above have taken."""
    taken: set[int] = set()
    yield Row("popular", _("Popular now"), note=_("What most people look at."), items=_fresh(queries.popular, taken))
    yield Row("new", _("New"), note=_("The latest to reach the screen."), items=_fresh(queries.new, taken))
    yield Row("acclaimed", _("Acclaimed"), note=_("The best rated of all."), items=_fresh(queries.acclaimed, taken))


def _fresh(films: Callable[[int], MovieQuerySet], taken: set[int]) -> list[Item]:
    chosen = [card for card in films(ROW + len(taken)).cards() if card.id not in taken][:ROW]
    taken.update(card.id for card in chosen)
    return [Item(card) for card in chosen]
