"""People in the administration: mostly to read; what people say about themselves is theirs to change."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """Rights and the active flag can be changed here. Made-up people of the demo community say that they are."""

    list_display = ["email", "display_name", "simulated", "is_active", "is_staff", "onboarding_completed", "created_at"]
    list_filter = ["is_simulated", "is_active", "is_staff", "onboarding_completed", "preferred_language"]
    search_fields = ["email", "username", "first_name", "last_name"]
    ordering = ["-created_at"]
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["email", "username", "password", "is_simulated"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Profile"), {"fields": ["first_name", "last_name", "country", "date_of_birth", "bio"]}),
        (
            _("Preferences"),
            {
                "fields": [
                    "preferred_language",
                    "preferred_timezone",
                    "algorithm_preference",
                    "diversity_preference",
                    "novelty_preference",
                    "allow_demographic_targeting",
                    "data_usage_consent",
                ]
            },
        ),
        (
            _("Dates"),
            {"fields": ["last_login", "created_at", "updated_at", "onboarding_completed", "onboarding_completed_at"]},
        ),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "username", "usable_password", "password1", "password2"]})
    ]
    readonly_fields = [
        "is_simulated",
        "first_name",
        "last_name",
        "country",
        "date_of_birth",
        "bio",
        "preferred_language",
        "preferred_timezone",
        "algorithm_preference",
        "diversity_preference",
        "novelty_preference",
        "allow_demographic_targeting",
        "data_usage_consent",
        "last_login",
        "created_at",
        "updated_at",
        "onboarding_completed",
        "onboarding_completed_at",
    ]

    @admin.display(description=_("simulated"), boolean=True, ordering="is_simulated")
    def simulated(self, person: User) -> bool:
        return person.is_simulated
