"""The page of one film."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog import access, names, queries, signals


@login_not_required
@require_safe
@cache_control(private=True, no_cache=True)
def movie(request: HttpRequest, slug: str) -> HttpResponse:
    movie = access.movie_for(slug)
    (card,) = access.movies().filter(pk=movie.pk).cards()
    context = {
        "movie": movie,
        "card": card,
        "billing": queries.billing(movie),
        "genres": [(genre, names.genre(genre.name)) for genre in movie.genres.all()],
        "countries": [names.country(code) for code in movie.countries],
        "language": names.language(movie.original_language) if movie.original_language else "",
        "canonical": request.build_absolute_uri(movie.get_absolute_url()),
    }
    response = render(request, "catalog/movie.html", context)
    signals.movie_viewed.send_robust(type(movie), request=request, movie=movie)
    return response
