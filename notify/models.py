"""What people want to hear, what we told them, and where we can reach them."""

import datetime
import uuid

from django.conf import settings
from django.contrib.postgres.indexes import BTreeIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import DeviceType, validate_timezone
from web.models import Timestamped, between, one_of
from web.partitions import Sequence


class Preference(Timestamped):
    """What a person wants to hear by which channel, and when their weekly digest is due (0 = Monday)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    weekly_digest = models.BooleanField(default=False)
    recommendation_alerts = models.BooleanField(default=False)
    trending_alerts = models.BooleanField(default=False)
    push_recommendations = models.BooleanField(default=False)
    push_trending = models.BooleanField(default=False)
    in_app_recommendations = models.BooleanField(default=False)
    in_app_system_updates = models.BooleanField(default=False)
    digest_day = models.PositiveSmallIntegerField(default=0)
    digest_time = models.TimeField(default=datetime.time(9, 0))
    timezone = models.CharField(max_length=50, default="UTC", validators=[validate_timezone])

    class Meta:
        db_table = "notifications_preferences"
        constraints = [between("digest_day", 0, 6, name="check_digest_day")]
        indexes = [models.Index(fields=["digest_day", "digest_time"], name="idx_notifprefs_digest")]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PUSH = "push", _("Push")
    IN_APP = "in_app", _("Inbox")


def new_key() -> str:
    return uuid.uuid4().hex


class DeliveryStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    OPENED = "opened", _("Opened")
    CLICKED = "clicked", _("Clicked")
    FAILED = "failed", _("Failed")
    BOUNCED = "bounced", _("Bounced")


class Delivery(models.Model):
    """The outbox and its log: the row stands before anything is sent. One idempotency key, one row, for ever:
    a trigger keeps the keys in a table of their own, because a partitioned table cannot.
    """

    Status = DeliveryStatus

    pk = models.CompositePrimaryKey("id", "created_at")
    id = models.BigIntegerField(db_default=Sequence("notification_logs_id_seq"), editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    notification_type = models.CharField(max_length=50)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    subject = models.CharField(max_length=255)
    content = models.TextField()
    recipient = models.CharField(max_length=255)
    status = models.CharField(max_length=50, choices=DeliveryStatus.choices, default=DeliveryStatus.SCHEDULED)
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    idempotency_key = models.CharField(max_length=200, default=new_key)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    scheduled_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "notification_logs"
        constraints = [
            one_of("status", DeliveryStatus, name="check_delivery_status"),
            one_of("channel", Channel, name="check_delivery_channel"),
        ]
        indexes = [
            models.Index(fields=["user", "notification_type"], name="idx_notif_log_user_type"),
            models.Index(fields=["status", "scheduled_at"], name="idx_notif_log_status"),
            models.Index(fields=["notification_type", "sent_at"], name="idx_notif_log_type_sent"),
            models.Index(fields=["-created_at"], name="idx_notif_log_created_at"),
            models.Index(fields=["external_id"], name="idx_notif_log_external_id"),
        ]

    def __str__(self) -> str:
        return f"{self.notification_type} to {self.user_id}: {self.status}"


class InboxCategory(models.TextChoices):
    RECOMMENDATION = "recommendation", _("Picks")
    SYSTEM = "system", _("System")
    SOCIAL = "social", _("People")
    PROMOTION = "promotion", _("Promotion")
    ANNOUNCEMENT = "announcement", _("Announcement")


class InboxNotification(models.Model):
    """What the bell shows."""

    Category = InboxCategory

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inbox")
    category = models.CharField(max_length=50, choices=InboxCategory.choices, default=InboxCategory.SYSTEM)
    title = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    message = models.TextField(null=True, blank=True)  # noqa: DJ001
    action_url = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    action_data = models.JSONField(null=True, blank=True)
    is_read = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "in_app_notifications"
        constraints = [one_of("category", InboxCategory, name="check_inbox_category")]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="idx_in_app_user_created"),
            models.Index(fields=["user", "is_read"], name="idx_in_app_user_read"),
            BTreeIndex(fields=["expires_at"], name="idx_in_app_expires"),
        ]

    def __str__(self) -> str:
        return self.title or self.category


class Device(models.Model):
    """A browser or a phone that may be pushed to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    device_type = models.CharField(max_length=50, choices=DeviceType.choices)
    token = models.CharField(max_length=1000, unique=True)
    keys = models.JSONField(default=dict, blank=True)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "devices"
        constraints = [one_of("device_type", DeviceType, name="check_device_type")]

    def __str__(self) -> str:
        return f"{self.device_type} of {self.user_id}"
