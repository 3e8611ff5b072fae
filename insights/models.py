"""What happened, counted; and what experiments looked like over time."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Movie
from recs.models import Experiment
from web.models import between
from web.partitions import Sequence


class ActivityLog(models.Model):
    """One thing that happened. No user: an anonymous visitor, or somebody who has not consented."""

    class Action(models.TextChoices):
        MOVIE_VIEW = "movie_view", _("Film page seen")
        MOVIE_SEARCH = "movie_search", _("Search")
        RECOMMENDATION_IMPRESSION = "recommendation_impression", _("Pick shown")
        RECOMMENDATION_CLICK = "recommendation_click", _("Pick clicked")
        EMAIL_OPEN = "email_open", _("Mail opened")
        EMAIL_CLICK = "email_click", _("Mail clicked")
        PUSH_CLICK = "push_click", _("Push clicked")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
        RATING_SUBMIT = "rating_submit", _("Rated")
        FAVORITE_ADD = "favorite_add", _("Favourite added")
        WATCHLIST_ADD = "watchlist_add", _("Watchlist added")
        LIKE_ADD = "like_add", _("Liked")
        DISLIKE_ADD = "dislike_add", _("Disliked")
        NOT_INTERESTED_ADD = "not_interested_add", _("Not interested")
        SEEN_ADD = "seen_add", _("Marked as seen")

    pk = models.CompositePrimaryKey("id", "timestamp")
    id = models.BigIntegerField(db_default=Sequence("user_activity_logs_id_seq"), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    session_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    action_type = models.CharField(max_length=50)
    movie = models.ForeignKey(Movie, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.TextField(null=True, blank=True)  # noqa: DJ001
    referer = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    source = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001
    metadata = models.JSONField(null=True, blank=True)
    timestamp = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "user_activity_logs"
        indexes = [
            models.Index(fields=["user", "action_type", "-timestamp"], name="idx_user_activity_analysis"),
            models.Index(fields=["movie", "action_type"], name="idx_activity_logs_movie_action"),
            models.Index(fields=["-timestamp"], name="idx_activity_logs_timestamp"),
            models.Index(fields=["session_id"], name="idx_activity_logs_session"),
            models.Index(fields=["source"], name="idx_activity_logs_source"),
        ]

    def __str__(self) -> str:
        return f"{self.action_type} at {self.timestamp:%Y-%m-%d %H:%M}"


class ActivitySpool(models.Model):
    """A spool file that stands in the log: written together with its rows, so that no file is loaded twice."""

    name = models.CharField(max_length=100, unique=True)
    rows = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0, help_text=_("Lines that could not be read."))
    dropped = models.PositiveIntegerField(default=0, help_text=_("Rows given up while the spool was full."))
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "activity_spools"
        indexes = [models.Index(fields=["-loaded_at"], name="idx_activity_spools_loaded_at")]

    def __str__(self) -> str:
        return self.name


class ActivityArchive(models.Model):
    """A partition of the log that was exported, verified and dropped; written together with the dropping."""

    file = models.CharField(max_length=200, unique=True)
    partition = models.CharField(max_length=63)
    rows = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, help_text=_("Of the file's content before compression."))
    archived_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "activity_archives"
        indexes = [models.Index(fields=["partition"], name="idx_activity_archives_part")]

    def __str__(self) -> str:
        return self.file


class PopularityMetric(models.Model):
    """What one film did on one day. `click_through_rate` is in percent."""

    pk = models.CompositePrimaryKey("id", "date")
    id = models.BigIntegerField(db_default=Sequence("popularity_metrics_id_seq"), editable=False)
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    view_count = models.PositiveIntegerField(default=0)
    like_count = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    average_rating = models.FloatField(default=0.0)
    recommendation_count = models.PositiveIntegerField(default=0)
    click_through_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    class Meta:
        db_table = "popularity_metrics"
        constraints = [
            models.UniqueConstraint(fields=["movie", "date"], name="unique_popularity_metrics_per_movie_per_day"),
            between("click_through_rate", 0, 100, name="check_click_through_rate"),
        ]
        indexes = [
            models.Index(fields=["-view_count"], name="idx_popularity_views"),
            models.Index(fields=["-date"], name="idx_popularity_date"),
            models.Index(fields=["-click_through_rate"], name="idx_popularity_ctr"),
        ]

    def __str__(self) -> str:
        return f"{self.movie_id} on {self.date}"


class ExperimentSnapshot(models.Model):
    """What an experiment looked like at one moment. Append-only: a trigger refuses changes."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="snapshots")
    at = models.DateTimeField(default=timezone.now)
    sums = models.JSONField(default=dict)
    results = models.JSONField(default=dict)
    srm_p = models.FloatField(null=True, blank=True)
    code_version = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "experiment_snapshots"
        indexes = [models.Index(fields=["experiment", "-at"], name="idx_experiment_snapshots_at")]

    def __str__(self) -> str:
        return f"{self.experiment_id} at {self.at:%Y-%m-%d %H:%M}"


class Inspection(models.Model):
    """Somebody of the staff looked at one person's page. Append-only: a trigger refuses changes, but for an actor who
    has gone."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    algorithm = models.CharField(max_length=50)

    class Meta:
        db_table = "inspections"
        indexes = [models.Index(fields=["person", "-at"], name="idx_inspections_person_at")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.at:%Y-%m-%d %H:%M}"
