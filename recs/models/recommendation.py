"""The stored picks of each person."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Movie


class Recommendation(models.Model):
    """One pick: what, how strongly, by which model, and why (`reason` is what the page says, as data)."""

    # Three wider indexes begin with the person.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recommendations", db_index=False
    )
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="recommendations")
    score = models.FloatField()
    algorithm = models.CharField(max_length=50)
    rank = models.PositiveIntegerField(default=0)
    reason = models.JSONField(default=dict, blank=True)
    model_version = models.CharField(max_length=64, blank=True, default="")
    generated_at = models.DateTimeField(default=timezone.now)
    clicked = models.BooleanField(default=False)
    clicked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "user_recommendations"
        constraints = [
            models.UniqueConstraint(fields=["user", "movie", "algorithm"], name="unique_user_movie_algorithm"),
            # PostgreSQL sorts NaN above every number: without the upper end it would pass.
            models.CheckConstraint(condition=Q(score__gte=0, score__lt=float("inf")), name="check_score_positive"),
        ]
        indexes = [
            models.Index(
                fields=["user", "-score", "-generated_at"], name="idx_user_recs_serving", condition=Q(clicked=False)
            ),
            models.Index(fields=["user", "-score"], name="idx_recommendations_user_score"),
            models.Index(fields=["-generated_at"], name="idx_recommendations_generated"),
            models.Index(fields=["algorithm"], name="idx_recommendations_algorithm"),
            models.Index(fields=["clicked", "clicked_at"], name="idx_recommendations_clicked"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} #{self.rank}: {self.movie_id}"
