"""What people did with films, and which genres they said they like."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Floor
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Genre, Movie
from web.models import one_of


class GenrePreference(models.Model):
    """A genre somebody picked when they joined: what we know of a person who has rated nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="genre_preferences")
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE)

    class Meta:
        db_table = "favorite_genres"
        constraints = [models.UniqueConstraint(fields=["user", "genre"], name="unique_favorite_genre")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.genre_id}"


class Source(models.TextChoices):
    WEB = "web", _("Web")
    MOBILE = "mobile", _("Mobile")
    EMAIL = "email", _("E-mail")
    PUSH = "push", _("Push")
    IMPORT = "import", _("Import")


class InteractionQuerySet(models.QuerySet["Interaction"]):
    """Named questions about what people did."""

    def of_type(self, *kinds: str) -> Self:
        return self.filter(interaction_type__in=kinds)

    def ratings(self) -> Self:
        return self.of_type(Interaction.Type.RATING)


class InteractionType(models.TextChoices):
    """`view` means "I have seen this film"; visits to a page are in the activity log."""

    VIEW = "view", _("Seen")
    LIKE = "like", _("Liked")
    DISLIKE = "dislike", _("Disliked")
    CLICK = "click", _("Clicked")
    RATING = "rating", _("Rated")
    FAVORITE = "favorite", _("Favourite")
    WATCHLIST = "watchlist", _("Watchlist")
    NOT_INTERESTED = "not_interested", _("Not interested")


class Feedback(models.TextChoices):
    POSITIVE = "positive", _("Positive")
    NEGATIVE = "negative", _("Negative")
    NEUTRAL = "neutral", _("Neutral")


class Interaction(models.Model):
    """One thing that one person did with one film; doing it again changes the row."""

    Type = InteractionType

    # No index of their own for the two keys: the unique constraint begins with the person, and
    # idx_interactions_movie_type with the film.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interactions", db_index=False
    )
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="interactions", db_index=False)
    interaction_type = models.CharField(max_length=50, choices=InteractionType.choices)
    rating = models.FloatField(null=True, blank=True)
    feedback_type = models.CharField(max_length=50, null=True, blank=True, choices=Feedback.choices)  # noqa: DJ001
    feedback_comment = models.TextField(null=True, blank=True)  # noqa: DJ001
    metadata = models.JSONField(null=True, blank=True)
    source = models.CharField(max_length=50, default=Source.WEB, choices=Source.choices)
    timestamp = models.DateTimeField(default=timezone.now)

    objects = InteractionQuerySet.as_manager()

    class Meta:
        db_table = "user_movie_interactions"
        constraints = [
            models.UniqueConstraint(fields=["user", "movie", "interaction_type"], name="unique_user_movie_interaction"),
            models.UniqueConstraint(
                fields=["user", "movie"],
                condition=Q(interaction_type__in=["like", "dislike"]),
                name="like_excludes_dislike",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True)
                | Q(rating__gte=0.5, rating__lte=5.0, rating=Floor(F("rating") * 2) / 2.0),
                name="check_rating_range",
            ),
            models.CheckConstraint(
                condition=Q(interaction_type="rating", rating__isnull=False)
                | (~Q(interaction_type="rating") & Q(rating__isnull=True)),
                name="check_rating_only_in_ratings",
            ),
            one_of("interaction_type", InteractionType, name="check_interaction_type"),
            one_of("source", Source, name="check_interaction_source"),
            models.CheckConstraint(
                condition=Q(feedback_type__isnull=True) | Q(feedback_type__in=Feedback.values),
                name="check_feedback_type",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "interaction_type", "-timestamp"], name="idx_interactions_user_type"),
            models.Index(fields=["movie", "interaction_type"], name="idx_interactions_movie_type"),
            models.Index(fields=["-timestamp"], name="idx_interactions_timestamp"),
            models.Index(fields=["rating"], name="idx_interactions_rating", condition=Q(rating__isnull=False)),
            models.Index(
                fields=["feedback_type"], name="idx_interactions_feedback", condition=Q(feedback_type__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.interaction_type} {self.movie_id}"
