"""Who may see and act on what."""

from django.shortcuts import get_object_or_404

from accounts.models import User
from catalog.models import Movie
from recs.models import HistoryImport, ImportedFilm


def movie_for(slug: str) -> Movie:
    """Every film that pages list is open to everybody; any other is a 404."""
    films = Movie.objects.filter(adult=False).defer("search", "overview", "main_cast")
    return get_object_or_404(films, slug=slug)


def history_of(user: User, pk: int) -> HistoryImport:
    """An upload is its owner's alone."""
    return get_object_or_404(user.history_imports, pk=pk)


def imported_film_of(user: User, pk: int, film_pk: int) -> ImportedFilm:
    return get_object_or_404(ImportedFilm, pk=film_pk, history=pk, history__user=user)
