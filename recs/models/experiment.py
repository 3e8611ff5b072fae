"""Experiments: two algorithms against each other, and who saw which."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
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
    """`traffic_split` is the share that sees algorithm B; a new phase draws everybody anew with a new seed."""

    Status = ExperimentStatus
    Kind = ExperimentKind

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(null=True, blank=True)  # noqa: DJ001
    hypothesis = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=20, choices=ExperimentKind.choices, default=ExperimentKind.AB)
    status = models.CharField(max_length=20, choices=ExperimentStatus.choices, default=ExperimentStatus.DRAFT)
    phase = models.PositiveIntegerField(default=1)
    seed = models.CharField(max_length=64, blank=True, default="")
    algorithm_a = models.CharField(max_length=50)
    algorithm_b = models.CharField(max_length=50)
    is_aa_test = models.BooleanField(default=False)
    traffic_split = models.FloatField(default=0.5)
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    target_metric = models.CharField(max_length=50, choices=TargetMetric.choices)
    minimum_sample_size = models.PositiveIntegerField(default=1000, validators=[MinValueValidator(1)])
    confidence_level = models.FloatField(default=0.95)
    statistical_significance = models.FloatField(null=True, blank=True)
    winner_algorithm = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001
    p_value = models.FloatField(null=True, blank=True)
    effect_size = models.FloatField(null=True, blank=True)
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


class Variant(models.TextChoices):
    A = "a", "A"
    B = "b", "B"


class Assignment(models.Model):
    """Which arm a person drew in a phase, and when they first saw it."""

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
