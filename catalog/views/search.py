"""Looking something up: the page of results, and the suggestions under the search box."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog import access, queries, signals
from catalog import search as engine
from web import pagination
from web.htmx import render_page
from web.http import HtmxRequest

PAGE_SIZE = 24
SUGGESTED_FILMS, SUGGESTED_PEOPLE = 6, 3
SUGGESTIONS_LIVE = 60
SHORTEST = 2


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def search(request: HtmxRequest) -> HttpResponse:
    """Every film, those the reader has seen or hidden too: whoever asks for a film by name wants it."""
    query = engine.parse(request.GET.get("q", ""))
    hits, page = _page_of_hits(query, pagination.page_number(request.GET.get("page")))
    said = QueryDict(mutable=True)
    said["q"] = query.typed
    context = {
        "query": query,
        "unknown_genres": engine.unknown_genres(query),
        "hits": hits,
        "page": page,
        "cards": queries.cards_in_order(access.movies(), [hit.pk for hit in hits.films]),
        "page_url": f"{reverse('catalog:search')}?{said.urlencode()}&",
        "at_most": engine.MOST_HITS,
    }
    response = render_page(request, "catalog/search.html", context, partial="rows")
    signals.movies_searched.send_robust(search, request=request, query=query.typed, results=hits.total)
    return response


def _page_of_hits(query: engine.Asked, number: int) -> tuple[engine.Hits, pagination.Page]:
    """A page past the end shows the last one, at the cost of asking again."""
    people = engine.PEOPLE if number == 1 else 0
    hits = engine.find(query, films=PAGE_SIZE, people=people, offset=(number - 1) * PAGE_SIZE)
    page = pagination.page(str(number), total=hits.total, size=PAGE_SIZE)
    if page.number < number and hits.total:
        hits = engine.find(query, films=PAGE_SIZE, people=0, offset=page.offset)
    return hits, page


@login_not_required
@require_safe
@cache_control(private=True, max_age=SUGGESTIONS_LIVE)
def suggest(request: HttpRequest) -> HttpResponse:
    """One query and a minute's memory; neither the session nor the user is looked at."""
    query = engine.parse(request.GET.get("q", ""))
    if len(query.typed) < SHORTEST:
        return HttpResponse("")
    key = hashlib.sha256(f"{get_language()}:{query.typed.casefold()}".encode()).hexdigest()[:32]
    html = caches["local"].get(f"catalog:suggest:{key}")
    if html is None:
        hits = engine.find(query, films=SUGGESTED_FILMS, people=SUGGESTED_PEOPLE)
        html = render_to_string("catalog/_suggestions.html", {"query": query, "hits": hits})
        caches["local"].set(f"catalog:suggest:{key}", html, SUGGESTIONS_LIVE)
    return HttpResponse(html)
