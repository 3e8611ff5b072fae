"""The films of a home page row, joined in Python: a template loop costs more than the remembered cards do."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from catalog.cards import MovieCard
from recs import cards
from recs.clicks import PARAMETER, Stamp
from recs.exposure import TRIED
from recs.home import Item, Row
from recs.mine import UNTOUCHED, Mine

register = template.Library()
LINK = 'class="card__link" href="'


@register.simple_tag(takes_context=True)
def row_items(context: template.Context, row: Row) -> SafeString:
    language = get_language() or "en"
    parts = [(item.card, _caption(item, language)) for item in row.items]
    return _items(context, parts, _tokens(context.get("stamp"), row))


@register.simple_tag(takes_context=True)
def hidden_items(context: template.Context, shown: Iterable[MovieCard]) -> SafeString:
    """Films that their reader hid, each with the button that brings it back."""
    again = gettext("Show again")
    return _items(context, [(card, _show_again(card, again)) for card in shown])


def _tokens(stamp: Stamp | None, row: Row) -> list[str]:
    if stamp is None:
        return []
    return [
        stamp.token(
            movie_id=item.card.id,
            row=row.key,
            rank=rank,
            algorithm=item.engine,
            team=item.team,
            counts=row.key == TRIED,
        )
        for rank, item in enumerate(row.items, start=1)
    ]


def _items(context: template.Context, parts: Sequence[tuple[MovieCard, str]], tokens: Sequence[str] = ()) -> SafeString:
    mine: Mine | None = context.get("mine")
    state_of = mine.state if mine else lambda _: UNTOUCHED
    language = get_language() or "en"
    tokens = tokens or [""] * len(parts)
    items = [
        f"<li>{_stamped(cards.render(card, state_of(card.id), language=language), token)}{below}</li>"
        for (card, below), token in zip(parts, tokens, strict=True)
    ]
    return mark_safe("".join(items))  # noqa: S308 - every part is escaped or was drawn by a template


def _stamped(html: str, token: str) -> str:
    """The remembered card with this page's token in its links to the film."""
    if not token:
        return html
    start = html.find(LINK) + len(LINK)
    address = html[start : html.index('"', start)]
    return html.replace(f'href="{address}"', f'href="{address}?{PARAMETER}={token}"')


def _show_again(card: MovieCard, label: str) -> str:
    return format_html(
        '<p class="card__note"><button class="button button--s" form="act" formaction="{}" name="on" value="0">{}'
        '<span class="visually-hidden"> {}</span></button></p>',
        reverse("recs:mark", args=[card.slug, "not_interested"]),
        label,
        card.title,
    )


def _caption(item: Item, language: str) -> str:
    """Outside the card, which is the same for everybody; the caption is this person's alone."""
    if not item.explained:
        return ""
    caption = f"{conditional_escape(item.caption)} " if item.caption else ""
    return f'<p class="card__note">{caption}{_why(item.card.slug, item.card.title, language)}</p>'


@lru_cache(maxsize=20_000)  # some 5 MB
def _why(slug: str, title: str, language: str) -> SafeString:
    """The link, remembered: it is the same for everybody who reads this language, which is the active one."""
    return format_html(
        '<a href="{0}" hx-get="{0}" hx-target="#modal">{1}<span class="visually-hidden"> {2}</span></a>',
        reverse("recs:why", args=[slug]),
        gettext("Why this?"),
        title,
    )
