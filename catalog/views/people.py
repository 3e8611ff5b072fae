"""The page of one person: their films."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog import access, queries
from web import pagination

PAGE_SIZE = 48


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def person(request: HttpRequest, slug: str) -> HttpResponse:
    person = access.person_for(slug)
    parts = queries.filmography(person.pk)
    entries = [(part, movie_id) for part, ids in parts.items() for movie_id in ids]
    page = pagination.page(request.GET.get("page"), total=len(entries), size=PAGE_SIZE)
    shown = entries[page.offset : page.end]
    cards = {card.id: card for card in access.movies().filter(pk__in={movie_id for _, movie_id in shown}).cards()}
    titles = {"director": gettext("As director"), "cast": gettext("In the cast"), "crew": gettext("In the crew")}
    context = {
        "person": person,
        "page": page,
        "page_url": "?",
        "films": len({movie_id for _, movie_id in entries}),
        "sections": [
            {
                "key": part,
                "title": titles[part],
                "number": len(ids),
                "cards": [cards[movie_id] for kind, movie_id in shown if kind == part and movie_id in cards],
            }
            for part, ids in parts.items()
        ],
        "canonical": request.build_absolute_uri(person.get_absolute_url()),
    }
    return render(request, "catalog/person.html", context)
