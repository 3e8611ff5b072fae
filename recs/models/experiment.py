"""Experiments: two algorithms against each other, who saw which, who wants none of it, and what was done about them."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from web.models import Timestamped, between, one_of


class TargetMetric(models.TextChoices):
    CTR = "ctr", _("Click-through rate")
    ENGAGEMENT = "engagement", _("Engagement")
    RETENTION = "retention", _("Retention")
    CONVERSION = "conversion", _("Conversion")
    RATING = "rating", _("Mean rating")
    TIME_SPENT = "time_spent", _("Time spent")


class ExperimentStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    CONCLUDED = "concluded", _("Concluded")
    SHIPPED = "shipped", _("Shipped")


class ExperimentKind(models.TextChoices):
    AB = "ab", _("A/B test")
    INTERLEAVING = "interleaving", _("Interleaving")


class Experiment(Timestamped):
    """Algorithm A is the control, B the treatment. A new phase draws everybody anew with a new seed; people's rows of
    the phases before stay. Who takes part, and what counts from when: docs/experiments.md."""

    Status = ExperimentStatus
    Kind = ExperimentKind

    # Nobody's place is between these two. The demo's experiments stand there: they are looked at, and serve nobody.
    FOR_SHOW = (0.00001, 0.00005)
    SHOWN_ONLY = Q(namespace_start=FOR_SHOW[0], namespace_end=FOR_SHOW[1])

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(null=True, blank=True)  # noqa: DJ001
    hypothesis = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=20, choices=ExperimentKind.choices, default=ExperimentKind.AB)
    status = models.CharField(max_length=20, choices=ExperimentStatus.choices, default=ExperimentStatus.DRAFT)
    phase = models.PositiveIntegerField(default=1)
    seed = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text=_("What the arms of this phase are drawn by: 16 random hexadecimal digits, never used again."),
    )
    algorithm_a = models.CharField(max_length=50, help_text=_("The control: what most people have today."))
    algorithm_b = models.CharField(max_length=50, help_text=_("The treatment: what is tried."))
    is_aa_test = models.BooleanField(
        default=False, help_text=_("Both arms have the same algorithm: it tests the testing.")
    )
    traffic_split = models.FloatField(
        default=0.5, help_text=_("The share of the people in it who get algorithm A, from 0.1 to 0.9.")
    )
    # Parts of one line on which everybody has a place: experiments on parts that do not meet share nobody.
    namespace_start = models.FloatField(
        default=0.0, help_text=_("Where the part of all people begins that may take part, from 0 to 1.")
    )
    namespace_end = models.FloatField(default=1.0, help_text=_("Where that part ends."))
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    target_metric = models.CharField(max_length=50, choices=TargetMetric.choices)
    minimum_sample_size = models.PositiveIntegerField(
        default=1000,
        validators=[MinValueValidator(1)],
        help_text=_("People of each arm who must have seen it before anything is said about who is better."),
    )
    confidence_level = models.FloatField(default=0.95)
    statistical_significance = models.FloatField(
        null=True, blank=True, help_text=_("1 when the p-value was below 1 − confidence level, 0 when it was not.")
    )
    winner_algorithm = models.CharField(  # noqa: DJ001
        max_length=50, null=True, blank=True, help_text=_("Set by the person who concludes, never by a computation.")
    )
    p_value = models.FloatField(
        null=True,
        blank=True,
        help_text=_("The one that was decided by: always valid while it runs, Welch’s at the planned end."),
    )
    effect_size = models.FloatField(
        null=True, blank=True, help_text=_("How much better B is, as a share of A: (B − A) / |A|.")
    )
    decision_note = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        db_table = "recommendation_experiments"
        constraints = [
            between("traffic_split", 0.1, 0.9, name="check_traffic_split"),
            between("confidence_level", 0.8, 0.99, name="check_confidence_level"),
            models.CheckConstraint(condition=Q(end_date__gt=F("start_date")), name="check_date_order"),
            models.CheckConstraint(
                condition=Q(is_aa_test=True) | ~Q(algorithm_a=F("algorithm_b")), name="check_different_algorithms"
            ),
            one_of("target_metric", TargetMetric, name="check_target_metric"),
            one_of("status", ExperimentStatus, name="check_experiment_status"),
            one_of("kind", ExperimentKind, name="check_experiment_kind"),
            models.CheckConstraint(
                condition=Q(namespace_start__gte=0, namespace_end__lte=1, namespace_start__lt=F("namespace_end")),
                name="check_namespace",
            ),
        ]
        indexes = [
            models.Index(fields=["is_active", "start_date", "end_date"], name="idx_experiments_active"),
            models.Index(
                fields=["start_date", "end_date"], name="idx_experiment_user_assignment", condition=Q(is_active=True)
            ),
            models.Index(fields=["start_date", "end_date"], name="idx_experiments_date_range"),
            models.Index(fields=["target_metric"], name="idx_experiments_target_metric"),
            models.Index(fields=["algorithm_a", "algorithm_b"], name="idx_experiments_algorithms"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_show(self) -> bool:
        """Made up by the demo, people and all: it must never become what real people see."""
        return (self.namespace_start, self.namespace_end) == self.FOR_SHOW


class Variant(models.TextChoices):
    A = "a", "A"
    B = "b", "B"


class Assignment(models.Model):
    """Which arm a person drew in a phase, and when they first saw it. `bucket` is their place in ten thousandths."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    phase = models.PositiveIntegerField(default=1)
    variant = models.CharField(max_length=1, choices=Variant.choices)
    bucket = models.PositiveIntegerField()
    assigned_at = models.DateTimeField(auto_now_add=True)
    first_exposed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "experiment_assignments"
        constraints = [
            models.UniqueConstraint(fields=["experiment", "phase", "user"], name="unique_assignment"),
            one_of("variant", Variant, name="check_variant"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.variant}"


class ExperimentOptOut(models.Model):
    """Somebody who takes part in no experiment, until they change their mind."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="experiment_opt_out")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "experiment_opt_outs"

    def __str__(self) -> str:
        return f"{self.user_id} since {self.at:%Y-%m-%d}"


class ExperimentEvent(models.Model):
    """What somebody did with an experiment. Append-only: a trigger refuses changes, but for an actor who has gone."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=50)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "experiment_events"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["experiment", "at"], name="idx_experiment_events_at")]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.action} at {self.at:%Y-%m-%d %H:%M}"


class SiteDefault(models.Model):
    """The one row that says which algorithm everybody has who chose none, and which experiment that goes back to."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    algorithm = models.CharField(max_length=50)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(default=timezone.now)
    experiment = models.ForeignKey(Experiment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "site_defaults"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="check_one_site_default")]

    def __str__(self) -> str:
        return self.algorithm
