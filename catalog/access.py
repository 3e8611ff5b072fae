"""Who may see which film, and what is theirs: every view of the catalogue asks here."""

from typing import Protocol

from django.http import Http404, HttpRequest

from catalog.models import Genre, Movie, Person
from catalog.models.movie import MovieQuerySet


class Mine(Protocol):
    """What a higher app hangs on the request: everything the reader did with films, loaded on first use."""

    @property
    def done(self) -> frozenset[int]: ...


def movies() -> MovieQuerySet:
    """The films that pages list. Adult films are kept for their data and shown nowhere."""
    return Movie.objects.filter(adult=False)


def movie_for(slug: str) -> Movie:
    """The film at this address with its genres, or 404."""
    found = movies().filter(slug=slug).defer("search").prefetch_related("genres").first()
    if found is None:
        raise Http404
    return found


def person_for(slug: str) -> Person:
    if (found := Person.objects.filter(slug=slug).first()) is None:
        raise Http404
    return found


def genre_for(slug: str) -> Genre:
    if (found := Genre.objects.filter(slug=slug).first()) is None:
        raise Http404
    return found


def done_by(request: HttpRequest) -> frozenset[int]:
    """Ids of the films that the reader is through with; empty for visitors, at the cost of no query."""
    if not request.user.is_authenticated:
        return frozenset()
    mine: Mine | None = getattr(request, "mine", None)
    return mine.done if mine is not None else frozenset()
