"""A film's card as HTML, drawn once for each film, state and language, and remembered."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.cards import MovieCard
from recs.mine import CardState

# What stands in a card's menu, with the picture and the words of each.
MENU = (
    ("favorite", "heart", _("Favourite")),
    ("like", "up", _("Like")),
    ("dislike", "down", _("Dislike")),
    ("view", "eye", _("Seen")),
    ("not_interested", "hide", _("Not interested")),
)
MOST = 20_000  # about 60 MB of cards at 3 kB
Key = tuple[int, int, CardState, str]
_drawn: dict[Key, SafeString] = {}


def render(card: MovieCard, state: CardState, *, language: str) -> SafeString:
    """The same HTML for everybody in that state: it holds no token and no person."""
    key = (card.id, card.version, state, language)
    found = _drawn.get(key)
    if found is None:
        found = _draw(card, state)
        if len(_drawn) >= MOST:
            _forget_oldest()
        _drawn[key] = found
    return found


def spoken(rating: float | None) -> str:
    """The rating in words, as a screen reader says it."""
    if not rating:
        return gettext("Not rated")
    whole = int(rating)
    if rating == whole:
        return ngettext("%(stars)s star", "%(stars)s stars", whole) % {"stars": whole}
    return gettext("%(stars)s stars") % {"stars": number_format(rating, decimal_pos=1)}


def clear() -> None:
    """Forget every card, for tests and after a change of templates."""
    _drawn.clear()


def _draw(card: MovieCard, state: CardState) -> SafeString:
    marks = [{"kind": kind, "icon": icon, "label": label, "on": state.has(kind)} for kind, icon, label in MENU]
    context: dict[str, Any] = {
        "card": card,
        "saved": state.has("watchlist"),
        "marks": marks,
        "value": f"{state.rating or 0:.1f}",  # for machines: a dot and one decimal in every language
        "spoken": spoken(state.rating),
    }
    return SafeString(render_to_string("recs/_movie_card.html", context).replace("\n", ""))


def _forget_oldest() -> None:
    """Drop a tenth in the order of drawing. Another thread may do the same: a key that is gone is no error."""
    for key in list(_drawn)[: MOST // 10]:
        _drawn.pop(key, None)
