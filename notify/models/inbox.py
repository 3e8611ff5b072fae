"""What the bell shows."""

from django.conf import settings
from django.contrib.postgres.indexes import BTreeIndex
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from web.models import one_of


class InboxCategory(models.TextChoices):
    RECOMMENDATION = "recommendation", _("Picks")
    SYSTEM = "system", _("System")
    SOCIAL = "social", _("People")
    PROMOTION = "promotion", _("Promotion")
    ANNOUNCEMENT = "announcement", _("Announcement")


class TransactionId(models.Field):
    """The number of a transaction, which never comes again (xid8)."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "xid8"


class CurrentTransaction(models.Func):
    function = "pg_current_xact_id"
    output_field = TransactionId()


class InboxNotification(models.Model):
    """One line of the inbox. The badge counts what is neither seen nor put away; opening the list sees, following a
    line reads. `key` tells the same news twice from two news; lines of one `group_key` are shown as one. The words are
    kept as `kind` with `data` where they can be said in the reader's language later, as `title` and `message` where
    somebody typed them. `made_in` is the transaction that wrote it (notify.snapshots says what for)."""

    Category = InboxCategory

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inbox")
    category = models.CharField(max_length=50, choices=InboxCategory.choices, default=InboxCategory.SYSTEM)
    kind = models.CharField(max_length=50, blank=True, default="")
    key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - NULL is never the same twice
    group_key = models.CharField(max_length=200, blank=True, default="")
    title = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    message = models.TextField(null=True, blank=True)  # noqa: DJ001
    action_url = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    action_data = models.JSONField(null=True, blank=True)
    is_read = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    made_in = TransactionId(db_default=CurrentTransaction(), null=True, editable=False)

    class Meta:
        db_table = "in_app_notifications"
        constraints = [
            one_of("category", InboxCategory, name="check_inbox_category"),
            models.UniqueConstraint(fields=["user", "key"], name="one_inbox_key"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="idx_in_app_user_created"),
            models.Index(fields=["user", "is_read"], name="idx_in_app_user_read"),
            BTreeIndex(fields=["expires_at"], name="idx_in_app_expires"),
            # All lines of one announcement, and those of them whose end is another than its own.
            models.Index(fields=["key", "expires_at"], name="idx_in_app_announced", condition=Q(kind="announcement")),
            models.Index(
                fields=["user"], name="idx_in_app_unseen", condition=Q(seen_at__isnull=True, is_archived=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.category
