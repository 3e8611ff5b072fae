"""Films and their genres."""

from collections.abc import Collection
from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog import cards
from catalog.cards import MovieCard
from web.models import Timestamped, between


class Certification(models.TextChoices):
    """The US certificates, mildest first; NR is a film that was never rated."""

    G = "G", "G"
    PG = "PG", "PG"
    PG_13 = "PG-13", "PG-13"
    R = "R", "R"
    NC_17 = "NC-17", "NC-17"
    NR = "NR", pgettext_lazy("certificate", "Not rated")


class Unaccent(Func):
    """`f_unaccent`: unaccent made IMMUTABLE, so that indexes and generated columns may use it."""

    function = "f_unaccent"
    output_field = models.TextField()


def _search_document() -> models.Func:
    """Title and original title weigh A, director and cast B, overview C; accents do not count."""

    def part(value: Any, weight: str, config: str = "simple") -> Func:
        text = Func(Unaccent(value), Value(""), function="COALESCE", output_field=models.TextField())
        vector = Func(
            Value(config),
            text,
            function="to_tsvector",
            template="%(function)s(%(expressions)s)",
            arg_joiner="::regconfig, ",
            output_field=SearchVectorField(),
        )
        return Func(
            vector,
            Value(weight),
            function="setweight",
            template='%(function)s(%(expressions)s::"char")',
            output_field=SearchVectorField(),
        )

    cast = Func(F("main_cast"), function="", template="(%(expressions)s)::text", output_field=models.TextField())
    parts = [
        part(F("title"), "A"),
        part(F("original_title"), "A"),
        part(F("director"), "B"),
        part(cast, "B"),
        part(F("overview"), "C", "english"),
    ]
    return Func(*parts, function="", template="%(expressions)s", arg_joiner=" || ", output_field=SearchVectorField())


class Genre(models.Model):
    """A genre, with TMDB's number and an address."""

    tmdb_id = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "genres"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:genre", args=[self.slug])


def _on_cards(sql: str, kind: models.Field) -> RawSQL:
    return RawSQL(sql.format("movies"), [], kind)  # noqa: S611 - our own text, with no value in it


_ON_CARDS = {
    "card_year": _on_cards(cards.YEAR, models.IntegerField()),
    "card_genre": _on_cards(cards.GENRE, models.TextField()),
    "card_version": _on_cards(cards.VERSION, models.BigIntegerField()),
}
_CARD_COLUMNS = ("pk", "slug", "title", "card_year", "poster_path", "card_genre", "card_version")


class MovieQuerySet(models.QuerySet["Movie"]):
    """Named questions about films."""

    def released(self, at: date | None = None) -> Self:
        return self.filter(release_date__lte=at or timezone.localdate())

    def best_known(self) -> Self:
        """Most popular first; the id breaks ties, so that pages are stable."""
        return self.order_by("-popularity_score", "-tmdb_vote_count", "pk")

    def leave_out(self, ids: Collection[int]) -> Self:
        """Without these films. One array, however many: Django would write and send a parameter for each."""
        if not ids:
            return self
        among = RawSQL("NOT (movies.id = ANY(%s))", [list(ids)], models.BooleanField())  # noqa: S611 - a parameter
        return self.filter(among)

    def cards(self) -> list[MovieCard]:
        """These films as cards, in this order, in one query."""
        rows = self.annotate(**_ON_CARDS).values_list(*_CARD_COLUMNS)
        return [MovieCard(*row) for row in rows]


