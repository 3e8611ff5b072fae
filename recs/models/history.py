"""Histories that people bring from elsewhere: the upload as it was understood, and what it changed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie
from recs.models.interaction import InteractionType
from web.models import Timestamped, one_of


class ImportStatus(models.TextChoices):
    REVIEW = "review", _("Waiting for you")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Imported")
    UNDONE = "undone", _("Taken back")


class Listed(models.TextChoices):
    """What to make of films on a list that does not say what it is for."""

    WATCHLIST = "watchlist", _("Put them on my watchlist")
    VIEW = "view", _("I have seen them")
    NOTHING = "", _("Leave them out")


class FilmState(models.TextChoices):
    MATCHED = "matched", _("Matched")
    SEVERAL = "several", _("Several matches")
    MISSING = "missing", _("Not found")
    SKIPPED = "skipped", _("Left out")


class HistoryImport(Timestamped):
    """One upload. `done` is the position of the last film that was taken over, so that a killed run goes on there."""

    Status = ImportStatus
    Listed = Listed

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="history_imports")
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.REVIEW)
    filename = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    format = models.CharField(max_length=20)
    scale = models.PositiveSmallIntegerField(default=5)
    unread = models.JSONField(default=list, blank=True)
    genres = models.JSONField(default=list, blank=True)
    genres_added = models.JSONField(default=list, blank=True)
    take_theirs = models.BooleanField(default=False)
    listed = models.CharField(max_length=10, choices=Listed.choices, default=Listed.WATCHLIST, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.IntegerField(default=-1)
    counts = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "history_imports"
        ordering = ["-created_at"]
        constraints = [
            one_of("status", ImportStatus, name="check_history_status"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.filename}"


class ImportedFilm(models.Model):
    """One film of an upload, what the file says of it, and which film of ours it is."""

    State = FilmState

    # The unique constraint begins with the import.
    history = models.ForeignKey(HistoryImport, on_delete=models.CASCADE, related_name="films", db_index=False)
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=FilmState.choices)
    title = models.CharField(max_length=300, blank=True, default="")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    imdb = models.CharField(max_length=20, blank=True, default="")
    movie = models.ForeignKey(Movie, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    candidates = ArrayField(models.BigIntegerField(), default=list, blank=True)
    acts = models.JSONField(default=list, blank=True)  # [kind, rating, moment, metadata, comment]
    reason = models.CharField(max_length=20, blank=True, default="")
    kept = models.JSONField(default=list, blank=True)  # the kinds where the person's own word stood

    class Meta:
        db_table = "history_import_films"
        constraints = [
            models.UniqueConstraint(fields=["history", "position"], name="unique_history_film"),
            one_of("state", FilmState, name="check_history_film_state"),
        ]
        indexes = [models.Index(fields=["history", "state", "position"], name="idx_history_films_state")]

    def __str__(self) -> str:
        return f"{self.history_id}/{self.position}: {self.title}"


class ImportChange(models.Model):
    """One row of the person's interactions that an import wrote or took away, and how it was before."""

    history = models.ForeignKey(HistoryImport, on_delete=models.CASCADE, related_name="changes", db_index=False)
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=50, choices=InteractionType.choices)
    rating = models.FloatField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)  # of the row written; NULL where one was only taken away
    before = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "history_import_changes"
        constraints = [models.UniqueConstraint(fields=["history", "movie", "kind"], name="unique_history_change")]

    def __str__(self) -> str:
        return f"{self.history_id}: {self.kind} {self.movie_id}"
