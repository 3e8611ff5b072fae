"""What staff say to everybody, or to some."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from web.models import Timestamped, one_of


class Segment(models.TextChoices):
    EVERYBODY = "everybody", _("Everybody")
    NEW = "new", _("Who joined in the last 30 days")
    ACTIVE = "active", _("Who did something in the last 30 days")
    QUIET = "quiet", _("Who did nothing in the last 30 days")
    STAFF = "staff", _("Staff")


class Announcement(Timestamped):
    """A message to a segment, put into the inboxes at `publish_at` and taken out of them at `expires_at`."""

    title = models.CharField(pgettext_lazy("of an announcement", "title"), max_length=255)
    message = models.TextField(_("message"), max_length=5000)
    action_url = models.CharField(_("link"), max_length=200, blank=True, default="")
    segment = models.CharField(_("to"), max_length=20, choices=Segment.choices, default=Segment.EVERYBODY)
    language = models.CharField(_("only in this language"), max_length=10, blank=True, default="")
    publish_at = models.DateTimeField(_("from"), default=timezone.now)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    told = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        db_table = "announcements"
        constraints = [
            one_of("segment", Segment, name="check_announcement_segment"),
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=models.F("publish_at")),
                name="check_announcement_dates",
            ),
        ]
        indexes = [models.Index(fields=["publish_at"], name="idx_announcements_publish")]

    def __str__(self) -> str:
        return self.title
