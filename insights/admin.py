"""What staff may look up about the log's upkeep. The log itself has two keys to a row, which the admin cannot show."""

from django.contrib import admin

from insights.models import ActivityArchive, ActivitySpool
from web.admin import ReadOnly


@admin.register(ActivitySpool)
class ActivitySpoolAdmin(ReadOnly):
    list_display = ("name", "rows", "bad", "dropped", "loaded_at")
    search_fields = ("name",)


@admin.register(ActivityArchive)
class ActivityArchiveAdmin(ReadOnly):
    list_display = ("file", "partition", "rows", "archived_at")
    search_fields = ("partition",)
