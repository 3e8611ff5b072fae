"""The people who make films, and what they did in each."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.movie import Movie, Unaccent
from web.models import one_of


class Person(models.Model):
    """Somebody in front of the camera or behind it."""

    tmdb_id = models.PositiveIntegerField(_("TMDB id"), unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=255)
    slug = models.SlugField(max_length=280, unique=True)
    profile_path = models.CharField(max_length=255, blank=True, default="")
    movies = models.ManyToManyField(Movie, through="Credit", related_name="people")

    class Meta:
        db_table = "people"
        indexes = [
            models.Index(fields=["name"], name="idx_people_name"),
            GinIndex(OpClass(Unaccent(Lower("name")), name="gin_trgm_ops"), name="idx_people_name_trigram"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:person", args=[self.slug])


class CastType(models.TextChoices):
    CAST = "cast", _("Cast")
    CREW = "crew", _("Crew")


class Credit(models.Model):
    """One person's part in one film; `order` 0 is top billing."""

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="credits")
    character = models.CharField(max_length=255, blank=True, default="")
    order = models.PositiveIntegerField(default=0)
    cast_type = models.CharField(max_length=50, choices=CastType.choices)
    job = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        db_table = "movie_cast"
        constraints = [
            models.UniqueConstraint(fields=["movie", "person", "cast_type", "job", "character"], name="unique_credit"),
            one_of("cast_type", CastType, name="movie_cast_type_known"),
        ]
        indexes = [models.Index(fields=["movie", "cast_type", "order"], name="idx_movie_cast_order")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.movie_id}"
