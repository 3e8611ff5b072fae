"""Small things for templates of every app: icons, the link of the page one is on, words of another direction."""

from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@lru_cache(maxsize=256)
def _icon(name: str, kind: str) -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {kind}" if kind else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """A picture from the icon sheet; it says nothing to a screen reader, so the text beside it must."""
    return _icon(name, kind)


@register.simple_tag(takes_context=True)
def current(context: template.Context, names: str) -> SafeString:
    """`aria-current="page"` when the page shown is one of these addresses."""
    match: Any = getattr(context.get("request"), "resolver_match", None)
    here = match is not None and match.view_name in names.split()
    return SafeString(' aria-current="page"' if here else "")


@register.filter
def bdi(words: object) -> SafeString:
    """An address or a name that keeps its own direction in a sentence of another one."""
    return format_html("<bdi>{}</bdi>", words)
