"""The films of a home page row, joined in Python: a template loop costs more than the remembered cards do."""

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from recs import cards
from recs.home import Item, Row
from recs.mine import UNTOUCHED, Mine

register = template.Library()


@register.simple_tag(takes_context=True)
def row_items(context: template.Context, row: Row) -> SafeString:
    mine: Mine | None = context.get("mine")
    state_of = mine.state if mine else lambda _: UNTOUCHED
    language = get_language() or "en"
    why = gettext("Why this?")
    parts = [
        f"<li>{cards.render(item.card, state_of(item.card.id), language=language)}{_caption(item, why)}</li>"
        for item in row.items
    ]
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped or was drawn by a template


def _caption(item: Item, why: str) -> str:
    """Outside the card, which is the same for everybody; the caption is this person's alone."""
    if not item.explained:
        return ""
    address = reverse("recs:why", args=[item.card.slug])
    caption = f"{conditional_escape(item.caption)} " if item.caption else ""
    link = format_html(
        '<a href="{0}" hx-get="{0}" hx-target="#modal">{1}<span class="visually-hidden"> {2}</span></a>',
        address,
        why,
        item.card.title,
    )
    return f'<p class="card__note">{caption}{link}</p>'
