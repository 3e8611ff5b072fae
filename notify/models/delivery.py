"""The outbox, what became of each message, and whom not to write to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from web.models import one_of
from web.partitions import Sequence


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
    COMPLAINED = "complained", _("Reported as spam")
    SKIPPED = "skipped", _("Skipped")
    IN_DOUBT = "in_doubt", _("In doubt")


class Delivery(models.Model):
    """The outbox and its log: the row stands, rendered, before anything is sent.

    One idempotency key, one row, for ever: a trigger keeps the keys in a table of their own, because a partitioned
    table cannot. `message` holds the bytes that go over the wire (an e-mail with its headers, or the text of a push),
    `message_id` the Message-ID in them; both are made once. `scheduled_at` is not before when. A row that is being sent
    belongs to the holder of `lease_token` until `lease_until`. `reason` says in a word of notify.reasons why a row was
    skipped, failed or is in doubt; `last_error` quotes the other side.
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
    message = models.BinaryField(null=True)
    message_id = models.CharField(max_length=255, blank=True, default="")
    data = models.JSONField(default=dict, blank=True)
    is_test = models.BooleanField(default=False)
    status = models.CharField(max_length=50, choices=DeliveryStatus.choices, default=DeliveryStatus.SCHEDULED)
    reason = models.CharField(max_length=50, blank=True, default="")
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    idempotency_key = models.CharField(max_length=200, default=new_key)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
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
            models.Index(fields=["message_id"], name="idx_notif_log_message_id"),
            models.Index(
                fields=["channel", "notification_type", "scheduled_at"],
                name="idx_notif_log_queue",
                condition=Q(status="scheduled"),
            ),
            models.Index(
                fields=["lease_until"],
                name="idx_notif_log_held",
                condition=Q(status__in=["scheduled", "sending"], lease_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_type} to {self.user_id}: {self.status}"


class EventKind(models.TextChoices):
    """What a provider, a server or a person said of a message."""

    ACCEPTED = "accepted", _("Accepted")
    DELIVERED = "delivered", _("Delivered")
    OPENED = "opened", _("Opened")
    CLICKED = "clicked", _("Clicked")
    DEFERRED = "deferred", _("Deferred")
    SOFT_BOUNCE = "soft_bounce", _("Bounced for now")
    HARD_BOUNCE = "hard_bounce", _("Bounced for good")
    COMPLAINED = "complained", _("Reported as spam")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    RESENT = "resent", _("Sent again by staff")
    CONFIRMED = "confirmed", _("Confirmed by staff")


class DeliveryEvent(models.Model):
    """One thing that happened to a message; never changed. `delivery_id` is Delivery.id (no key: that table is
    partitioned). `provider_hash` tells a repeated report from a new one. `address_hash` is notify.addresses.hashed."""

    delivery_id = models.BigIntegerField(null=True, blank=True)
    event = models.CharField(max_length=50, choices=EventKind.choices)
    at = models.DateTimeField(default=timezone.now)
    provider_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)  # noqa: DJ001
    message_id = models.CharField(max_length=255, blank=True, default="")
    address_hash = models.CharField(max_length=64, blank=True, default="")
    is_machine = models.BooleanField(default=False)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "delivery_events"
        constraints = [one_of("event", EventKind, name="check_delivery_event")]
        indexes = [
            models.Index(fields=["delivery_id", "at"], name="idx_delivery_events_delivery"),
            models.Index(fields=["message_id"], name="idx_delivery_events_message"),
            models.Index(fields=["address_hash", "at"], name="idx_delivery_events_address"),
            models.Index(fields=["event", "at"], name="idx_delivery_events_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of {self.delivery_id}"


class SuppressionReason(models.TextChoices):
    HARD_BOUNCE = "hard_bounce", _("The address does not exist")
    SOFT_BOUNCES = "soft_bounces", _("The mailbox refused too often")
    COMPLAINT = "complaint", _("Reported as spam")
    STAFF = "staff", _("Put there by staff")


class SuppressionScope(models.TextChoices):
    BULK = "bulk", _("Digests and alerts")
    ALL = "all", _("Everything")


class Suppression(models.Model):
    """An address that we do not write to. The address itself is not kept, only its hash and a masked form."""

    address_hash = models.CharField(max_length=64)
    masked = models.CharField(max_length=255, blank=True, default="")
    reason = models.CharField(max_length=50, choices=SuppressionReason.choices)
    scope = models.CharField(max_length=10, choices=SuppressionScope.choices, default=SuppressionScope.BULK)
    until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        db_table = "suppressions"
        constraints = [
            models.UniqueConstraint(fields=["address_hash", "scope"], name="one_suppression"),
            one_of("reason", SuppressionReason, name="check_suppression_reason"),
            one_of("scope", SuppressionScope, name="check_suppression_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.masked}: {self.reason}"

    @property
    def is_lifted(self) -> bool:
        return self.until is not None and self.until <= timezone.now()


class Circuit(models.Model):
    """Whether a way out is open. While `open_until` lies ahead nothing is tried, and no row loses an attempt."""

    name = models.CharField(max_length=100, unique=True)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "delivery_circuits"

    def __str__(self) -> str:
        return self.name
