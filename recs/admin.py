"""What staff may look up about acts and picks. Nothing here is typed in by hand: people and models make these rows."""

from django.contrib import admin

from recs.models import (
    Adjustment,
    Assignment,
    ExperimentEvent,
    ExperimentOptOut,
    GenrePreference,
    Interaction,
    Recommendation,
    SiteDefault,
)
from web.admin import ReadOnly


@admin.register(Interaction)
class InteractionAdmin(ReadOnly):
    list_select_related = ("user", "movie")
    raw_id_fields = ("user", "movie")
    list_display = ("timestamp", "user", "interaction_type", "movie", "rating", "source")
    list_filter = ("interaction_type", "source")
    search_fields = ("=user__email", "movie__title")
    date_hierarchy = "timestamp"


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnly):
    list_select_related = ("user", "movie")
    raw_id_fields = ("user", "movie")
    list_display = ("user", "rank", "movie", "score", "algorithm", "model_version", "generated_at", "clicked")
    list_filter = ("algorithm", "clicked")
    search_fields = ("=user__email", "movie__title")


@admin.register(GenrePreference)
class GenrePreferenceAdmin(ReadOnly):
    list_display = ("user", "genre")
    list_select_related = ("user", "genre")
    raw_id_fields = ("user", "genre")
    search_fields = ("=user__email", "genre__name")


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnly):
    list_display = ("updated_at", "user", "kind", "target", "weight")
    list_filter = ("kind",)
    list_select_related = ("user",)
    raw_id_fields = ("user",)
    search_fields = ("=user__email",)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ("experiment", "phase", "user", "variant", "bucket", "assigned_at", "first_exposed_at")
    list_filter = ("experiment", "phase", "variant")
    list_select_related = ("experiment", "user")
    raw_id_fields = ("experiment", "user")
    search_fields = ("=user__email", "experiment__name")


@admin.register(ExperimentEvent)
class ExperimentEventAdmin(ReadOnly):
    list_display = ("at", "experiment", "action", "actor")
    list_filter = ("action",)
    list_select_related = ("experiment", "actor")
    raw_id_fields = ("experiment", "actor")
    search_fields = ("experiment__name", "=actor__email")


@admin.register(ExperimentOptOut)
class ExperimentOptOutAdmin(ReadOnly):
    list_display = ("at", "user")
    list_select_related = ("user",)
    raw_id_fields = ("user",)
    search_fields = ("=user__email",)


@admin.register(SiteDefault)
class SiteDefaultAdmin(ReadOnly):
    list_display = ("algorithm", "changed_at", "changed_by", "experiment")
    list_select_related = ("changed_by", "experiment")
    raw_id_fields = ("changed_by", "experiment")
