"""What the catalogue's pages read."""

import datetime
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Count, F, Func, IntegerField, OrderBy, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, ExtractYear, Lower
from django.utils import timezone

from catalog import access
from catalog.cards import MovieCard
from catalog.models import Credit, Genre, Movie
from catalog.models.movie import MovieQuerySet, Unaccent
from catalog.models.person import CastType
from web.cache import get_or_build

DAY = 24 * 60 * 60
TOTAL_LIVES = 5 * 60
EMPTY_LIVES = 5
DEFAULT_SORT = "popular"


class GenreFacet(NamedTuple):
    pk: int
    name: str


class Unnest(Func):
    function = "unnest"
    output_field = TextField()


@dataclass(frozen=True, slots=True)
class Facets:
    """What there is to choose from: the values that at least one film has."""

    genres: Mapping[str, GenreFacet] = field(default_factory=dict)  # by slug, in the order of their names
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    decades: tuple[int, ...] = ()


def facets() -> Facets:
    """Kept for a day; an empty catalogue's for seconds, because it is about to be filled."""
    found = get_or_build("catalog:facets", _read_facets, seconds=DAY)
    if not found.decades:
        caches["local"].touch("catalog:facets", EMPTY_LIVES)
    return found


def _read_facets() -> Facets:
    films = access.movies().order_by()
    years = films.filter(release_date__isnull=False).annotate(released_in=ExtractYear("release_date"))
    genres = Genre.objects.filter(movies__isnull=False).distinct().values_list("slug", "pk", "name")
    return Facets(
        genres={slug: GenreFacet(pk, name) for slug, pk, name in genres},
        languages=_values(films.exclude(original_language=""), "original_language"),
        countries=_values(films.annotate(country=Unnest("countries")), "country"),
        decades=tuple(sorted({year // 10 * 10 for year in years.values_list("released_in", flat=True).distinct()})),
    )


def _values(films: QuerySet, name: str) -> tuple[str, ...]:
    return tuple(films.values_list(name, flat=True).distinct())


def daily_seed(today: datetime.date | None = None) -> int:
    """The shuffle of somebody who has not asked for another: it holds for a day, so its pages fit together."""
    return (today or timezone.localdate()).toordinal()


def ordering(sort: str, *, seed: int) -> list[OrderBy | Func | str]:
    """Every order ends with the id, so that no film falls between two pages or stands on both."""
    if sort == "random":
        return [Func(Concat(Value(f"{seed}:"), Cast("pk", TextField())), function="MD5"), "pk"]
    orders: dict[str, list[OrderBy | Func | str]] = {
        "newest": [F("release_date").desc(nulls_last=True)],
        "oldest": [F("release_date").asc(nulls_last=True)],
        "rating": [F("tmdb_rating").desc(nulls_last=True), "-tmdb_vote_count"],
        "trending": ["-trend_score", "-popularity_score"],
        "votes": ["-tmdb_vote_count"],
        "title": [Unaccent(Lower("title"))],
    }
    return [*orders.get(sort, ["-popularity_score", "-tmdb_vote_count"]), "pk"]


def total(films: MovieQuerySet, *, state: Collection[tuple[str, tuple[str, ...]]], without: frozenset[int]) -> int:
    """How many films there are. The same for everybody, and so remembered, unless somebody's own are left out.

    For the page that everybody opens, the one without a filter, the films themselves are remembered instead.
    """
    if without and not state:
        every = get_or_build("catalog:ids", lambda: frozenset(films.values_list("pk", flat=True)), seconds=TOTAL_LIVES)
        return len(every) - len(every & without)
    if without:
        return films.leave_out(without).count()
    key = hashlib.sha256(repr(sorted(state)).encode()).hexdigest()[:32]
    return get_or_build(f"catalog:total:{key}", films.count, seconds=TOTAL_LIVES)


def totals(lists: Collection[MovieQuerySet]) -> list[int]:
    """The lengths of several lists in one query."""
    counts = [
        films.order_by()
        .annotate(position=Value(position, output_field=IntegerField()))
        .values("position")
        .annotate(number=Count("pk"))
        .values_list("position", "number")
        for position, films in enumerate(lists)
    ]
    found = dict(counts[0].union(*counts[1:], all=True)) if counts else {}
    return [found.get(position, 0) for position in range(len(lists))]


def cards_in_order(films: MovieQuerySet, ids: list[int]) -> list[MovieCard]:
    """Cards of these films in the order of the ids; no query for none."""
    found = {card.id: card for card in films.filter(pk__in=ids).cards()} if ids else {}
    return [found[movie_id] for movie_id in ids if movie_id in found]


@dataclass(frozen=True, slots=True)
class Billing:
    """The people of one film, as its page lists them."""

    directors: list[Credit]
    cast: list[Credit]
    crew: list[Credit]


def billing(movie: Movie) -> Billing:
    found = list(movie.credits.select_related("person").order_by("order", "pk"))
    crew = [credit for credit in found if credit.cast_type == CastType.CREW]
    return Billing(
        directors=[credit for credit in crew if credit.job == "Director"],
        cast=[credit for credit in found if credit.cast_type == CastType.CAST],
        crew=[credit for credit in crew if credit.job != "Director"],
    )


def filmography(person_id: int) -> dict[str, list[int]]:
    """Ids of somebody's films, newest first: those they directed, those they play in, then the rest."""
    credits = Credit.objects.filter(person_id=person_id, movie__adult=False)
    newest = F("movie__release_date").desc(nulls_last=True)
    parts: dict[str, dict[int, None]] = {"director": {}, "cast": {}, "crew": {}}
    for movie_id, cast_type, job in credits.order_by(newest, "movie_id").values_list("movie_id", "cast_type", "job"):
        part = "director" if job == "Director" else cast_type
        parts[part][movie_id] = None
    directed = parts["director"]
    parts["crew"] = {movie_id: None for movie_id in parts["crew"] if movie_id not in directed}
    return {part: list(ids) for part, ids in parts.items() if ids}
