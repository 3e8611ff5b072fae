"""How films do: a list of them, and one of them day by day."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.http import MemberRequest
from catalog.models import Movie
from insights import films
from insights.access import for_editors
from insights.dashboards import spans
from insights.dashboards.spans import Span
from insights.film_tables import FilmsTable
from insights.filters import FilmFilter
from recs import streams
from web.htmx import render_page

A_PAGE = 25


@never_cache
@require_safe
@for_editors
def show_all(request: MemberRequest) -> HttpResponse:
    """The films with anything in these days or as many before; days, filters and order are in the address."""
    table, span, found, form = _listed(request)
    context = {
        "table": table,
        "filter": found,
        "total": table.paginator.count,
        "span": span,
        "form": form,
        "presets": spans.PRESETS,
        "file": f"{reverse('insights:films_file')}?{request.GET.urlencode()}",
    }
    return render_page(request, "insights/films/list.html", context, partial="swap")


@never_cache
@require_safe
@for_editors
def download_all(request: MemberRequest) -> StreamingHttpResponse:
    """The same films in the same order, all of them."""
    table, span, _found, _form = _listed(request)
    rows = films.listed(table.data.data).csv()
    return streams.csv_file(f"films-{span.first:%Y%m%d}-{span.last:%Y%m%d}.csv", rows)


@never_cache
@require_safe
@for_editors
def show(request: MemberRequest, slug: str) -> HttpResponse:
    movie = get_object_or_404(Movie.objects.defer("search"), slug=slug)
    span, form = spans.read(request.GET)
    context = {
        "movie": movie,
        "span": span,
        "form": form,
        "presets": spans.PRESETS,
        "tiles": films.tiles(movie, span),
        "figure": films.figure(films.daily(movie, span)),
        "file": reverse("insights:film_file", args=[slug]),
    }
    return render(request, "insights/films/film.html", context)


@never_cache
@require_safe
@for_editors
def download(request: MemberRequest, slug: str) -> StreamingHttpResponse:
    movie = get_object_or_404(Movie.objects.defer("search"), slug=slug)
    span, _form = spans.read(request.GET)
    name = f"{movie.slug}-{span.first:%Y%m%d}-{span.last:%Y%m%d}.csv"
    return streams.csv_file(name, films.figure(films.daily(movie, span)).csv())


def _listed(request: MemberRequest) -> tuple[FilmsTable, Span, FilmFilter, spans.SpanForm]:
    span, form = spans.read(request.GET)
    found = FilmFilter(request.GET, queryset=films.performance(span))
    found.form.label_suffix = ""
    table = FilmsTable(found.qs, span=span)
    RequestConfig(request, paginate={"per_page": A_PAGE, "silent": True}).configure(table)
    return table, span, found, form
