"""What a person wants to hear, by which channel and when, and the devices that may be pushed to."""

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import DeviceType, validate_timezone
from notify.models.delivery import Channel
from web.models import Timestamped, between, one_of


class Preference(Timestamped):
    """What a person wants to hear by which channel, and when their weekly digest is due (0 = Monday).

    `next_due_at` (UTC) is computed from day, time and zone by notify.schedule, never by the database. Between
    `quiet_start` and `quiet_end`, wall-clock times of the same zone, nothing is pushed and no alert is mailed; a span
    may go over midnight. `paused_until` holds everything back but what concerns the account.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    weekly_digest = models.BooleanField(default=False)
    recommendation_alerts = models.BooleanField(default=False)
    trending_alerts = models.BooleanField(default=False)
    push_recommendations = models.BooleanField(default=False)
    push_trending = models.BooleanField(default=False)
    in_app_recommendations = models.BooleanField(default=True)
    in_app_system_updates = models.BooleanField(default=True)
    digest_day = models.PositiveSmallIntegerField(default=0)
    digest_time = models.TimeField(default=datetime.time(9, 0))
    timezone = models.CharField(max_length=50, default="UTC", validators=[validate_timezone])
    next_due_at = models.DateTimeField(null=True, blank=True)
    quiet_start = models.TimeField(null=True, blank=True)
    quiet_end = models.TimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    measure_clicks = models.BooleanField(default=True)

    class Meta:
        db_table = "notifications_preferences"
        constraints = [
            between("digest_day", 0, 6, name="check_digest_day"),
            models.CheckConstraint(
                condition=models.Q(quiet_start__isnull=True, quiet_end__isnull=True)
                | models.Q(quiet_start__isnull=False, quiet_end__isnull=False),
                name="check_quiet_hours",
            ),
        ]
        indexes = [
            models.Index(fields=["digest_day", "digest_time"], name="idx_notifprefs_digest"),
            models.Index(
                fields=["next_due_at"], name="idx_notifprefs_due", condition=models.Q(next_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Choice(models.Model):
    """One square of the matrix kind by channel that has no column in `Preference` (notify.kinds says which have)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=50)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    enabled = models.BooleanField()

    class Meta:
        db_table = "notification_choices"
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="one_notification_choice"),
            one_of("channel", Channel, name="check_choice_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} by {self.channel}"


class Device(models.Model):
    """A browser or a phone that may be pushed to. For a browser `token` is the push service's endpoint."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    device_type = models.CharField(max_length=50, choices=DeviceType.choices)
    token = models.CharField(max_length=1000, unique=True)
    keys = models.JSONField(default=dict, blank=True)
    name = models.CharField(max_length=200, blank=True, default="")
    last_seen_at = models.DateTimeField(default=timezone.now)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "devices"
        constraints = [one_of("device_type", DeviceType, name="check_device_type")]

    def __str__(self) -> str:
        return f"{self.device_type} of {self.user_id}"
