"""What the editors recommend."""

import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.movie import Movie
from web.models import Timestamped


class EditorsPickQuerySet(models.QuerySet["EditorsPick"]):
    """Named questions about the editors' picks."""

    def on(self, day: datetime.date) -> Self:
        """Those that run on this day, the newest first."""
        return self.filter(starts_on__lte=day, ends_on__gte=day).order_by("-starts_on", "-pk")


class EditorsPick(Timestamped):
    """A film that the editors stand up for, from one day to another, with a few words of their own."""

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="editors_picks", verbose_name=_("film"))
    note = models.CharField(_("why this film"), max_length=500, blank=True, default="")
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = EditorsPickQuerySet.as_manager()

    class Meta:
        db_table = "editors_picks"
        verbose_name = _("editors’ pick")
        verbose_name_plural = _("editors’ picks")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="check_editors_pick_days",
                violation_error_message=_("The last day is before the first."),
            )
        ]
        indexes = [models.Index(fields=["ends_on", "starts_on"], name="idx_editors_picks_days")]

    def __str__(self) -> str:
        return f"{self.movie} ({self.starts_on} – {self.ends_on})"
