"""What staff may look up about the log's upkeep, and who looked at whom. The log itself has two keys to a row, which
the admin cannot show."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from insights.models import ActivityArchive, ActivitySpool, Inspection


class ReadOnly(admin.ModelAdmin):
    """For looking, not for changing: these rows say what was done."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ActivitySpool)
class ActivitySpoolAdmin(ReadOnly):
    list_display = ("name", "rows", "bad", "dropped", "loaded_at")
    search_fields = ("name",)


@admin.register(ActivityArchive)
class ActivityArchiveAdmin(ReadOnly):
    list_display = ("file", "partition", "rows", "archived_at")
    search_fields = ("partition",)


@admin.register(Inspection)
class InspectionAdmin(ReadOnly):
    list_display = ("at", "actor", "person", "algorithm")
    list_select_related = ("actor", "person")
