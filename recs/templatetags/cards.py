"""Cards in templates: one, or a list of them, each as its reader left it."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from catalog.cards import MovieCard
from recs import cards as drawn
from recs.mine import UNTOUCHED, Mine

register = template.Library()


@register.simple_tag(takes_context=True)
def movie_card(context: template.Context, card: MovieCard) -> SafeString:
    mine: Mine | None = context.get("mine")
    state = mine.state(card.id) if mine else UNTOUCHED
    return drawn.render(card, state, language=get_language() or "en")


@register.simple_tag(takes_context=True)
def my_rating(context: template.Context, movie_id: int) -> float | None:
    """What the reader gave the film."""
    mine: Mine | None = context.get("mine")
    return mine.state(movie_id).rating if mine else None


@register.simple_tag(takes_context=True)
def movie_cards(context: template.Context, cards: Iterable[MovieCard]) -> SafeString:
    """A list item for each card, joined here: a template loop costs more than the cards do."""
    mine: Mine | None = context.get("mine")
    language = get_language() or "en"
    state_of = mine.state if mine else lambda _: UNTOUCHED
    items = [f"<li>{drawn.render(card, state_of(card.id), language=language)}</li>" for card in cards]
    return mark_safe("".join(items))  # noqa: S308 - every part was drawn by a template
