"""A person's own lists: ratings, watchlist, favourites, seen, and what is hidden from the picks."""

from django.http import HttpResponse
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.cards import MovieCard
from recs import mylists, queries, tables
from recs.forms import ListForm
from recs.http import MemberRequest
from recs.mylists import MyList
from web import pagination
from web.htmx import render_page

PAGE = 48


@require_safe
@cache_control(private=True, no_cache=True)
def ratings(request: MemberRequest) -> HttpResponse:
    return _show(request, mylists.RATINGS)


@require_safe
@cache_control(private=True, no_cache=True)
def watchlist(request: MemberRequest) -> HttpResponse:
    return _show(request, mylists.WATCHLIST)


@require_safe
@cache_control(private=True, no_cache=True)
def favorites(request: MemberRequest) -> HttpResponse:
    return _show(request, mylists.FAVORITES)


@require_safe
@cache_control(private=True, no_cache=True)
def seen(request: MemberRequest) -> HttpResponse:
    return _show(request, mylists.SEEN)


@require_safe
@cache_control(private=True, no_cache=True)
def not_interested(request: MemberRequest) -> HttpResponse:
    return _show(request, mylists.NOT_INTERESTED)


def _show(request: MemberRequest, shown: MyList) -> HttpResponse:
    form = ListForm(request.GET, shown=shown)
    ids = mylists.films(request.mine, shown, **form.chosen)
    page = pagination.page(request.GET.get("page"), total=len(ids), size=PAGE)
    on_page = ids[page.offset : page.end]
    cards = queries.cards(on_page)
    said = [(name, str(value)) for name, value in request.GET.items() if name in form.fields and value]
    films = [cards[pk] for pk in on_page if pk in cards]
    context = {
        "list": shown,
        "lists": mylists.ALL,
        "form": form,
        "page": page,
        "page_url": f"{request.path}?{urlencode(said)}&" if said else f"{request.path}?",
        "cards": films,
        "table": _table(request, films, form) if shown is mylists.RATINGS and form.is_dense else None,
        "swap": tables.SWAP,
    }
    return render_page(request, "recs/list.html", context, partial="results")


def _table(request: MemberRequest, films: list[MovieCard], form: ListForm) -> tables.RatingsTable:
    when = queries.rated_at(request.user, [card.id for card in films])
    return tables.ratings([tables.Rated(card, when.get(card.id)) for card in films], sort=form.chosen["sort"])
