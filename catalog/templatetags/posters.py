"""The picture of a film: its poster where there is one to show, otherwise a title tile."""

from typing import Any, Protocol

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog import tiles
from catalog.cards import MovieCard
from catalog.models import Movie

register = template.Library()
POSTERS = "https://image.tmdb.org/t/p/w342"


class HasPoster(Protocol):
    """What a picture is made of; cards have it, and so have films."""

    title: str
    year: int | None
    poster_path: str


@register.simple_tag
def poster(film: HasPoster, genre: str = "", lazy: bool = True) -> SafeString:
    """Decoration only: the title stands beside it as text. `genre` is the slug, where the film does not say."""
    if settings.TMDB_API_KEY and film.poster_path:
        loading = "lazy" if lazy else "eager"
        source = f"{POSTERS}{film.poster_path}"
        return format_html(
            '<img class="poster" src="{}" loading="{}" width="342" height="513" alt="">', source, loading
        )
    slug: Any = genre or getattr(film, "genre", "")
    return tiles.draw(title=film.title, year=film.year, genre=slug)


@register.simple_tag
def tile_class(title: str, genre: str = "") -> str:
    """The class that carries a film's tile colours, for blocks tinted like it."""
    return tiles.colours(title=title, genre=genre)


@register.simple_tag
def best_known_cards(count: int = 12) -> list[MovieCard]:
    """Films to show a component with, on the style sheet for staff."""
    return Movie.objects.best_known()[:count].cards()
