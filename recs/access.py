"""Who may see and act on what."""

from django.shortcuts import get_object_or_404

from catalog.models import Movie


def movie_for(slug: str) -> Movie:
    """Every film of the catalogue is open to everybody; one that is not there is a 404."""
    return get_object_or_404(Movie.objects.defer("search", "overview", "main_cast"), slug=slug)
