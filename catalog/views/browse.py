"""Browsing the catalogue: facets, and a page for each genre."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog import access, browsing, names, queries
from catalog.filters import MovieFilter
from web.htmx import render_page, wants_partial
from web.http import HtmxRequest

# Which part of the page goes into which element; "Load more" adds to the films that are there.
PARTS = {"browse": "browse", "results": "results", "films": "rows"}
HAVE_NO_MESSAGE = {"seen", "seed", "view"}  # nobody types these, so the panel has no place for what is wrong with them
GENRE_ROW = 12


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def browse(request: HtmxRequest) -> HttpResponse:
    chosen = browsing.choose(request.GET)
    listing = browsing.listing(chosen, page=request.GET.get("page"), done=access.done_by(request))
    context = _context(request, chosen, listing)
    part = PARTS.get(request.htmx.target or "", "browse")
    response = render_page(request, "catalog/browse.html", context, partial=part)
    if wants_partial(request) and part != "rows":
        response.headers["HX-Push-Url"] = _short_address(request.GET)
    return response


def _context(request: HtmxRequest, chosen: MovieFilter, listing: browsing.Listing) -> dict[str, Any]:
    here = chosen.state
    dense = chosen.cleaned.get("view") == "list"
    return {
        "listing": listing,
        "page": listing.page,
        "cards": listing.cards,
        "errors": chosen.errors,
        "form": chosen.form,
        "panel": browsing.panel(chosen, member=request.user.is_authenticated),
        "dense": dense,
        "grid_url": browsing.address(here, view=None),
        "list_url": browsing.address(here, view="list"),
        "clear_url": browsing.address(tuple(part for part in here if part[0] in chosen.SETTINGS)),
        "shuffle_url": _shuffle_url(chosen),
        "page_url": browsing.address(here) + ("&" if here else "?"),
        "shown_fields": [field for field in chosen.form if field.name not in HAVE_NO_MESSAGE],
        "canonical": request.build_absolute_uri(
            browsing.address(here, view=None, page=_not_first(listing.page.number))
        ),
    }


def _not_first(number: int) -> int | None:
    return number if number > 1 else None


def _shuffle_url(chosen: MovieFilter) -> str | None:
    """Another order: the next seed, so that the address alone says which."""
    if chosen.cleaned.get("sort") != "random":
        return None
    seed = chosen.cleaned.get("seed")
    after = ((queries.daily_seed() if seed is None else seed) * 48_271 + 1) % 2**31
    return browsing.address(chosen.state, seed=after)


def _short_address(said: QueryDict) -> str:
    """The address as it was asked for, without the fields that were left as they were."""
    kept = QueryDict(mutable=True)
    for name, values in said.lists():
        filled = [value for value in values if value]
        if filled and (name, filled) != ("sort", [queries.DEFAULT_SORT]):
            kept.setlist(name, filled)
    return f"{reverse('catalog:browse')}?{kept.urlencode()}" if kept else reverse("catalog:browse")


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def genre(request: HtmxRequest, slug: str) -> HttpResponse:
    genre = access.genre_for(slug)
    films = access.movies().filter(genres=genre)
    context = {
        "name": names.genre(genre.name),
        "best_known": films.best_known()[:GENRE_ROW].cards(),
        "newest": films.released().order_by(*queries.ordering("newest", seed=0))[:GENRE_ROW].cards(),
        "total": queries.total(films, state=(("genre", (genre.slug,)),), without=frozenset()),
        "browse_url": browsing.address((("genre", (genre.slug,)),)),
        "canonical": request.build_absolute_uri(genre.get_absolute_url()),
    }
    return render(request, "catalog/genre.html", context)