class Movie(Timestamped):
    """A film. Ratings are on a scale of 0 to 10 here; people rate in half stars from 0.5 to 5."""

    tmdb_id = models.PositiveIntegerField(_("TMDB id"), unique=True, null=True, blank=True)
    omdb_id = models.CharField(_("IMDb id"), max_length=20, unique=True, null=True, blank=True)  # noqa: DJ001
    slug = models.SlugField(max_length=280, unique=True)
    title = models.CharField(_("title"), max_length=255)
    original_title = models.CharField(_("original title"), max_length=255)
    tagline = models.CharField(_("tagline"), max_length=255, blank=True, default="")
    overview = models.TextField(_("overview"), blank=True, default="")
    release_date = models.DateField(_("release date"), null=True, blank=True)
    runtime = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=50, blank=True, default="Released")
    director = models.CharField(_("director"), max_length=255, null=True, blank=True)  # noqa: DJ001
    main_cast = models.JSONField(_("main cast"), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    tmdb_rating = models.FloatField(null=True, blank=True)
    tmdb_vote_count = models.PositiveIntegerField(default=0)
    omdb_rating = models.FloatField(null=True, blank=True)
    our_rating = models.FloatField(null=True, blank=True)
    our_rating_count = models.PositiveIntegerField(default=0)
    poster_path = models.CharField(max_length=255, blank=True, default="")
    backdrop_path = models.CharField(max_length=255, blank=True, default="")
    popularity_score = models.FloatField(default=0.0)
    trend_score = models.FloatField(default=0.0, db_default=0.0)
    views = models.PositiveIntegerField(default=0)
    like_count = models.PositiveIntegerField(default=0)
    adult = models.BooleanField(default=False)
    certification = models.CharField(_("certificate"), max_length=10, blank=True, default="", choices=Certification)
    budget = models.BigIntegerField(null=True, blank=True)
    revenue = models.BigIntegerField(null=True, blank=True)
    original_language = models.CharField(_("language"), max_length=10, blank=True, default="")
    genres = models.ManyToManyField(Genre, through="MovieGenre", related_name="movies")
    search = models.GeneratedField(
        expression=_search_document(), output_field=SearchVectorField(), db_persist=True, editable=False
    )

    objects = MovieQuerySet.as_manager()

    class Meta:
        db_table = "movies"
        constraints = [
            *(
                between(field, 0, 10, name=f"movies_{field}_range")
                for field in ("tmdb_rating", "omdb_rating", "our_rating")
            ),
            models.CheckConstraint(
                condition=Q(certification="") | Q(certification__in=Certification.values),
                name="movies_certification_known",
            ),
        ]
        indexes = [
            models.Index(fields=["title"], name="idx_movies_title"),
            models.Index(fields=["-release_date"], name="idx_movies_release_date"),
            models.Index(fields=["-popularity_score", "-tmdb_rating", "-views"], name="idx_movie_popularity_ranking"),
            models.Index(fields=["-trend_score", "-popularity_score"], name="idx_movies_trend"),
            models.Index(fields=["-tmdb_rating"], name="idx_movies_tmdb_rating"),
            models.Index(fields=["-omdb_rating"], name="idx_movies_omdb_rating"),
            models.Index(fields=["original_language"], name="idx_movies_original_language"),
            models.Index(fields=["adult"], name="idx_movies_adult"),
            models.Index(fields=["created_at"], name="idx_movies_created_at"),
            GinIndex(fields=["search"], name="idx_movies_search"),
            GinIndex(OpClass(Unaccent(Lower("title")), name="gin_trgm_ops"), name="idx_movies_title_trigram"),
            models.Index(Unaccent(Lower("title")), "id", name="idx_movies_title_order"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def get_absolute_url(self) -> str:
        return reverse("catalog:movie", args=[self.slug])

    @property
    def year(self) -> int | None:
        return self.release_date.year if self.release_date else None

    @property
    def decade(self) -> int | None:
        return self.year // 10 * 10 if self.year else None


class MovieGenre(models.Model):
    """Which genres a film belongs to."""

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE)
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE)

    class Meta:
        db_table = "movie_genres"
        constraints = [models.UniqueConstraint(fields=["movie", "genre"], name="unique_movie_genre")]

    def __str__(self) -> str:
        return f"{self.movie_id}: {self.genre_id}"
