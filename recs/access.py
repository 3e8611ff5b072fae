"""Who may see and act on what."""

from django.shortcuts import get_object_or_404

from catalog.models import Movie


def movie_for(slug: str) -> Movie:
    """Every film that pages list is open to everybody; any other is a 404."""
    films = Movie.objects.filter(adult=False).defer("search", "overview", "main_cast")
    return get_object_or_404(films, slug=slug)
