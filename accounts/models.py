"""The person: log-in, profile, what they allow, and how they like their recommendations."""

import zoneinfo
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from web.models import Timestamped, between, one_of


class Language(models.TextChoices):
    """The languages of data-model `preferred_language`; `zh` is written in simplified characters."""

    ENGLISH = "en", _("English")
    SPANISH = "es", _("Spanish")
    FRENCH = "fr", _("French")
    GERMAN = "de", _("German")
    CHINESE = "zh", _("Chinese")
    JAPANESE = "ja", _("Japanese")
    RUSSIAN = "ru", _("Russian")
    ITALIAN = "it", _("Italian")
    PORTUGUESE = "pt", _("Portuguese")
    HINDI = "hi", _("Hindi")
    ARABIC = "ar", _("Arabic")
    KOREAN = "ko", _("Korean")


class DeviceType(models.TextChoices):
    ANDROID = "android", "Android"
    IOS = "ios", "iOS"
    WEB = "web", _("Web")


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a time zone."), params={"name": name})


class UserManager(BaseUserManager["User"]):
    """People are found by their e-mail address, whatever its capitals."""

    def get_by_natural_key(self, username: str | None) -> "User":
        # Not `iexact`: that compares UPPER(email), which no index serves.
        return self.alias(lowered=Lower("email")).get(lowered=(username or "").lower())


class User(Timestamped, AbstractUser):
    """One person. The e-mail address is the log-in name and unique whatever its capitals."""

    email = models.EmailField(_("e-mail address"))
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    is_premium = models.BooleanField(default=False)
    phone_number = models.CharField(_("phone number"), max_length=20, blank=True, default="")
    bio = models.TextField(_("about you"), blank=True, default="", max_length=2000)
    avatar = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - NULL is "none yet"
    country = models.CharField(_("country"), max_length=100, blank=True, default="")
    preferred_timezone = models.CharField(_("time zone"), max_length=50, default="UTC", validators=[validate_timezone])
    preferred_language = models.CharField(
        _("language"), max_length=50, default=Language.ENGLISH, choices=Language.choices
    )
    device_token = models.CharField(max_length=255, null=True, blank=True, unique=True)  # noqa: DJ001
    device_type = models.CharField(max_length=50, null=True, blank=True, choices=DeviceType.choices)  # noqa: DJ001

    algorithm_preference = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001
    diversity_preference = models.FloatField(default=0.5)
    novelty_preference = models.FloatField(default=0.5)
    content_rating_preference = models.CharField(max_length=10, null=True, blank=True)  # noqa: DJ001
    preferred_decade = models.CharField(max_length=10, null=True, blank=True)  # noqa: DJ001

    onboarding_completed = models.BooleanField(default=False)
    onboarding_completed_at = models.DateTimeField(null=True, blank=True)
    cold_start_preferences_collected = models.BooleanField(default=False)
    allow_demographic_targeting = models.BooleanField(default=True)
    data_usage_consent = models.BooleanField(default=False)
    is_simulated = models.BooleanField(default=False, help_text=_("Made by the demo community's simulator."))

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        db_table = "users"
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="users_email_unique", violation_error_message=_("This e-mail address is taken.")
            ),
            between("diversity_preference", 0, 1, name="users_diversity_range"),
            between("novelty_preference", 0, 1, name="users_novelty_range"),
            one_of("preferred_language", Language, name="users_language_known"),
            models.CheckConstraint(
                condition=Q(device_type__isnull=True) | Q(device_type__in=DeviceType.values),
                name="users_device_type_known",
            ),
        ]
        indexes = [
            # Log-in asks for the lower-cased address as it stands; the unique index on LOWER(email) cannot answer that.
            models.Index(fields=["email"], name="idx_users_email"),
            models.Index(fields=["is_active"], name="idx_users_is_active"),
            models.Index(
                fields=["device_token"], name="idx_users_device_token", condition=Q(device_token__isnull=False)
            ),
            models.Index(fields=["country"], name="idx_users_country"),
            models.Index(fields=["created_at"], name="idx_users_created_at"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What the site calls this person; never the whole e-mail address."""
        return self.get_full_name() or self.username
