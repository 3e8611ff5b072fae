"""What a person told us to use less, or not at all, when we choose films for them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from web.models import Timestamped, one_of


class AdjustmentKind(models.TextChoices):
    FILM = "film", _("Film")
    GENRE = "genre", _("Genre")
    PERSON = "person", pgettext_lazy("in films", "Person")
    POPULARITY = "popularity", _("Popularity")


class Adjustment(Timestamped):
    """`target` is the film, genre or person (0 for popularity, which has none); a weight of 0 is "do not use".

    It is no foreign key: one column serves three tables, and what names a film that has gone is simply of no effect.
    """

    Kind = AdjustmentKind

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="adjustments", db_index=False
    )
    kind = models.CharField(max_length=20, choices=AdjustmentKind.choices)
    target = models.BigIntegerField(default=0)
    weight = models.FloatField()

    class Meta:
        db_table = "recommendation_adjustments"
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "target"], name="unique_adjustment"),
            one_of("kind", AdjustmentKind, name="check_adjustment_kind"),
            models.CheckConstraint(condition=models.Q(weight__gte=0, weight__lt=1), name="check_adjustment_weight"),
            models.CheckConstraint(
                condition=models.Q(kind="popularity", target=0)
                | (~models.Q(kind="popularity") & models.Q(target__gt=0)),
                name="check_adjustment_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} {self.target} × {self.weight}"
